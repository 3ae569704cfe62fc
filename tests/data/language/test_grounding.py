"""Sentences of ScanRefer and Multi3DRefer: both ways, and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import FormatError
from scenewright.data.language import (
    read_multi3drefer,
    read_scanrefer,
    write_multi3drefer,
    write_scanrefer,
)

SCANREFER: dict[str, Any] = {
    "scene_id": "scene0000_00", "object_id": "34", "object_name": "coffee_table", "ann_id": "1",
    "description": "this is a table.", "token": ["this", "is", "a", "table", "."],
}  # fmt: skip
MULTI: dict[str, Any] = {
    "scene_id": "scene0000_00", "object_ids": [3, 7], "object_name": "chair", "ann_id": 12,
    "description": "all chairs\u00a0here", "eval_type": "mt", "spatial": True, "color": False,
    "texture": False, "shape": True,
}  # fmt: skip


def written(folder: Path, value: Any) -> Path:
    path = folder / "file.json"
    path.write_text(json.dumps(value))
    return path


def test_scanrefer_both_ways(tmp_path: Path) -> None:
    (sentence,) = read_scanrefer(written(tmp_path, [SCANREFER]))
    assert (sentence.object_id, sentence.annotation_id) == (34, 1)
    assert sentence.object_ids == (34,) and sentence.text == "this is a table."
    write_scanrefer(tmp_path / "out.json", [sentence])
    assert json.loads((tmp_path / "out.json").read_text()) == [SCANREFER]


def test_multi3drefer_both_ways(tmp_path: Path) -> None:
    nothing = {**MULTI, "object_ids": [], "eval_type": "zt_wo_d"}
    sentences = read_multi3drefer(written(tmp_path, [MULTI, nothing]))
    assert sentences[0].object_ids == (3, 7) and sentences[0].flags == ("spatial", "shape")
    assert sentences[1].object_ids == () and sentences[1].evaluation_type == "zt_wo_d"
    write_multi3drefer(tmp_path / "out.json", sentences)
    assert json.loads((tmp_path / "out.json").read_text()) == [MULTI, nothing]


@pytest.mark.parametrize("name", ["scene_id", "object_id", "object_name", "ann_id", "description"])
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    bad = {key: value for key, value in SCANREFER.items() if key != name}
    path = written(tmp_path, [SCANREFER, bad])
    with pytest.raises(FormatError) as caught:
        read_scanrefer(path)
    assert str(caught.value) == f"{path}, record 1, field {name}: expected a value, got nothing"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("object_ids", [1, -2], "field object_ids: expected an integer of at least 0, got -2"),
        ("object_ids", "3", "field object_ids: expected a list, got '3'"),
        ("eval_type", "some", "field eval_type: expected one of zt_w_d, zt_wo_d, st_w_d, st_wo_d, "
         "mt, got 'some'"),
        ("spatial", 1, "field spatial: expected true or false, got 1"),
        ("description", " ", "field description: expected a text that is not empty, got ' '"),
        ("description", "x" * 30_000, "expected at most 20000 characters, got 30000"),
        ("ann_id", True, "field ann_id: expected an integer of at least 0, got True"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(tmp_path: Path, name: str, value: Any, message: str) -> None:
    path = written(tmp_path, [{**MULTI, name: value}])
    with pytest.raises(FormatError) as caught:
        read_multi3drefer(path)
    assert message in str(caught.value) and f"{path}, record 0, " in str(caught.value)
