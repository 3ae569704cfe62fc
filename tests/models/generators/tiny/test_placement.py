"""Registration of canonical shapes with what is known of their place."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.layouts import similarity, voxel_centers
from scenewright.geometry.transforms import transform_points
from scenewright.models.generators.tiny.placement import PlacementHints, registered, thinned
from tests.models.generators.tiny.tiny_builders import table_grid


def hints(
    angle: float, *, with_points: bool, with_voxels: bool
) -> tuple[PlacementHints, np.ndarray]:
    """What would be known of a table at a scale of 0.5, and its true pose."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    pose = similarity(0.5, turn, np.array([0.1, 0.05, -0.1]))
    table = table_grid()
    points = transform_points(voxel_centers(np.argwhere(table), resolution=32), pose)
    low, high = points.min(axis=0), points.max(axis=0)
    voxels = np.zeros((32, 32, 32))
    cells = np.clip(np.floor((points + 0.5) * 32).astype(int), 0, 31)
    voxels[tuple(cells.T)] = 1 if with_voxels else 0
    seen = points[points[:, 1] < np.median(points[:, 1])] if with_points else np.zeros((0, 3))
    return PlacementHints(
        voxels, (low + high) / 2, high - low + 0.5 / 32, np.zeros(2), thinned(seen)
    ), pose


@pytest.mark.parametrize("angle", [0.0, 0.6, 2.4, 4.0])
@pytest.mark.parametrize("with_points", [False, True])
def test_pose_is_found_from_voxels_and_box(angle: float, with_points: bool) -> None:
    known, pose = hints(angle, with_points=with_points, with_voxels=True)
    found = registered(table_grid(), known)
    scale = np.linalg.norm(found[:3, 0])
    assert scale == pytest.approx(0.5, rel=0.08)
    assert found[:3, 3] == pytest.approx(pose[:3, 3], abs=0.03)
    turned = found[:3, :3] / scale @ (pose[:3, :3] / 0.5).T
    assert np.degrees(np.arccos(np.clip((np.trace(turned) - 1) / 2, -1, 1))) < 8


def test_the_heading_decides_where_nothing_else_does() -> None:
    known, _ = hints(0.0, with_points=False, with_voxels=False)
    for sign in (1.0, -1.0):
        told = PlacementHints(
            known.voxels, known.center, known.size, np.array([sign, 0.0]), known.points
        )
        found = registered(table_grid(), told)
        assert np.sign(found[0, 0]) == sign


def test_points_are_thinned_evenly() -> None:
    points = np.arange(3000.0).reshape(1000, 3)
    kept = thinned(points)
    assert 300 < len(kept) <= 400 and kept[0].tolist() == [0, 1, 2]
    assert len(thinned(points[:10])) == 10
