"""Annotations of all forms as one list, and predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.pipelines.evaluate_language.items import named_ids, read_items, read_predictions
from tests.pipelines.evaluate_language.annotation_builders import (
    write_questions,
    write_sets,
    write_single,
    write_situated,
)


def test_the_form_is_known_by_the_fields(tmp_path: Path) -> None:
    assert read_items(write_questions(tmp_path / "a.json"))[0] == "scanqa"
    assert read_items(write_single(tmp_path / "b.json"))[0] == "scanrefer"
    assert read_items(write_sets(tmp_path / "c.json"))[0] == "multi3drefer"
    kind, items = read_items(write_situated(tmp_path))
    assert kind == "sqa3d" and items[0].answers == ("red",)
    assert items[0].text.startswith("I am standing by the sofa facing the desk. What color")


def test_groups_and_keys(tmp_path: Path) -> None:
    _, items = read_items(write_single(tmp_path / "b.json"))
    assert [(one.key, one.group) for one in items][:3] == [
        ("8-0", "unique"), ("3-0", "multiple"), ("4-0", "multiple"),
    ]  # fmt: skip
    assert items[0].object_ids == (8,) and items[0].answers is None


def test_test_files_have_no_answers(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    path.write_text('[{"scene_id": "a", "question_id": "1", "question": "b"}]')
    with pytest.raises(FormatError, match="expected annotations with answers, got none"):
        read_items(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected a list of records, got dict"),
        ("[3]", "record 0: expected an object, got int"),
        ('[{"scene_id": "a", "id": 1}]', "record 0, field pred: expected a value, got none"),
        ('[{"scene_id": "a", "id": 1, "pred": [true]}]', "expected text or a list of ids"),
    ],
)
def test_wrong_predictions(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "predictions.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_predictions(path)


def test_ids_of_predictions(tmp_path: Path) -> None:
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([{"scene_id": "a", "id": 1, "pred": "<OBJ003> and <OBJ003>"}]))
    found = read_predictions(path)
    assert named_ids(found["a", "1"]) == (3,)
    assert named_ids((5, 5, 2)) == (5, 2) and named_ids("no") == ()
