"""Names of masks in files beside them: the label, and perhaps the score, of each id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenewright.core import FormatError
from scenewright.io.jsonio import read_json

NAME_FILES = ("labels.json", "categories.json")
"""Files that name the ids of all frames."""
LABEL_KEYS = ("label", "category", "category_name", "class_name")
"""Keys under which an object in a JSON file may hold a label."""
_SHOWN = 60


@dataclass(frozen=True)
class MaskNames:
    """What is known about masks by id.

    Attributes:
        labels: Category name per id.
        scores: Score in [0, 1] per id; a missing id has 1.
    """

    labels: Mapping[int, str] = field(default_factory=dict)
    scores: Mapping[int, float] = field(default_factory=dict)


def read_names(path: Path) -> MaskNames:
    """Reads the names of masks.

    The file holds one of: an object with ids as keys (``{"1": "chair"}``, where an object with a
    label and perhaps a score may stand for the label); a list of objects with ``id`` and ``name``;
    or an object with one of these under ``labels`` or ``categories``.

    Args:
        path: A JSON file.

    Raises:
        FormatError: The file is none of these, an id is not a whole number or occurs twice, a label
            is not text, or a score is not in [0, 1].
    """
    content = read_json(path)
    where = f"Labels {path}"
    for key in ("labels", "categories"):
        if isinstance(content, dict) and isinstance(content.get(key), dict | list):
            content = content[key]
    labels: dict[int, str] = {}
    scores: dict[int, float] = {}
    for number, value in _entries(content, where):
        if number in labels:
            raise FormatError(where, expected="each id once", got=f"{number} twice")
        labels[number] = as_label(value, f"{where}, id {number}")
        if isinstance(value, dict) and "score" in value:
            scores[number] = read_score(value["score"], f"{where}, id {number}")
    return MaskNames(labels, scores)


def category_names(categories: object, where: str) -> dict[int, str]:
    """Category name per id of the ``categories`` of a COCO file.

    Raises:
        FormatError: They are not a list of objects with ``id`` and ``name``, or an id occurs twice.
    """
    names: dict[int, str] = {}
    if not isinstance(categories, list):
        raise FormatError(where, expected="categories as a list", got=_shown(categories))
    for number, value in _entries(categories, where):
        if number in names:
            raise FormatError(where, expected="each category once", got=f"id {number} twice")
        names[number] = as_label(value, f"{where}, category {number}")
    return names


def as_label(value: object, where: str) -> str:
    """The label that a value is or has, without spaces around it; empty if it has none.

    Raises:
        FormatError: The label is not text.
    """
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", *LABEL_KEYS) if key in value), None)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FormatError(where, expected="a label as text", got=_shown(value))
    return value.strip()


def read_score(value: object, where: str) -> float:
    """A score in [0, 1].

    Raises:
        FormatError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise FormatError(where, expected="a score in [0, 1]", got=_shown(value))
    return float(value)


def _entries(content: object, where: str) -> Iterator[tuple[int, Any]]:
    """Each id with what the file says about it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield _as_id(key, where), value
    elif isinstance(content, list):
        for entry in content:
            if not isinstance(entry, dict) or not {"id", "name"} <= entry.keys():
                raise FormatError(where, expected="objects with id and name", got=_shown(entry))
            yield _as_id(entry["id"], where), entry
    else:
        raise FormatError(
            where, expected="labels by id, or a list of objects with id and name",
            got=_shown(content),
        )  # fmt: skip


def _as_id(key: object, where: str) -> int:
    is_number = isinstance(key, int) and not isinstance(key, bool)
    if isinstance(key, str) and key.isascii() and key.isdecimal():
        is_number = True
    if not is_number:
        raise FormatError(
            where,
            expected="ids as whole numbers",
            got=_shown(key),
            do='Write the id first: {"1": "chair"}.',
        )
    return int(key)  # type: ignore[call-overload, no-any-return]


def _shown(value: object) -> str:
    return f"{value!r:.{_SHOWN}}"
