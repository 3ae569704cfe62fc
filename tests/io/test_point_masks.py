"""Instances as boolean columns over points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.io import PointMasks
from tests.builders import make_scene
from tests.io.prediction_builders import predictions


def test_columns_follow_the_table_and_do_not_overlap() -> None:
    scene = make_scene()
    found = predictions()
    assert scene.points is not None and scene.points.instance_id is not None
    assert found.masks.sum(axis=1).max() == 1
    for column, instance_id in enumerate(scene.instances.id):
        assert np.array_equal(found.masks[:, column], scene.points.instance_id == instance_id)
    assert found.class_id.tolist() == [5, 0, 39]
    assert np.array_equal(found.score, scene.instances.score)


def test_scene_without_points_is_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        PointMasks.from_scene(make_scene(points=False))
    assert str(caught.value) == (
        "scene: expected points with instance ids, got none. Segment it first."
    )


def test_masks_of_wrong_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"PointMasks\.score: expected shape \(2,\), got \(3,\)"):
        PointMasks(np.zeros((4, 2), np.bool_), np.ones(3), np.zeros(2, np.int32))
    shares: Any = np.zeros((4, 2))
    with pytest.raises(ShapeError, match="expected values that fit bool, got float64"):
        PointMasks(shares, np.ones(2), np.zeros(2, np.int32))
