"""Oriented boxes as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, InstanceTable
from scenewright.io import read_boxes, write_boxes
from tests.builders import make_scene


def test_boxes_round_trip(tmp_path: Path) -> None:
    scene = make_scene(embeddings=False)
    write_boxes(tmp_path / "boxes.json", scene.instances, up=scene.up)
    table, up = read_boxes(tmp_path / "boxes.json")
    for name in InstanceTable.__dataclass_fields__:
        assert np.array_equal(getattr(table, name), getattr(scene.instances, name)), name
    assert scene.up is not None
    np.testing.assert_array_equal(up, scene.up)
    write_boxes(tmp_path / "none.json", InstanceTable.empty())
    table, up = read_boxes(tmp_path / "none.json")
    assert len(table) == 0 and up is None


def test_box_record(tmp_path: Path) -> None:
    scene = make_scene()
    write_boxes(tmp_path / "boxes.json", scene.instances, up=scene.up)
    value = json.loads((tmp_path / "boxes.json").read_text())
    assert value["unit"] == "meter" and "full extent" in value["axes"]
    record = value["instances"][0]
    assert {"id", "label", "score", "center", "size", "rotation", "corners"} <= set(record)
    assert np.allclose(record["corners"], scene.instances.row(0).box.corners())


def test_wrong_boxes(tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    write_boxes(path, make_scene().instances)
    good = json.loads(path.read_text())
    for change, words in (
        ({"version": 4}, "got version 4. Update Scenewright"),
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
