"""Everything that is written about one scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.data.generation.poses import rotation_from_euler
from scenewright.data.generation.writing import jpeg_bytes
from scenewright.worlds.generation.scene_files import (
    SceneObject,
    SceneView,
    largest_masks,
    write_scene_files,
)
from tests.worlds.generation.truth_builders import CAMERA, truth_objects


def scene_objects() -> list[SceneObject]:
    mask = np.zeros((60, 80), bool)
    mask[20:40, 20:50] = True
    return [SceneObject(one.label, one.label * 2, one, mask) for one in truth_objects()]


@pytest.mark.parametrize("split", ["train", "test"])
def test_only_the_test_split_has_what_scenes_are_compared_with(split: str, tmp_path: Path) -> None:
    image = np.full((60, 80, 3), 50, np.uint8)
    view = SceneView(image, jpeg_bytes(image), CAMERA)
    rows, cameras = write_scene_files(tmp_path, "0000003", view, scene_objects(), split=split)
    assert [row.model_id for row in rows] == ["red", "blue"]
    assert set(cameras) == ({"0000003"} if split == "test" else set())
    assert (tmp_path / "scene_test").exists() == (split == "test")


def test_rows_hold_the_pose_of_the_box_center_in_y_up() -> None:
    red = scene_objects()[0]
    posed = red.posed()
    assert posed.scale == 1.0 and posed.translation.tolist() == [-0.5, 0, -4]
    assert np.allclose(posed.rotation, rotation_from_euler(np.array([10.0, 20.0, 0.0])))
    moved = SceneObject("red", "x", red.shape, red.mask, origin=np.array([0, 0, -0.4]))
    down = posed.rotation @ (0, -0.4, 0)
    assert np.allclose(moved.posed().translation, posed.translation + down)


def test_the_largest_masks_keep_their_order() -> None:
    masks = [np.arange(20) < size for size in (3, 9, 1, 9, 5)]
    assert largest_masks(masks, 3) == [1, 3, 4]
    assert largest_masks(masks) == [0, 1, 2, 3, 4]
