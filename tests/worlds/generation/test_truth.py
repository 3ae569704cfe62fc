"""The meshes of a whole scene, and the render of its objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from scenewright.data.generation.poses import rotation_from_euler
from scenewright.io import load_scene
from scenewright.worlds.generation.truth import LONGEST_EXTENT, write_truth
from tests.worlds.generation.truth_builders import CAMERA, truth_objects


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    root = tmp_path_factory.mktemp("truth")
    return root, write_truth(root, "0000004", truth_objects(), CAMERA, split="test")


def test_the_meshes_are_centered_and_scaled(written: tuple[Path, dict[str, object]]) -> None:
    found = trimesh.load(written[0] / "scene_test/0000004.glb")
    low, high = found.bounds
    assert np.allclose(low, -high, atol=1e-6)
    assert (high - low).max() == pytest.approx(LONGEST_EXTENT, abs=1e-6)


def test_objects_keep_their_order_and_relative_pose(
    written: tuple[Path, dict[str, object]],
) -> None:
    scene = load_scene(written[0] / "scene_test/0000004.glb")
    assert scene.instances.label == ("red", "blue")
    first, second = (scene.assets[number].world_from_asset for number in (1, 2))
    scale = np.linalg.norm(first[:3, 0])
    assert np.allclose(first[:3, :3], scale * np.eye(3), atol=1e-6)
    objects = truth_objects()
    between = np.linalg.inv(objects[0].camera_from_object) @ objects[1].camera_from_object
    assert np.allclose(np.linalg.inv(first) @ second, between, atol=1e-5)


def test_the_camera_sees_the_scene_as_in_the_image(
    written: tuple[Path, dict[str, object]],
) -> None:
    root, camera = written
    assert camera["render_path"] == "scene_test_render/0000004.png"
    assert (camera["width"], camera["height"]) == (80, 60)
    assert camera["fov"] == pytest.approx(2 * np.arctan(0.5))
    scene = load_scene(root / "scene_test/0000004.glb")
    turn = rotation_from_euler(np.array(camera["camera_rotation"]))
    picture = np.array(Image.open(root / "scene_test_render/0000004.png"))
    for number, channel in ((1, 0), (2, 2)):
        center = scene.instances.by_id(number).box.center
        x, y, z = turn.T @ (center - np.array(camera["camera_pos"]))
        column, row = int(40 + 80 * x / -z), int(30 - 80 * y / -z)
        assert picture[row, column, 3] == 255
        assert picture[row, column, :3].argmax() == channel
    assert picture[0, 0].tolist()[3] == 0
