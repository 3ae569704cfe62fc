"""Questions about scenes: ScanQA, and SQA3D, where the asker stands somewhere.

Azuma et al., "ScanQA", CVPR 2022. Ma et al., "SQA3D", ICLR 2023.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenewright.core import FormatError
from scenewright.data.language._fields import Fields, list_member, read_checked, records
from scenewright.io import write_json


@dataclass(frozen=True)
class ScanQAQuestion:
    """A question of ScanQA.

    Attributes:
        scene_id: ScanNet scan.
        question_id: Such as ``val-scene0011-0``.
        text: The question.
        answers: Correct answers; None in the test files, which have none.
        object_ids: Objects that the question is about; None in ``test_wo_obj``.
        object_names: Their names; None in ``test_wo_obj``.
    """

    scene_id: str
    question_id: str
    text: str
    answers: tuple[str, ...] | None = None
    object_ids: tuple[int, ...] | None = None
    object_names: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SQA3DAnswer:
    """A correct answer.

    Attributes:
        text: The answer.
        confidence: What the annotator said of it, such as ``yes``.
        number: Its number.
    """

    text: str
    confidence: str = "yes"
    number: int = 1


@dataclass(frozen=True)
class SQA3DQuestion:
    """A question of SQA3D, asked from a place in the scene.

    Attributes:
        scene_id: ScanNet scan.
        question_id: Its number, by which the two files are joined.
        text: The question.
        situation: Where the asker is and looks, in words.
        alternatives: The situation in other words.
        answers: Correct answers.
        position: (x, y, z) of the asker, meters, in the aligned frame of the scan. Using it is
            another, easier task than reading the situation.
        rotation: (x, y, z, w) quaternion of the asker.
        question_type: As released; ``N/A`` throughout.
        answer_type: As released; ``other`` throughout.
    """

    scene_id: str
    question_id: int
    text: str
    situation: str
    alternatives: tuple[str, ...]
    answers: tuple[SQA3DAnswer, ...]
    position: tuple[float, float, float]
    rotation: tuple[float, float, float, float]
    question_type: str = "N/A"
    answer_type: str = "other"


def read_scanqa(path: str | os.PathLike[str]) -> list[ScanQAQuestion]:
    """Reads ``ScanQA_v1.0_SPLIT.json``.

    Raises:
        FormatError: It is no such file; the message names the record and the field.
    """
    return [
        ScanQAQuestion(
            scene_id=record.text("scene_id"),
            question_id=record.text("question_id"),
            text=record.text("question"),
            answers=record.texts("answers") if record.has("answers") else None,
            object_ids=record.numbers("object_ids") if record.has("object_ids") else None,
            object_names=record.texts("object_names") if record.has("object_names") else None,
        )
        for record in records(path, read_checked(path))
    ]


def write_scanqa(path: str | os.PathLike[str], questions: Sequence[ScanQAQuestion]) -> None:
    """Writes questions in the form of ScanQA, atomically; what is None is left out.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = []
    for one in questions:
        row: dict[str, Any] = {
            "scene_id": one.scene_id, "question_id": one.question_id, "question": one.text,
        }  # fmt: skip
        for name in ("answers", "object_ids", "object_names"):
            values = getattr(one, name)
            if values is not None:
                row[name] = list(values)
        rows.append(row)
    write_json(path, rows)


def read_sqa3d(
    questions: str | os.PathLike[str], annotations: str | os.PathLike[str]
) -> list[SQA3DQuestion]:
    """Reads the two files of a split, and joins them by question id, in the order of the questions.

    Args:
        questions: ``v1_balanced_questions_SPLIT_scannetv2.json``.
        annotations: ``v1_balanced_sqa_annotations_SPLIT_scannetv2.json``.

    Raises:
        FormatError: One is no such file, an id occurs twice, a question has no annotation, or the
            two name different scenes; the message names the record and the field.
    """
    members = list_member(annotations, read_checked(annotations), "annotations")
    answered: dict[int, Fields] = {}
    for record in records(annotations, members):
        number = record.number("question_id")
        if number in answered:
            raise record.wrong("question_id", "each id once", f"{number} again")
        answered[number] = record
    found = []
    for record in records(questions, list_member(questions, read_checked(questions), "questions")):
        number = record.number("question_id")
        if number not in answered:
            raise record.wrong("question_id", f"one that occurs in {annotations}", number)
        found.append(_joined(record, answered.pop(number)))
    if answered:
        number = next(iter(answered))
        raise FormatError(
            f"{annotations}, question {number}", expected=f"a question in {questions}", got="none"
        )
    return found


def write_sqa3d(
    questions: str | os.PathLike[str],
    annotations: str | os.PathLike[str],
    *,
    content: Sequence[SQA3DQuestion],
) -> None:
    """Writes the two files of a split, each atomically.

    Args:
        questions: File for the questions.
        annotations: File for answers, positions and rotations.
        content: The questions.

    Raises:
        OutputError: A file cannot be written.
    """
    asked: list[Mapping[str, Any]] = []
    answered: list[Mapping[str, Any]] = []
    for one in content:
        asked.append(
            {
                "scene_id": one.scene_id,
                "situation": one.situation,
                "alternative_situation": list(one.alternatives),
                "question": one.text,
                "question_id": one.question_id,
            }
        )
        answered.append(
            {
                "scene_id": one.scene_id,
                "question_type": one.question_type,
                "answer_type": one.answer_type,
                "question_id": one.question_id,
                "answers": [
                    {
                        "answer": answer.text,
                        "answer_confidence": answer.confidence,
                        "answer_id": answer.number,
                    }
                    for answer in one.answers
                ],
                "rotation": dict(zip(("_x", "_y", "_z", "_w"), one.rotation, strict=True)),
                "position": dict(zip("xyz", one.position, strict=True)),
            }
        )
    write_json(questions, {"questions": asked})
    write_json(annotations, {"annotations": answered})


def _joined(question: Fields, annotation: Fields) -> SQA3DQuestion:
    scene_id = question.text("scene_id")
    if annotation.text("scene_id") != scene_id:
        raise annotation.wrong("scene_id", scene_id, annotation.text("scene_id"))
    x, y, z = annotation.vector("position", "xyz")
    quaternion = annotation.vector("rotation", "xyzw", prefix="_")
    return SQA3DQuestion(
        scene_id=scene_id,
        question_id=question.number("question_id"),
        text=question.text("question"),
        situation=question.text("situation"),
        alternatives=question.texts("alternative_situation"),
        answers=_answers(annotation),
        position=(x, y, z),
        rotation=(quaternion[0], quaternion[1], quaternion[2], quaternion[3]),
        question_type=annotation.text("question_type"),
        answer_type=annotation.text("answer_type"),
    )


def _answers(annotation: Fields) -> tuple[SQA3DAnswer, ...]:
    where = f"{annotation.where}, field answers"
    found = tuple(
        SQA3DAnswer(one.text("answer"), one.text("answer_confidence"), one.number("answer_id"))
        for one in records(where, annotation.values.get("answers"))
    )
    if not found:
        raise FormatError(where, expected="at least one answer", got="none")
    return found
