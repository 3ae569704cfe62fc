"""Masks of other sizes, and of images with a lens."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ShapeError
from scenewright.models.classical.mask_fitting import fit_to_frame, has_shape_of, needs_fitting
from tests.models.models_builders import make_frame

IDS = np.arange(48, dtype=np.int64).reshape(6, 8)


def test_the_size_of_the_frame_is_left_as_it_is() -> None:
    assert not needs_fitting(IDS.shape, make_frame())
    assert fit_to_frame(IDS, make_frame(), where="x") is IDS


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_larger_masks_take_the_pixel_in_the_middle(factor: int) -> None:
    large = np.kron(IDS, np.ones((factor, factor), np.int64))
    np.testing.assert_array_equal(fit_to_frame(large, make_frame(), where="x"), IDS)


def test_smaller_masks_are_repeated() -> None:
    expected = np.kron(IDS, np.ones((2, 2), np.int64))
    fitted = fit_to_frame(IDS, make_frame(width=16, height=12), where="x")
    np.testing.assert_array_equal(fitted, expected)


@pytest.mark.parametrize("size", [(239, 180), (240, 181), (119, 90), (481, 360), (1296, 968)])
def test_shapes_that_differ_by_rounding(size: tuple[int, int]) -> None:
    width, height = size
    frame = make_frame(width=240, height=180)
    assert has_shape_of((height, width), frame)
    fitted = fit_to_frame(np.ones((height, width), np.int32), frame, where="x")
    assert fitted.shape == (180, 240) and fitted.all()


@pytest.mark.parametrize("size", [(180, 240), (240, 160), (200, 180), (0, 0)])
def test_turned_and_cropped_masks_are_refused(size: tuple[int, int]) -> None:
    width, height = size
    frame = make_frame("7", width=240, height=180)
    with pytest.raises(ShapeError) as caught:
        fit_to_frame(np.zeros((height, width), np.int64), frame, where="Id map a.png")
    assert str(caught.value) == (
        "Id map a.png: expected 240 x 180 pixels, as frame '7', or the same shape, "
        f"got {width} x {height}. "
        "Make the masks on the images of the capture, neither cropped nor turned."
    )


def test_masks_of_a_lens_are_sampled_where_the_image_was() -> None:
    rows, columns = np.mgrid[0:6, 0:8] + 0.5
    source = np.stack([columns + 1, rows], axis=-1).astype(np.float32)
    source[:, -1] = np.nan
    frame = make_frame(stored_pixels=source)
    expected = np.zeros_like(IDS)
    expected[:, :-1] = IDS[:, 1:]
    assert needs_fitting(IDS.shape, frame)
    np.testing.assert_array_equal(fit_to_frame(IDS, frame, where="x"), expected)
    large = np.kron(IDS, np.ones((2, 2), np.int64))
    np.testing.assert_array_equal(fit_to_frame(large, frame, where="x"), expected)
    np.testing.assert_array_equal(fit_to_frame(IDS, frame, where="x", undistort=False), IDS)
