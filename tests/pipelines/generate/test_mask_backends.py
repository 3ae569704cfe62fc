"""Masks of a picture from backends: in boxes, or of all objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, UnknownNameError, WeightsError
from scenewright.pipelines.generate.mask_backends import mask_backends, parse_box, segmenters
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.settings import REGION_GROWING, GenerateSettings

BOXES = ("1,17,29,47", "31,7,64,47")


def read(picture: Path, **changes: object) -> SceneInput:
    return read_scene_input([picture], None, GenerateSettings(**changes))  # type: ignore[arg-type]


def message(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_boxes(picture: Path) -> None:
    found = read(picture, boxes=BOXES)
    assert found.source == "prompt/region-growing" and found.labels == (1, 2)
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    assert (found.pictures[0].masks.to_id_map() == ids).mean() > 0.98


def test_boxes_through_a_network(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAM 2 with random weights, in the format of its checkpoints: a mask in each box."""
    pytest.importorskip("transformers")
    from tests.models.adapters.adapter_builders import tiny_sam2

    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    weights = tiny_sam2(tmp_path / "sam2")
    found = read(picture, boxes=BOXES, segmenter="masks/sam2", segmenter_weights=weights)
    assert found.source == "masks/sam2" and found.labels == (1, 2)
    assert found.pictures[0].masks.areas().min() >= 16
    missing = message(WeightsError, lambda: read(picture, boxes=BOXES, segmenter="masks/sam2"))
    assert "and pass --segmenter-weights file:PATH (in Python segmenter_weights=" in missing


def test_a_mask_backend(picture: Path) -> None:
    depth = np.full((48, 64), 2.0, np.float32)
    depth[20:44, 4:26], depth[10:44, 34:62] = 1.0, 1.3
    np.save(picture.parent / "depth.npy", depth)
    settings = GenerateSettings(masks=("masks/depth-edges",))
    found = read_scene_input([picture], picture.parent / "depth.npy", settings)
    assert found.source == "masks/depth-edges" and len(found.labels) == 2
    assert found.depth is not None and found.depth[30, 40] == np.float32(1.3)


def test_a_backend_that_needs_depth(picture: Path) -> None:
    assert message(ConventionError, lambda: read(picture, masks=("masks/depth-edges",))) == (
        "Masks 'masks/depth-edges': expected the depth of the picture, got none. Add --depth FILE, "
        "or choose a backend that needs none, such as masks/sam2."
    )


def test_backends_that_cannot_do_it() -> None:
    assert REGION_GROWING in segmenters() and "masks/sam2" in segmenters()
    assert "masks/depth-edges" not in segmenters() and "embed/clip" not in segmenters()
    assert "masks/depth-edges" in mask_backends() and "masks/folder" not in mask_backends()


def test_wrong_names(picture: Path) -> None:
    listed = ", ".join(segmenters())
    assert message(UnknownNameError, lambda: read(picture, boxes=BOXES, segmenter="nope")) == (
        f"Segmenter 'nope': expected one of {listed}"
    )
    other = {"boxes": BOXES, "segmenter": "masks/depth-edges"}
    assert message(UnknownNameError, lambda: read(picture, **other)).startswith(
        f"Segmenter 'masks/depth-edges': expected one of {listed}, got a backend that takes no "
        "boxes"
    )
    assert message(UnknownNameError, lambda: read(picture, masks=("masks/folder",))) == (
        f"Masks 'masks/folder': expected one of {', '.join(mask_backends())}, got a backend that "
        "reads files. Give the files themselves: --masks FOLDER."
    )
    assert message(UnknownNameError, lambda: read(picture, masks=("masks/sam3",))) == (
        f"Masks 'masks/sam3': expected one of {', '.join(mask_backends())}, got a backend that "
        "needs words to look for"
    )
    assert message(UnknownNameError, lambda: read(picture, masks=("embed/clip",))) == (
        f"Masks 'embed/clip': expected one of {', '.join(mask_backends())}, got a backend that "
        "proposes no masks"
    )


def test_boxes_that_are_wrong() -> None:
    assert parse_box("1,2,3.5,4", (10, 10)).tolist() == [1, 2, 3.5, 4]
    assert message(ConventionError, lambda: parse_box("1,2,3", (10, 10))) == (
        "Box '1,2,3': expected X0,Y0,X1,Y1 in pixels, got other text"
    )
    assert message(ConventionError, lambda: parse_box("5,2,3,4", (10, 12))) == (
        "Box '5,2,3,4': expected x from 0 to 12 and y from 0 to 10, the smaller ones first, got "
        "x 5 to 3, y 2 to 4"
    )
