"""The pinhole camera: values, resizing, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    Camera,
    ConventionError,
    ScenewrightError,
    ShapeError,
)
from tests.builders import (
    make_camera,
)

LARGE = np.array([[500.0, 0, 4], [0, 500, 3], [0, 0, 1]])


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: Camera(np.eye(2), 8, 6), ShapeError,
     "Camera.K: expected shape (3, 3), got (2, 2)"),
    (lambda: Camera(LARGE, 0, 6), ConventionError,
     "Camera size: expected at least 1 x 1 pixels, got 0 x 6"),
    (lambda: Camera(-np.eye(3), 8, 6), ConventionError,
     "Camera.K: expected positive focal lengths, got fx -1, fy -1"),
    (lambda: Camera(LARGE * np.nan, 8, 6), ConventionError,
     "Camera.K: expected finite values, got 9 that are NaN or infinite"),
    (lambda: Camera(LARGE.T, 8, 6), ConventionError,
     "Camera.K: expected [[fx, s, cx], [0, fy, cy], [0, 0, 1]], got "
     "[[500.0, 0.0, 0.0], [0.0, 500.0, 0.0], [4.0, 3.0, 1.0]]"),
    (lambda: Camera(LARGE, 8, 65537), ConventionError,
     "Camera size: expected at most 65536 pixels per side, got 8 x 65537"),
    (lambda: Camera.from_focal(500, 500, 1e19, 3, width=8, height=6), ConventionError,
     "Camera.K: expected focal lengths of 0.01 to 1e+07 and a principal point within 1e+07 "
     "pixels, got fx 500, fy 500, cx 1e+19, cy 3"),
    (lambda: Camera.from_focal(1e-9, 500, 4, 3, width=8, height=6), ConventionError,
     "Camera.K: expected focal lengths of 0.01 to 1e+07 and a principal point within 1e+07 "
     "pixels, got fx 1e-09, fy 500, cx 4, cy 3"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_cameras_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


@given(
    st.integers(1, 4000), st.integers(1, 4000), st.floats(0, 1), st.floats(0, 1), st.floats(1, 9)
)
def test_resized_camera_sees_the_same(
    width: int, height: int, u: float, v: float, depth: float
) -> None:
    # A point that lies at a share (u, v) of the old picture lies at the same share of the new.
    camera = make_camera(8, 6)
    other = camera.resized(width, height)
    ray = np.linalg.inv(camera.K) @ [u * 8, v * 6, 1] * depth
    x, y, w = other.K @ ray
    assert np.allclose([x / w, y / w], [u * width, v * height])
    assert other.size == (height, width)
    back = other.resized(8, 6)
    assert np.allclose(back.K, camera.K)


def test_camera_values() -> None:
    camera = Camera.from_focal(1.0, 2.0, 3.0, 4.0, width=6, height=8)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (1, 2, 3, 4)
    assert camera.size == (8, 6)


def test_fields_cannot_be_replaced() -> None:
    with pytest.raises(AttributeError):
        make_camera().width = 3  # type: ignore[misc]


def test_a_camera_from_a_matrix_of_another_program() -> None:
    K = np.array([[100.0, 0, 39.5], [0, 110.0, 29.5], [0, 0, 1]])
    wide = np.eye(4)
    wide[:3, :3] = K
    for matrix in (K, wide, K.tolist(), (100, 110, 39.5, 29.5)):
        camera = Camera.from_matrix(matrix, (60, 80), pixel_centers="integer")
        assert (camera.cx, camera.cy, camera.size) == (40, 30, (60, 80))
        assert Camera.from_matrix(matrix, (60, 80)).cx == 39.5
    with pytest.raises(ShapeError) as caught:
        Camera.from_matrix(np.eye(2), (60, 80))
    assert str(caught.value) == (
        "Camera matrix: expected shape (3, 3) or (4, 4), or fx, fy, cx, cy, got (2, 2)"
    )
    with pytest.raises(ConventionError, match="pixel_centers: expected 'half' or 'integer'"):
        Camera.from_matrix(K, (60, 80), pixel_centers="corner")  # type: ignore[arg-type]
