"""Chamfer distance, F-score and boxes of point sets, and normalizations."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.transforms import transform_points
from scenewright.metrics.shapes.point_sets import (
    box_iou,
    compare_point_sets,
    fit_in_cube,
    scene_normalization,
    stretch_to_cube,
)

BOX = np.array([[0.0, 0, 0], [2, 1, 1]])


def test_chamfer_is_squared_and_summed() -> None:
    found = compare_point_sets([[0, 0, 0], [3, 0, 0]], [[0, 0, 1]], thresholds=(1.5, 4))
    assert found.predicted_to_truth == pytest.approx((1 + 10) / 2)
    assert found.truth_to_predicted == 1
    assert found.chamfer == pytest.approx(6.5)
    assert found.f_score[1.5] == pytest.approx(2 * 0.5 / 1.5)
    assert found.f_score[4] == pytest.approx(1)


def test_a_distance_equal_to_the_threshold_does_not_count() -> None:
    found = compare_point_sets([[0, 0, 0]], [[0, 0, 0.5]], thresholds=(0.5, 0.5000001))
    assert list(found.f_score.values()) == [0, pytest.approx(1)]


def test_box_iou() -> None:
    assert box_iou(BOX, BOX) == pytest.approx(1, abs=1e-7)
    assert box_iou(BOX, BOX + np.array([1, 0, 0])) == pytest.approx(1 / 3, abs=1e-7)
    assert box_iou(BOX, BOX + np.array([3, 0, 0])) == 0
    assert box_iou(BOX * (1, 1, 0), BOX * (1, 1, 0)) == 0


def test_stretching_hides_proportions_and_fitting_keeps_them() -> None:
    points = np.array([[0.0, 0, 5], [4, 1, 5], [2, 0.5, 5]])
    expected = np.array([[-0.95, -0.95, -0.95], [0.95, 0.95, -0.95], [0, 0, -0.95]])
    np.testing.assert_allclose(stretch_to_cube(points), expected, atol=1e-12)
    expected = np.array([[-0.95, -0.2375, 0], [0.95, 0.2375, 0], [0, 0, 0]])
    np.testing.assert_allclose(fit_in_cube(points), expected, atol=1e-12)
    assert fit_in_cube([[7.0, 7, 7]]).tolist() == [[0, 0, 0]]


def test_scene_normalization() -> None:
    moved = transform_points(BOX, scene_normalization(BOX))
    np.testing.assert_allclose(moved, [[-0.98, -0.49, -0.49], [0.98, 0.49, 0.49]], atol=1e-12)


def test_bad_input() -> None:
    with pytest.raises(ShapeError) as caught:
        compare_point_sets(np.zeros((0, 3)), BOX)
    assert str(caught.value).startswith("predicted points: expected at least one, got none")
    with pytest.raises(ConventionError, match="threshold: expected above 0, got 0"):
        compare_point_sets(BOX, BOX, thresholds=(0,))
    with pytest.raises(ConventionError, match="true points"):
        box_iou(BOX, BOX * np.nan)
