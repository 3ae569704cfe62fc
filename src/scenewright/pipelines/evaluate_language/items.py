"""Annotations of all forms as one list, and predictions of other programs for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import FormatError
from scenewright.data.language import (
    read_multi3drefer,
    read_referit,
    read_scan2cap,
    read_scanqa,
    read_scanrefer,
    read_sqa3d,
)
from scenewright.io import read_json
from scenewright.metrics.language.answers import scanqa_class, sqa3d_type
from scenewright.metrics.language.grounding import unique_objects

_IDENTIFIER = re.compile(r"<OBJ(\d{1,6})>")
_KINDS = ("scanrefer", "multi3drefer", "scanqa", "sqa3d", "scan2cap", "referit")
SENTENCES = ("scanrefer", "referit")
"""Forms whose sentences mean one object each."""
CAPTIONS = "scan2cap"
"""The form that holds descriptions of objects."""


@dataclass(frozen=True)
class LanguageItem:
    """One question or phrase.

    Attributes:
        scene_id: The scene.
        key: What tells it from the others of the scene: a question id, an annotation id, or object
            and annotation as in ``3-0``.
        text: The words; of SQA3D the situation and the question.
        group: Its type in the tables; "" = none.
        answers: Correct answers, or sentences that describe the object; None for a phrase.
        object_ids: Objects that a phrase means; None for a question.
    """

    scene_id: str
    key: str
    text: str
    group: str = ""
    answers: tuple[str, ...] | None = None
    object_ids: tuple[int, ...] | None = None


def read_items(path: Path, kind: str = "auto") -> tuple[str, list[LanguageItem]]:
    """The kind of an annotation file and its questions or phrases with known answers.

    Raises:
        FormatError: It is no such file, a field is missing, or no item has an answer.
    """
    kind = _kind_of(path) if kind == "auto" else kind
    items = list(
        {"scanrefer": _scanrefer, "multi3drefer": _multi3drefer, "scanqa": _scanqa,
         "sqa3d": _sqa3d, "scan2cap": _scan2cap, "referit": _referit}[kind](path)
    )  # fmt: skip
    if not items:
        raise FormatError(
            f"{path}", expected="annotations with answers", got="none",
            do="Test files without answers cannot be evaluated here.",
        )  # fmt: skip
    return kind, items


def read_predictions(path: Path) -> dict[tuple[str, str], str | tuple[int, ...]]:
    """Predictions by scene and key: a text, or the ids that it names.

    ``pred`` is a text, in which identifiers are written ``<OBJ007>``, or a list of ids.

    Raises:
        FormatError: It is no such file; the message names the record and the field.
    """
    value = read_json(path)
    if not isinstance(value, list):
        raise FormatError(f"{path}", expected="a list of records", got=type(value).__name__)
    found: dict[tuple[str, str], str | tuple[int, ...]] = {}
    for number, record in enumerate(value):
        where = f"{path}, record {number}"
        if not isinstance(record, dict):
            raise FormatError(where, expected="an object", got=type(record).__name__)
        for name in ("scene_id", "id", "pred"):
            if name not in record:
                raise FormatError(f"{where}, field {name}", expected="a value", got="none")
        found[str(record["scene_id"]), str(record["id"])] = _prediction(where, record["pred"])
    return found


def named_ids(prediction: str | tuple[int, ...]) -> tuple[int, ...]:
    """The ids that a prediction names, each once."""
    if isinstance(prediction, tuple):
        return tuple(dict.fromkeys(prediction))
    return tuple(dict.fromkeys(int(digits) for digits in _IDENTIFIER.findall(prediction)))


def _prediction(where: str, value: Any) -> str | tuple[int, ...]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(type(one) is int for one in value):
        return tuple(value)
    raise FormatError(f"{where}, field pred", expected="text or a list of ids", got=str(value)[:60])


def _kind_of(path: Path) -> str:
    """The kind of a file by its fields."""
    if path.suffix.lower() == ".csv":
        return "referit"
    value = read_json(path)
    if isinstance(value, dict) and "questions" in value:
        return "sqa3d"
    if isinstance(value, dict) and value and all("|" in key for key in value):
        return CAPTIONS
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, dict):
        if "question" in first:
            return "scanqa"
        if "object_ids" in first:
            return "multi3drefer"
        if "object_id" in first:
            return "scanrefer"
    raise FormatError(
        f"{path}",
        expected=f"annotations of {', '.join(_KINDS)}",
        got="another file",
        do="If it is one of them, say which with --kind.",
    )


def _scanrefer(path: Path) -> Iterable[LanguageItem]:
    sentences = read_scanrefer(path)
    unique = unique_objects(
        (one.scene_id, str(one.object_id), one.object_name) for one in sentences
    )
    for one in sentences:
        group = "unique" if unique[one.scene_id, str(one.object_id)] else "multiple"
        key = f"{one.object_id}-{one.annotation_id}"
        yield LanguageItem(one.scene_id, key, one.text, group, object_ids=one.object_ids)


def _referit(path: Path) -> Iterable[LanguageItem]:
    for number, one in enumerate(read_referit(path)):
        yield LanguageItem(
            one.scene_id, str(number), one.text, one.relation, object_ids=one.object_ids
        )


def _scan2cap(path: Path) -> Iterable[LanguageItem]:
    for one in read_scan2cap(path):
        yield LanguageItem(
            one.scene_id, str(one.object_id), "", answers=one.texts, object_ids=(one.object_id,)
        )


def _multi3drefer(path: Path) -> Iterable[LanguageItem]:
    for one in read_multi3drefer(path):
        yield LanguageItem(
            one.scene_id, str(one.annotation_id), one.text, one.evaluation_type,
            object_ids=one.object_ids,
        )  # fmt: skip


def _scanqa(path: Path) -> Iterable[LanguageItem]:
    for one in read_scanqa(path):
        if one.answers:
            group = scanqa_class(one.text)
            yield LanguageItem(one.scene_id, one.question_id, one.text, group, one.answers)


def _sqa3d(path: Path) -> Iterable[LanguageItem]:
    name = path.name.replace("balanced_questions", "balanced_sqa_annotations")
    for one in read_sqa3d(path, path.with_name(name)):
        text = f"{one.situation.strip()} {one.text}"
        answers = tuple(answer.text for answer in one.answers)
        group = sqa3d_type(one.text)
        yield LanguageItem(one.scene_id, str(one.question_id), text, group, answers)
