"""Posed cameras without images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    ConventionError,
    ScenewrightError,
    ShapeError,
    UnknownNameError,
    Views,
)
from tests.builders import (
    known,
    make_frame,
)


def views(n: int = 3, **changes: Any) -> Views:
    columns: dict[str, Any] = {
        "name": tuple(f"v{i}" for i in range(n)),
        "K": np.tile(np.array([[500.0, 0, 4], [0, 500, 3], [0, 0, 1]]), (n, 1, 1)),
        "size": np.tile(np.array([8, 6]), (n, 1)),
        "world_from_cam": np.tile(np.eye(4), (n, 1, 1)),
    }
    return Views(**{**columns, **changes})


def one_repeated() -> np.ndarray:
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[1, 0, 0] = 2
    return poses


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: views(name=("a", "b", "a")), ConventionError,
     "Views.name: expected each name once, got a repeated name"),
    (lambda: views(K=np.zeros((2, 3, 3))), ShapeError,
     "Views.K: expected shape (3, 3, 3), got (2, 3, 3)"),
    (lambda: views(K=np.tile(-np.eye(3), (3, 1, 1))), ConventionError,
     "Camera.K: expected positive focal lengths, got fx -1, fy -1"),
    (lambda: views(size=np.zeros((3, 2), int)), ConventionError,
     "Camera size: expected at least 1 x 1 pixels, got 0 x 0"),
    (lambda: views(size=np.full((3, 2), 2.5)), ShapeError,
     "Views.size: expected values that fit int32, got float64"),
    (lambda: views(world_from_cam=one_repeated()), ConventionError,
     "Views.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 3 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: views(world_from_cam=np.full((3, 4, 4), np.nan)), ConventionError,
     "Views.world_from_cam: expected finite values, got 48 that are NaN or infinite"),
    (lambda: views().index("v7"), UnknownNameError,
     "View 'v7': expected one of 3 names such as v0, v1, v2, got a name that no view has"),
    (lambda: Views.from_frames([make_frame(), replace(make_frame(1), world_from_cam=None)]),
     ShapeError, "Views of frames: expected a pose in every frame, got 1 without"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_views(build: Callable[[], Any], error: type[ScenewrightError], text: str) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_views_of_frames() -> None:
    frames = [make_frame(i) for i in range(3)]
    found = Views.from_frames([*frames[:2], replace(frames[2], name="")])
    assert found.name == ("000000", "000001", "2")
    assert found.size.tolist() == [[8, 6]] * 3 and found.size.dtype == np.int32
    for (camera, pose), frame in zip(found, frames, strict=True):
        assert np.array_equal(camera.K, frame.camera.K)
        assert np.array_equal(pose, known(frame.world_from_cam))
    assert found.index("000001") == 1
    assert found[np.array([True, False, True])].name == ("000000", "2")
    assert found[np.array([2, 0])].name == ("2", "000000")
    assert len(Views.from_frames([])) == 0


def test_centers_of_views() -> None:
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[1, :3, 3] = [1, 2, 3]
    assert views(2, world_from_cam=poses).centers.tolist() == [[0, 0, 0], [1, 2, 3]]
