"""The preview, drawn points."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, InstanceTable, PointCloud, Scene
from scenewright.pipelines.pictures._point_drawing import draw_points
from scenewright.pipelines.pictures.preview import draw_preview, instance_color


def test_neighboring_ids_have_far_colors() -> None:
    colors = np.array([instance_color(i) for i in range(1, 40)], float)
    assert np.linalg.norm(np.diff(colors, axis=0), axis=1).min() > 60
    assert len({instance_color(i) for i in range(200)}) == 200
    assert len(set(instance_color(0))) <= 2


@pytest.mark.parametrize("with_normals", [False, True])
def test_preview_of_points_with_and_without_normals(with_normals: bool) -> None:
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((3000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    cloud = PointCloud(
        directions.astype(np.float32),
        normals=directions.astype(np.float32) if with_normals else None,
    )
    picture = np.asarray(draw_preview(Scene(InstanceTable.empty(), cloud), title="ball"))
    assert picture.std() > 5


def test_a_scene_without_points_cannot_be_drawn() -> None:
    with pytest.raises(ConventionError, match="A scene to draw"):
        draw_preview(Scene(InstanceTable.empty()))


def test_one_point_can_be_drawn() -> None:
    cloud = PointCloud(np.zeros((1, 3), np.float32))
    with_one = np.asarray(draw_preview(Scene(InstanceTable.empty(), cloud)))
    assert with_one.ndim == 3 and with_one.std() > 1


def test_the_nearest_point_is_in_front() -> None:
    nearest, index = np.full((5, 5), np.inf, np.float32), np.full((5, 5), -1, np.int32)
    columns, rows, depth = (
        np.array([2.5, 2.5, 99.0]),
        np.array([2.5, 2.5, 99.0]),
        np.array([2, 1, 0.5]),
    )
    draw_points(columns, rows, depth, 1, nearest, index)
    assert index[2, 2] == 1 and nearest[2, 2] == 1
    assert np.count_nonzero(index == 1) == 9 and np.count_nonzero(index < 0) == 16
