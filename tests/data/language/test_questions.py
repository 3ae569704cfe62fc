"""Questions of ScanQA and SQA3D: both ways, the released test split, and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import FormatError
from scenewright.data.language import read_scanqa, read_sqa3d, write_scanqa, write_sqa3d

SCANQA: dict[str, Any] = {
    "scene_id": "scene0011_00", "question_id": "val-scene0011-0", "question": "What is it?",
    "answers": ["a cabinet", "cabinet"], "object_ids": [8], "object_names": ["cabinet"],
}  # fmt: skip
QUESTION: dict[str, Any] = {
    "scene_id": "scene0050_00", "situation": "I stand by the door.",
    "alternative_situation": ["I am at the door.", "The door is next to me."],
    "question": "What is behind me?", "question_id": 220602000002,
}  # fmt: skip
ANNOTATION: dict[str, Any] = {
    "scene_id": "scene0050_00", "question_type": "N/A", "answer_type": "other",
    "question_id": 220602000002,
    "answers": [{"answer": "piano", "answer_confidence": "yes", "answer_id": 1}],
    "rotation": {"_x": 0, "_y": 0, "_z": -0.5, "_w": 0.25},
    "position": {"x": 0.5, "y": -0.25, "z": 0},
}  # fmt: skip


def pair(folder: Path, question: Any, annotation: Any) -> tuple[Path, Path]:
    paths = folder / "questions.json", folder / "annotations.json"
    paths[0].write_text(json.dumps({"questions": question}))
    paths[1].write_text(json.dumps({"annotations": annotation}))
    return paths


def test_scanqa_both_ways(tmp_path: Path) -> None:
    hidden = {key: SCANQA[key] for key in ("scene_id", "question_id", "question")}
    path = tmp_path / "a.json"
    path.write_text(json.dumps([SCANQA, hidden]))
    questions = read_scanqa(path)
    assert questions[0].answers == ("a cabinet", "cabinet") and questions[0].object_ids == (8,)
    assert questions[1].answers is None and questions[1].object_ids is None
    write_scanqa(tmp_path / "b.json", questions)
    assert json.loads((tmp_path / "b.json").read_text()) == [SCANQA, hidden]


def test_sqa3d_both_ways(tmp_path: Path) -> None:
    (question,) = read_sqa3d(*pair(tmp_path, [QUESTION], [ANNOTATION]))
    assert list(question.position) == [0.5, -0.25, 0]
    assert list(question.rotation) == [0, 0, -0.5, 0.25]
    assert question.answers[0].text == "piano" and len(question.alternatives) == 2
    outputs = tmp_path / "q.json", tmp_path / "a.json"
    write_sqa3d(*outputs, content=[question])
    assert json.loads(outputs[0].read_text()) == {"questions": [QUESTION]}
    assert json.loads(outputs[1].read_text()) == {"annotations": [ANNOTATION]}


def test_files_of_sqa3d_that_do_not_belong_together(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="record 0, field question_id: expected one that occurs"):
        read_sqa3d(*pair(tmp_path, [QUESTION], []))
    with pytest.raises(FormatError, match="question 220602000002: expected a question in"):
        read_sqa3d(*pair(tmp_path, [], [ANNOTATION]))
    with pytest.raises(FormatError, match="expected each id once, got '220602000002 again'"):
        read_sqa3d(*pair(tmp_path, [QUESTION], [ANNOTATION, ANNOTATION]))
    other = {**ANNOTATION, "scene_id": "scene0001_00"}
    with pytest.raises(FormatError, match="field scene_id: expected scene0050_00, got 'scene0001"):
        read_sqa3d(*pair(tmp_path, [QUESTION], [other]))
    empty = {**ANNOTATION, "answers": []}
    with pytest.raises(FormatError, match="field answers: expected at least one answer, got none"):
        read_sqa3d(*pair(tmp_path, [QUESTION], [empty]))


@pytest.mark.shared
def test_the_released_test_split(shared_dir: Path, tmp_path: Path) -> None:
    folder = shared_dir / "data" / "annotations" / "sqa3d"
    files = (
        folder / "v1_balanced_questions_test_scannetv2.json",
        folder / "v1_balanced_sqa_annotations_test_scannetv2.json",
    )
    if not files[0].is_file():
        pytest.skip(f"needs {files[0]}, which is no part of the repository")
    questions = read_sqa3d(*files)
    assert len(questions) == 3519
    outputs = tmp_path / "q.json", tmp_path / "a.json"
    write_sqa3d(*outputs, content=questions)
    for name, output, released in zip(("questions", "annotations"), outputs, files, strict=True):
        found, wanted = (json.loads(path.read_text())[name] for path in (output, released))
        by_id = {one["question_id"]: one for one in wanted}
        assert all(one == by_id[one["question_id"]] for one in found)
