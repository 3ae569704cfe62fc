"""Contents of a COLMAP model: camera numbers, points as a cloud, unusable cameras."""

from __future__ import annotations

import numpy as np

from scenewright.core import PointCloud
from scenewright.io.colmap import COLMAP_MODELS, ColmapPoints
from tests.io.colmap_builders import load_pycolmap, make_model


def test_numbers_of_the_models_are_those_of_colmap() -> None:
    pycolmap = load_pycolmap()
    theirs = {n: int(m) for n, m in pycolmap.CameraModelId.__members__.items() if int(m) >= 0}
    assert theirs == {name: number for number, name in enumerate(COLMAP_MODELS)}


def test_points_as_a_cloud() -> None:
    points = make_model().points
    points.points[3] = np.nan
    cloud = points.cloud()
    assert len(cloud) == 19 and cloud.colors is not None
    assert np.array_equal(cloud.colors[3], points.colors[4])
    back = ColmapPoints.of(PointCloud(cloud.points))
    assert np.array_equal(back.points, cloud.points.astype(float))
    assert (back.colors == 128).all() and back.ids.tolist() == list(range(1, 20))
