"""Surfels moved and joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError
from scenewright.geometry.harmonics import harmonics
from scenewright.geometry.surfel_transforms import joined_surfels, moved_surfels
from tests.builders import make_placement, turn
from tests.io.surfel_builders import assert_close_surfels, make_surfels


@settings(max_examples=25, deadline=None)
@given(
    angle=st.floats(-3, 3),
    scale=st.floats(0.1, 10),
    degree=st.integers(0, 3),
    tilt=st.floats(-3, 3),
)
def test_moving_there_and_back(angle: float, scale: float, degree: int, tilt: float) -> None:
    surfels = make_surfels(7, degree=degree, features=2)
    matrix = make_placement(angle=angle, scale=scale)
    matrix[:3, :3] = matrix[:3, :3] @ turn(tilt, axis=0)
    moved = moved_surfels(surfels, matrix)
    assert np.allclose(moved.scales, surfels.scales * scale, rtol=1e-5)
    assert np.allclose(moved.normals(), surfels.normals() @ (matrix[:3, :3] / scale).T, atol=1e-5)
    assert np.array_equal(moved.instance_id, surfels.instance_id)
    assert moved.features is surfels.features
    assert_close_surfels(moved_surfels(moved, np.linalg.inv(matrix)), surfels, tolerance=1e-4)


def test_colors_turn_with_the_surfels() -> None:
    surfels = make_surfels(5, degree=3)
    matrix = make_placement(angle=0.7)
    moved = moved_surfels(surfels, matrix)
    directions = np.random.default_rng(1).normal(size=(9, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    before = harmonics(directions, 16) @ surfels.sh
    after = harmonics(directions @ matrix[:3, :3].T, 16) @ moved.sh
    assert np.allclose(before, after, atol=1e-5)


def test_joining_keeps_what_all_have() -> None:
    first, second = make_surfels(3, degree=1, features=2), make_surfels(4, degree=3, features=2)
    joined = joined_surfels([first, second])
    assert len(joined) == 7 and joined.sh_degree == 3
    assert np.array_equal(joined.sh[:3, :4], first.sh) and not joined.sh[:3, 4:].any()
    assert np.array_equal(joined.sh[3:], second.sh)
    assert joined.instance_id is not None and joined.features is not None
    assert np.array_equal(joined.instance_score[3:], second.instance_score)
    mixed = joined_surfels([first, make_surfels(2, ids=False, features=3)])
    assert mixed.instance_id is None and mixed.features is None
    assert mixed.instance_score is not None
    with pytest.raises(ConventionError) as caught:
        joined_surfels([])
    assert str(caught.value) == "joined surfels: expected one or more clouds, got none"
