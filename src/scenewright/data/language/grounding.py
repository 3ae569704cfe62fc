"""Sentences of ScanRefer and Multi3DRefer, which mean one object, or any number.

Chen et al., "ScanRefer", ECCV 2020. Zhang et al., "Multi3DRefer", ICCV 2023.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from scenewright.data.language._fields import read_checked, records
from scenewright.io import write_json

EVALUATION_TYPES = ("zt_w_d", "zt_wo_d", "st_w_d", "st_wo_d", "mt")
"""Types of sentences of Multi3DRefer: none, one or several objects are meant (``zt``, ``st``,
``mt``), with or without other objects of the class."""
_FLAGS = ("spatial", "color", "texture", "shape")


@dataclass(frozen=True)
class ScanReferSentence:
    """A description of one object.

    Attributes:
        scene_id: ScanNet scan, such as ``scene0000_00``.
        object_id: The object that is meant.
        object_name: Its name as annotated, with ``_`` for spaces.
        annotation_id: Number of the description of the object.
        text: The description.
        tokens: Its words as released.
    """

    scene_id: str
    object_id: int
    object_name: str
    annotation_id: int
    text: str
    tokens: tuple[str, ...] = ()

    @property
    def object_ids(self) -> tuple[int, ...]:
        """The object that is meant, in the form that all sentences have."""
        return (self.object_id,)


@dataclass(frozen=True)
class Multi3DReferSentence:
    """A description of any number of objects.

    Attributes:
        scene_id: ScanNet scan.
        object_ids: The objects that are meant; none if nothing in the scene is.
        object_name: Their name as annotated.
        annotation_id: Number of the description in the scene.
        text: The description.
        evaluation_type: One of `EVALUATION_TYPES`; "" = not stated.
        flags: Which of ``spatial``, ``color``, ``texture`` and ``shape`` the text uses.
    """

    scene_id: str
    object_ids: tuple[int, ...]
    object_name: str
    annotation_id: int
    text: str
    evaluation_type: str = ""
    flags: tuple[str, ...] = ()


def read_scanrefer(path: str | os.PathLike[str]) -> list[ScanReferSentence]:
    """Reads ``ScanRefer_filtered_SPLIT.json``.

    Raises:
        FormatError: It is no such file; the message names the record and the field.
    """
    return [
        ScanReferSentence(
            scene_id=record.text("scene_id"),
            object_id=record.number("object_id"),
            object_name=record.text("object_name"),
            annotation_id=record.number("ann_id"),
            text=record.text("description"),
            tokens=record.texts("token") if record.has("token") else (),
        )
        for record in records(path, read_checked(path))
    ]


def write_scanrefer(path: str | os.PathLike[str], sentences: Sequence[ScanReferSentence]) -> None:
    """Writes sentences in the form of ScanRefer, atomically; ids are texts there.

    Raises:
        OutputError: The file cannot be written.
    """
    write_json(
        path,
        [
            {
                "scene_id": one.scene_id,
                "object_id": str(one.object_id),
                "object_name": one.object_name,
                "ann_id": str(one.annotation_id),
                "description": one.text,
                "token": list(one.tokens),
            }
            for one in sentences
        ],
    )


def read_multi3drefer(path: str | os.PathLike[str]) -> list[Multi3DReferSentence]:
    """Reads ``multi3drefer_SPLIT.json``.

    Raises:
        FormatError: It is no such file; the message names the record and the field.
    """
    sentences = []
    for record in records(path, read_checked(path)):
        kind = record.text("eval_type") if record.has("eval_type") else ""
        if kind and kind not in EVALUATION_TYPES:
            raise record.wrong("eval_type", f"one of {', '.join(EVALUATION_TYPES)}", kind)
        sentences.append(
            Multi3DReferSentence(
                scene_id=record.text("scene_id"),
                object_ids=record.numbers("object_ids"),
                object_name=record.text("object_name"),
                annotation_id=record.number("ann_id"),
                text=record.text("description"),
                evaluation_type=kind,
                flags=tuple(name for name in _FLAGS if record.has(name) and record.flag(name)),
            )
        )
    return sentences


def write_multi3drefer(
    path: str | os.PathLike[str], sentences: Sequence[Multi3DReferSentence]
) -> None:
    """Writes sentences in the form of Multi3DRefer, atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    write_json(
        path,
        [
            {
                "scene_id": one.scene_id,
                "object_ids": list(one.object_ids),
                "object_name": one.object_name,
                "ann_id": one.annotation_id,
                "description": one.text,
                **({"eval_type": one.evaluation_type} if one.evaluation_type else {}),
                **{name: name in one.flags for name in _FLAGS},
            }
            for one in sentences
        ],
    )
