"""Placement of generated scenes."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.generation.layout import Observation, lay_out, observation_of, observe
from scenewright.geometry.ground import GroundPlane
from scenewright.geometry.layouts import placed_points, similarity
from scenewright.geometry.transforms import transform_points
from tests.geometry.layout_builders import box_scene, moved, random_similarity, seen_from

UP = np.array([0.0, 0, 1])


def split(scene: list[np.ndarray], rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """The objects in frames of their own, and their placements."""
    frames = np.stack([random_similarity(rng) for _ in scene])
    return placed_points(scene, np.asarray(np.linalg.inv(frames), np.float64)), frames


@pytest.mark.parametrize("factor", [0.1, 1.0, 25.0])
def test_without_measurement_the_scene_is_centered_and_stands_at_zero(factor: float) -> None:
    rng = np.random.default_rng(0)
    scene = moved(box_scene(rng), similarity(factor, np.eye(3), factor * np.array([5.0, -3, 2])))
    objects, frames = split(scene, rng)
    layout = lay_out(objects, frames)
    placed = np.concatenate(placed_points(objects, layout.world_from_object))
    assert not layout.is_metric and layout.ground == "objects"
    assert layout.world_from_observed is None and layout.error is None
    np.testing.assert_allclose((placed.min(axis=0) + placed.max(axis=0))[:2], 0, atol=1e-6)
    assert placed[:, 2].min() == pytest.approx(0, abs=1e-3)
    assert np.ptp(placed, axis=0).max() == pytest.approx(1.96)


def test_a_measurement_makes_the_scene_metric_and_level() -> None:
    rng = np.random.default_rng(1)
    scene = box_scene(rng)
    objects, frames = split(moved(scene, random_similarity(rng, upright=True)), rng)
    # The frame of the camera: x right, y down, z forward.
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = [[1, 0, 0], [0, -0.4, -np.sqrt(0.84)], [0, np.sqrt(0.84), -0.4]]
    eye = np.array([0.7, -2.6, 1.5])
    camera_from_world[:3, 3] = -camera_from_world[:3, :3] @ eye
    up = camera_from_world[:3, :3] @ UP
    ground = GroundPlane(up, float(up @ camera_from_world[:3, 3]), 0.3)
    seen = moved(seen_from(scene, eye, rng), camera_from_world)
    observation = Observation(tuple(seen), ground, np.zeros(3), up)
    layout = lay_out(objects, frames, observation=observation)
    assert layout.is_metric and layout.ground == "seen"
    assert layout.error is not None and layout.error < 0.01
    placed = placed_points(objects, layout.world_from_object)
    for made, true in zip(placed, scene, strict=True):
        sizes = np.ptp(made, axis=0)[2], np.ptp(true, axis=0)[2]
        assert sizes[0] == pytest.approx(sizes[1], rel=0.03)
        assert made[:, 2].min() == pytest.approx(0, abs=0.02)
    assert layout.world_from_observed is not None
    (camera,) = transform_points(np.zeros((1, 3)), layout.world_from_observed)
    assert camera[2] == pytest.approx(1.5, abs=1e-6)
    middle = np.concatenate(placed)
    offset = (middle.min(axis=0) + middle.max(axis=0)) / 2
    np.testing.assert_allclose(offset[:2], 0, atol=1e-6)


def test_a_measurement_of_something_else_is_not_used() -> None:
    rng = np.random.default_rng(0)
    scene = box_scene(rng)
    noise = tuple(rng.normal(loc=(0, 0, 5), size=(300, 3)) for _ in scene)
    layout = lay_out(
        scene, np.tile(np.eye(4), (3, 1, 1)),
        observation=Observation(noise, None, np.zeros(3), np.array([0.0, -1, 0])),
    )  # fmt: skip
    assert not layout.is_metric
    assert layout.error is not None and layout.error > 0.03


def test_observation_of_a_depth_image() -> None:
    camera = Camera.from_focal(70, 70, 40, 30, width=80, height=60)
    rows = np.mgrid[:60, :80][0]
    down = 0.5 + np.sqrt(0.75) * (rows + 0.5 - camera.cy) / camera.fy
    depth = 1.2 / np.maximum(down, 0.05)
    masks = [np.zeros((60, 80), bool) for _ in range(2)]
    masks[0][20:30, 20:30] = True
    masks[1][50, 50:60] = True
    observation = observe(depth, camera, masks)
    assert [len(points) for points in observation.objects] == [100, 0]
    assert observation.ground is not None
    assert observation.ground.offset == pytest.approx(-1.2, abs=0.01)
    np.testing.assert_allclose(observation.up, [0, -np.sqrt(0.75), -0.5], atol=1e-3)
    np.testing.assert_allclose(observation.eye, 0)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError) as wrong:
        observation_of(np.zeros((4, 5, 3)), [np.zeros((4, 4), bool)], eye=np.zeros(3), up=UP)
    assert str(wrong.value) == "mask 1: expected (4, 5), as the point map, got (4, 4)"
    with pytest.raises(ConventionError) as caught:
        lay_out([], np.zeros((0, 4, 4)))
    assert str(caught.value) == "placements: expected one for each of 1 objects, got 0"
    with pytest.raises(ConventionError) as caught:
        lay_out([np.zeros((0, 3))], np.eye(4)[None])
    assert str(caught.value) == "object 1: expected points, got none"
