"""JSON, boxes and id maps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scenewright.core import FormatError, InstanceTable, OutputError, ShapeError
from scenewright.io import (
    json_text,
    read_boxes,
    read_id_map,
    read_json,
    write_boxes,
    write_id_map,
    write_id_maps,
    write_json,
)
from tests.builders import make_scene

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_any_json_comes_back(value: Any) -> None:
    assert json.loads(json_text(value)) == value


def test_json_is_easy_to_read() -> None:
    value = {"a": np.eye(2), "rows": [{"id": np.int64(1)}, {}], "p": Path("x/y"), "e": ()}
    assert json_text(value) == (
        '{\n  "a": [[1.0, 0.0], [0.0, 1.0]],\n  "rows": [\n    {\n      "id": 1\n    },\n    {}\n'
        '  ],\n  "p": "x/y",\n  "e": []\n}\n'
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, float("nan")]}, r"value\.a\[1\]: expected a finite number, got nan"),
        ({"a": np.array([np.inf])}, r"value\.a\[0\]: expected a finite number, got inf"),
        ({1: 2}, "value: a key: expected text, got 1"),
        ({"a": {1, 2}}, r"value\.a: expected a JSON value, got set"),
    ],
)
def test_what_json_cannot_hold(tmp_path: Path, value: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        write_json(tmp_path / "a.json", value)
    assert list(tmp_path.iterdir()) == []


def test_endless_json_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(FormatError, match="expected at most 60 levels, got more"):
        json_text(value)


@pytest.mark.parametrize("text", ["", "{", "[1, NaN]", "Infinity", "\x00", '{"a": 1} x'])
def test_damaged_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError, match="expected a JSON file, got one that cannot be read"):
        read_json(path)
    path.write_text("[" * 100_000)
    with pytest.raises(FormatError, match="RecursionError"):
        read_json(path)


def test_boxes_round_trip(tmp_path: Path) -> None:
    scene = make_scene(embeddings=False)
    write_boxes(tmp_path / "boxes.json", scene.instances, up=scene.up)
    table, up = read_boxes(tmp_path / "boxes.json")
    for name in InstanceTable.__dataclass_fields__:
        assert np.array_equal(getattr(table, name), getattr(scene.instances, name)), name
    assert np.array_equal(up, scene.up)
    write_boxes(tmp_path / "none.json", InstanceTable.empty())
    table, up = read_boxes(tmp_path / "none.json")
    assert len(table) == 0 and up is None


def test_box_record(tmp_path: Path) -> None:
    scene = make_scene()
    write_boxes(tmp_path / "boxes.json", scene.instances, up=scene.up)
    value = json.loads((tmp_path / "boxes.json").read_text())
    assert value["unit"] == "metre" and "full extent" in value["axes"]
    record = value["instances"][0]
    assert {"id", "label", "score", "center", "size", "rotation", "corners"} <= set(record)
    assert np.allclose(record["corners"], scene.instances.row(0).box.corners())


def test_wrong_boxes(tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    write_boxes(path, make_scene().instances)
    good = json.loads(path.read_text())
    for change, words in (
        ({"version": 3}, "got version 3. Update with"),
        ({"format": "coco"}, 'got "format": "coco"'),
        ({"instances": [{}]}, "KeyError"),
        ({"instances": [{**good["instances"][0], "size": [-1, 1, 1]}]}, "expected 0 or more"),
        ({"instances": [{**good["instances"][0], "rotation": [[1, 2], [3, 4]]}]}, "shape"),
        ({"instances": [{**good["instances"][0], "id": 1.5}]}, "no integer"),
    ):
        path.write_text(json.dumps({**good, **change}))
        with pytest.raises(FormatError, match=words) as caught:
            read_boxes(path)
        assert str(path) in str(caught.value)
    path.write_text("[1]")
    with pytest.raises(FormatError, match="got no format"):
        read_boxes(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
def test_id_map_round_trip(tmp_path: Path, dtype: type) -> None:
    top = min(np.iinfo(dtype).max, 65535)
    id_map = np.array([[0, 1, 2], [3, 200, top]], dtype)
    write_id_map(tmp_path / "a.png", id_map)
    back = read_id_map(tmp_path / "a.png")
    assert back.dtype == np.int32 and np.array_equal(back, id_map)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode.startswith("I;16")


def test_id_maps_of_other_programs(tmp_path: Path) -> None:
    ids = np.array([[0, 7], [255, 1]], np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(ids).save(path)
    assert np.array_equal(read_id_map(path), ids)
    palette = Image.fromarray(ids).convert("P")
    palette.putpalette([9] * 768)
    palette.save(path)
    assert np.array_equal(read_id_map(path), ids)
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(path)
    with pytest.raises(FormatError) as caught:
        read_id_map(path)
    assert str(caught.value) == (
        f"{path}: expected one channel of integers, got a picture of mode RGB. Colors cannot be "
        "turned back into ids; save the ids themselves."
    )
    path.write_bytes(b"\x89PNG but not really")
    with pytest.raises(FormatError, match="expected a PNG id map, got one that cannot be read"):
        read_id_map(path)


@pytest.mark.parametrize(
    ("id_map", "error", "words"),
    [
        (np.array([[65536]]), FormatError, "expected ids from 0 to 65535, the range of a 16-bit"),
        (np.array([[-1]]), FormatError, "got -1 to -1"),
        (np.array([[0.5]]), ShapeError, r"expected \(H, W\) integers, got \(1, 1\) float64"),
        (np.array([1, 2]), ShapeError, r"got \(2,\) int64"),
        (np.zeros((0, 3), int), ShapeError, r"got \(0, 3\) int64"),
    ],
)
def test_what_an_id_map_cannot_be(
    tmp_path: Path, id_map: np.ndarray, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        write_id_map(tmp_path / "a.png", id_map)
    assert list(tmp_path.iterdir()) == []


def test_folder_of_id_maps(tmp_path: Path) -> None:
    maps = {f"{i:06d}": np.full((2, 3), i) for i in range(3)}
    write_id_maps(tmp_path / "ids", ((name, maps[name]) for name in maps))
    assert sorted(p.name for p in (tmp_path / "ids").iterdir()) == [f"{n}.png" for n in maps]
    assert np.array_equal(read_id_map(tmp_path / "ids" / "000002.png"), maps["000002"])
    with pytest.raises(OutputError, match="--overwrite"):
        write_id_maps(tmp_path / "ids", [])
    with pytest.raises(FormatError, match=r"expected plain file names, got '\.\./a'"):
        write_id_maps(tmp_path / "other", [("../a", maps["000000"])])
    assert not (tmp_path / "other").exists() and not (tmp_path / "a.png").exists()
