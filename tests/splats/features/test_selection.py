"""Surfels chosen by feature or by a click."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.splats.features.selection import (
    point_groups,
    select_at_pixel,
    select_by_feature,
)
from tests.splats.shape_builders import (
    joined,
    sphere,
)


def test_surfels_are_chosen_by_feature_of_a_surfel_or_of_any_of_several_queries() -> None:
    axes = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    assert select_by_feature(axes, 0).tolist() == [True, True, False, False]
    both = select_by_feature(axes, np.array([[0, 2.0, 0], [0, 0, 0.1]]))
    assert both.tolist() == [False, False, True, True]
    lax = select_by_feature(axes, np.array([1.0, 1.0, 0]), least_cosine=0.7)
    assert lax.tolist() == [True, True, True, False]
    with pytest.raises(ConventionError) as error:
        select_by_feature(axes, np.zeros(3))
    assert str(error.value) == (
        "query: expected a feature, got zeros. Choose the feature of a surfel."
    )
    with pytest.raises(ShapeError) as missing:
        select_by_feature(axes, 4)
    assert str(missing.value) == "surfel: expected 0 to 3, got 4"


@pytest.mark.parametrize("factor", [0.01, 1.0, 100.0])
def test_a_click_takes_the_thing_clicked_on_and_not_its_twin(factor: float) -> None:
    twins = joined(sphere(300, center=(-2, 0, 0)), sphere(320, center=(2, 0, 0)))
    other = sphere(200, center=(0, 0, 0.5), radius=0.5, instance=2)
    means = joined(twins, other).means * np.float32(factor)
    features = np.eye(2, dtype=np.float32)[[0] * 620 + [1] * 200]
    ids, weights = np.array([650, 10, 11, -1], np.int32), np.array([0.1, 0.5, 0.3, 0], np.float32)
    chosen = select_at_pixel(means, features, ids=ids, weights=weights)
    assert np.array_equal(np.flatnonzero(chosen), np.arange(300))
    with pytest.raises(ConventionError) as error:
        select_at_pixel(means, features, ids=ids[3:], weights=weights[3:])
    assert str(error.value) == (
        "pixel: expected a surfel, got none. Click on a pixel that shows a surfel."
    )


def test_groups_of_few_or_equal_points_are_groups() -> None:
    assert point_groups(np.zeros((0, 3))).tolist() == []
    assert point_groups(np.zeros((1, 3))).tolist() == [0]
    assert point_groups(np.zeros((5, 3))).tolist() == [0] * 5
