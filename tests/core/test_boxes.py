"""Oriented boxes: corners, contents, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    Box3D,
    ConventionError,
    ScenewrightError,
    ShapeError,
)
from tests.builders import (
    turn,
)

INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: Box3D(np.zeros(3), -np.ones(3), np.eye(3)), ConventionError,
     "Box3D.size: expected 0 or more, got [-1.0, -1.0, -1.0]"),
    (lambda: Box3D(np.zeros(2), np.ones(3), np.eye(3)), ShapeError,
     "Box3D.center: expected shape (3,), got (2,)"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_boxes_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


@given(st.floats(-7, 7), st.integers(0, 2), st.tuples(*[st.floats(0.01, 9)] * 3))
def test_corners_and_contents(angle: float, axis: int, size: tuple[float, ...]) -> None:
    box = Box3D(np.array([1.0, -2, 3]), np.array(size), turn(angle, axis))
    corners = box.corners()
    assert box.volume == pytest.approx(np.prod(size))
    assert np.allclose(corners.mean(axis=0), box.center)
    for axis_number in range(3):
        edge = corners[1 << axis_number] - corners[0]
        assert np.allclose(edge, box.rotation[:, axis_number] * size[axis_number])
    assert box.contains(corners, margin=1e-6).all()
    assert box.contains(box.center[None])[0]
    outside = box.center + 1.01 * (corners - box.center)
    assert not box.contains(outside).any()
