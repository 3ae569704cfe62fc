"""Closing floor and walls behind objects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.completion.background import CELL, closed_background
from scenewright.core import PointCloud, Scene
from tests.completion.completion_builders import BOX, FLOOR, POST, WALL, seen_scene


def covered(scene: Scene, instance: int, axes: tuple[int, int]) -> np.ndarray:
    """The middles of the faces of a part of the room, along two axes."""
    asset = scene.assets[instance]
    assert asset.mesh is not None
    middles = asset.world_vertices()[asset.mesh.faces].mean(axis=1)
    found: np.ndarray = middles[:, list(axes)]
    return found


def test_the_floor_is_closed_below_the_box() -> None:
    closed, count = closed_background(seen_scene())
    assert count > 100
    asset = closed.assets[FLOOR]
    assert asset.observed is not None and not asset.observed.any() and not asset.is_whole
    assert np.abs(asset.world_vertices()[:, 2]).max() < 0.01
    flat = covered(closed, FLOOR, (0, 1))
    below = (np.abs(flat) < (0.38, 0.22)).all(axis=1)
    # Two triangles per cell below the whole box.
    assert below.sum() * CELL**2 / 2 == pytest.approx(4 * 0.38 * 0.22, rel=0.1)
    colors = asset.mesh.vertex_colors if asset.mesh is not None else None
    assert colors is not None and np.ptp(colors.astype(int), axis=1).max() < 30  # gray, as around


def test_new_faces_look_into_the_room_and_stay_within_it() -> None:
    closed, _ = closed_background(seen_scene())
    for part, normal in ((FLOOR, (0, 0, 1)), (WALL, (0, -1, 0))):
        if part not in closed.assets:
            continue
        mesh = closed.assets[part].mesh
        assert mesh is not None
        a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
        assert (np.cross(b - a, c - a) @ np.array(normal, float) > 0).all()
    # The floor does not reach through the wall at y = 1.45.
    assert covered(closed, FLOOR, (0, 1))[:, 1].max() < 1.45 + 2 * CELL


def test_only_behind_the_chosen_objects() -> None:
    scene = seen_scene()
    both, one = closed_background(scene)[1], closed_background(scene, behind=[POST])[1]
    assert 0 < one < both
    assert closed_background(scene, behind=[])[1] == 0


def test_a_scene_without_roles_or_surface_stays_as_it_is() -> None:
    scene = seen_scene()
    roles = np.array(["object"] * 4)
    assert closed_background(replace(scene, instances=replace(scene.instances, role=roles)))[1] == 0
    assert isinstance(scene.points, PointCloud)
    bare = replace(scene, points=None)
    assert closed_background(bare, behind=[BOX])[1] == 0
