"""Frames: casts and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from scenewright.core import (
    ConventionError,
    Frame,
    MaskSet,
    ScenewrightError,
    ShapeError,
)
from scenewright.core.frame import check_masks_of
from tests.builders import (
    make_camera,
    make_frame,
)
from tests.core.core_builders import matrix_with

INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: Frame(-1, make_camera(), None), ConventionError,
     "Frame.index: expected 0 or more, got -1"),
    (lambda: Frame(0, make_camera(), matrix_with(m00=2)), ConventionError,
     "Frame.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 3 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: Frame(0, make_camera(), matrix_with(m00=-1)), ConventionError,
     "Frame.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 0 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: Frame(0, make_camera(), matrix_with(m03=-np.inf)), ConventionError,
     "Frame.world_from_cam: expected finite values, got 1 that are NaN or infinite"),
    (lambda: Frame(0, make_camera(), matrix_with(m30=1)), ConventionError,
     "Frame.world_from_cam: expected last row 0 0 0 1, got [1.0, 0.0, 0.0, 1.0]"),
    (lambda: Frame(0, make_camera(), None, np.zeros((8, 6, 3), np.uint8)), ShapeError,
     "Frame.image: expected shape (6, 8, 3), got (8, 6, 3)"),
    (lambda: Frame(0, make_camera(), None, cast(Any, np.zeros((6, 8, 3)))), ShapeError,
     "Frame.image: expected values that fit uint8, got float64"),
    (lambda: Frame(0, make_camera(), None, depth=np.zeros((6, 8), np.uint16)), ShapeError,
     "Frame.depth: expected floating-point meters, got uint16. Divide the stored integers by the "
     "depth scale first."),
    (lambda: Frame(0, make_camera(), None, depth=np.full((6, 8), -1.0)), ConventionError,
     "Frame.depth: expected 0 or more, got -1 m"),
    (lambda: Frame(0, make_camera(), None, depth=np.full((6, 8), 1e10)), ConventionError,
     "Frame.depth: expected at most 1e+06 m, got 1e+10 m. Set pixels without a reading to 0."),
    (lambda: Frame(0, make_camera(), matrix_with(m03=1e19)), ConventionError,
     "Frame.world_from_cam: expected positions within 1e+09 m of the origin, got 1e+19 m"),
    (lambda: Frame(0, make_camera(), None, time=np.nan), ConventionError,
     "Frame.time: expected finite seconds, got nan"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_frames_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_lossless_casts_are_made() -> None:
    frame = make_frame()
    assert frame.depth is not None and frame.depth.dtype == np.float32
    wide = Frame(0, frame.camera, frame.world_from_cam, depth=frame.depth.astype(np.float64))
    assert wide.depth is not None and wide.depth.dtype == np.float32


def test_masks_must_be_a_mask_set() -> None:
    frame = Frame(7, make_camera(), None, name="kitchen-7")
    check_masks_of(frame, None)
    check_masks_of(frame, MaskSet.empty(4, 4))
    with pytest.raises(ConventionError) as caught:
        check_masks_of(frame, np.zeros((4, 4), np.int64))
    assert str(caught.value) == (
        "masks of frame kitchen-7: expected a MaskSet, or None if nothing is known, got an array "
        "of shape (4, 4), int64. MaskSet.from_id_map makes one of an (H, W) array of ids, "
        "MaskSet.from_dense one of (N, H, W) booleans."
    )
    with pytest.raises(ConventionError, match=r"got list\."):
        check_masks_of(frame, [1, 2])


def test_a_frame_from_raw_arrays() -> None:
    camera = make_camera()
    depth = np.full(camera.size, 1.5)
    depth[0, :3] = (np.nan, np.inf, -1)
    frame = Frame.of(camera, np.eye(4)[:3], depth=depth, name="a")
    assert frame.depth is not None and frame.depth.dtype == np.float32
    assert frame.depth[0, :3].tolist() == [0, 0, 0] and frame.depth[1, 1] == 1.5
    assert frame.index == 0 and frame.world_from_cam is not None
    assert np.array_equal(frame.world_from_cam, np.eye(4))
    width, height = camera.width, camera.height
    assert repr(frame) == f"Frame('a', {width} x {height}, depth, pose)"
    assert "1.50 to 1.50 m" in frame._repr_html_()
    with pytest.raises(ShapeError, match=r"Divide the stored integers by the depth scale first"):
        Frame.of(camera, None, depth=np.ones(camera.size, np.uint16))
    assert repr(Frame.of(camera, None)) == f"Frame(0, {width} x {height}, no pose)"
