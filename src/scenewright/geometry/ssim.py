"""Structural similarity (SSIM) of two pictures, and its gradient, in passes over rows.

Wang et al., Image quality assessment: from error visibility to structural similarity, 2004, in the
form that papers on Gaussian splatting report: Gaussian window of 11 x 11 pixels with a standard
deviation of 1.5, C1 = 0.01^2, C2 = 0.03^2, zeros beyond the border, mean over pixels and channels.

A picture of (H, W, 3) is passed as its (H, 3 W) rows, see `picture_rows`. A value needs
`image_moments`, then `compare_moments`; the gradient goes on with `join_gradient`, which adds the
gradient of the absolute differences in the same pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core.errors import ShapeError

Floats = NDArray[np.floating[Any]]

TAPS = 11
"""Width of the window."""
REACH = TAPS // 2
_CHANNELS = 3
"""A constant, because only then the compiler vectorizes a blur along interleaved channels."""
SIDE = REACH * _CHANNELS
_SIGMA = 1.5
_C1 = 0.01**2
_C2 = 0.03**2


def structural_similarity(image: Floats, target: Floats) -> float:
    """SSIM of two pictures, at most 1.

    Args:
        image: (H, W, 3) float32 or float64, about 0 to 1.
        target: Of the same shape and type.

    Raises:
        ShapeError: Shapes or types differ, or they are not (H, W, 3).
    """
    check_pictures(image, target)
    x, y, taps = picture_rows(image), picture_rows(target), gaussian_window(image.dtype)
    moments = working_space(x)
    image_moments(x, y, taps, moments)
    unlike = compare_moments(moments, *target_moments(y, taps), taps, working_space(x))
    return float(1 - unlike.sum() / x.size)


def check_pictures(image: Floats, target: Floats) -> None:
    """Raises `ShapeError` unless two pictures are (H, W, 3) and of one shape and type."""
    shape, dtype = target.shape, target.dtype
    if target.ndim != 3 or shape[2] != _CHANNELS:
        raise ShapeError("Picture to compare with", expected="(H, W, 3)", got=f"{shape}")
    if image.shape != shape or image.dtype != dtype:
        raise ShapeError(
            "Picture to compare", expected=f"{dtype} {shape}", got=f"{image.dtype} {image.shape}"
        )


def picture_rows(picture: Floats) -> Floats:
    """(H, 3 W) rows of interleaved colors of a (H, W, 3) picture."""
    height, width, channels = picture.shape
    return np.ascontiguousarray(picture).reshape(height, width * channels)


def working_space(rows: Floats) -> Floats:
    """(3, H + 10, 3 W) zeros, room for the moments of a picture or their slopes."""
    height, width = rows.shape
    return np.zeros((3, height + 2 * REACH, width), rows.dtype)


def gaussian_window(dtype: Any) -> Floats:
    """(6,) middle and one half of the 11 taps of a Gaussian of 1.5 pixels; the whole sums to 1."""
    taps = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / _SIGMA) ** 2)
    half: Floats = (taps / taps.sum())[REACH:].astype(dtype)
    return half


@njit(cache=True, nogil=True, fastmath=True)
def _blur_row(row: Floats, taps: Floats, out: Floats) -> None:
    """Blurs along a row of interleaved colors that has `REACH` empty pixels at both ends."""
    k0, k1, k2, k3, k4, k5 = taps[0], taps[1], taps[2], taps[3], taps[4], taps[5]
    c = _CHANNELS
    for j in range(out.shape[0]):
        i = j + 5 * c
        out[j] = (
            k0 * row[i]
            + k1 * (row[i - c] + row[i + c])
            + k2 * (row[i - 2 * c] + row[i + 2 * c])
            + k3 * (row[i - 3 * c] + row[i + 3 * c])
            + k4 * (row[i - 4 * c] + row[i + 4 * c])
            + k5 * (row[i - 5 * c] + row[i + 5 * c])
        )


@njit(cache=True, nogil=True, fastmath=True)
def _blur_column(rows: Floats, at: int, taps: Floats, out: Floats) -> None:
    """Blurs across rows around row `at` of an image that has `REACH` empty rows at both ends."""
    weight, middle = taps[0], rows[at + REACH]
    for j in range(out.shape[0]):
        out[j] = weight * middle[j]
    # One pair of rows at a time: with all eleven in one loop the compiler does not vectorize it.
    for t in range(1, REACH + 1):
        weight, above, below = taps[t], rows[at + REACH - t], rows[at + REACH + t]
        for j in range(out.shape[0]):
            out[j] += weight * (above[j] + below[j])


@njit(cache=True, nogil=True, fastmath=True)
def _moments_row(x: Floats, y: Floats, taps: Floats, out: Floats, at: int) -> None:
    width = x.shape[0]
    padded = np.zeros(width + 2 * SIDE, x.dtype)
    inside = padded[SIDE : SIDE + width]
    for j in range(width):
        inside[j] = x[j]
    _blur_row(padded, taps, out[0, at])
    for j in range(width):
        inside[j] = x[j] * x[j]
    _blur_row(padded, taps, out[1, at])
    for j in range(width):
        inside[j] = x[j] * y[j]
    _blur_row(padded, taps, out[2, at])


# The loops that run in parallel only call functions: with loops inside, compiling takes longer.
@njit(cache=True, nogil=True, parallel=True)
def image_moments(image: Floats, target: Floats, taps: Floats, out: Floats) -> None:
    """Blurs image, image squared and image times target along rows into (3, H + 10, 3 W)."""
    for r in prange(image.shape[0]):
        _moments_row(image[r], target[r], taps, out, r + REACH)


@njit(cache=True, nogil=True, parallel=True)
def _blur_down(across: Floats, taps: Floats, mean: Floats, square: Floats) -> None:
    for r in prange(mean.shape[0]):
        _blur_column(across[0], r, taps, mean[r])
        _blur_column(across[1], r, taps, square[r])


def target_moments(target: Floats, taps: Floats) -> tuple[Floats, Floats]:
    """(H, 3 W) blurred target and blurred squared target."""
    height, width = target.shape
    across = np.zeros((3, height + 2 * REACH, width), target.dtype)
    image_moments(target, target, taps, across)
    mean, square = np.empty_like(target), np.empty_like(target)
    _blur_down(across, taps, mean, square)
    return mean, square


@njit(cache=True, nogil=True, fastmath=True)
def _compare_row(x: Floats, xx: Floats, xy: Floats, y: Floats, yy: Floats, out: Floats) -> float:
    """Sum of 1 - SSIM over a row; derivatives of SSIM by the moments of the image go to `out`."""
    zero = xx.dtype.type(0)
    total = zero
    c1, c2 = xx.dtype.type(_C1), xx.dtype.type(_C2)
    one, two = xx.dtype.type(1), xx.dtype.type(2)
    n = x.shape[0]
    by_mean, by_square, by_cross = (
        out[0, SIDE : SIDE + n], out[1, SIDE : SIDE + n], out[2, SIDE : SIDE + n],
    )  # fmt: skip
    for j in range(n):
        a, b = x[j], y[j]
        bright = two * a * b + c1
        texture = two * (xy[j] - a * b) + c2
        inverse_bright = one / (a * a + b * b + c1)
        inverse_texture = one / (xx[j] - a * a + yy[j] - b * b + c2)
        cross = two * bright * inverse_bright * inverse_texture
        value = bright * texture * inverse_bright * inverse_texture
        total += one - value
        by_square[j] = -value * inverse_texture
        by_cross[j] = cross
        by_mean[j] = (
            two * b * texture * inverse_bright * inverse_texture
            - two * a * value * inverse_bright
            + two * a * value * inverse_texture
            - b * cross
        )
    return float(total)


@njit(cache=True, nogil=True, fastmath=True)
def _slopes_row(
    moments: Floats, mean: Floats, square: Floats, taps: Floats, out: Floats, r: int
) -> float:
    width = mean.shape[0]
    blurred = np.empty((3, width), mean.dtype)
    slopes = np.zeros((3, width + 2 * SIDE), mean.dtype)
    for k in range(3):
        _blur_column(moments[k], r, taps, blurred[k])
    total = _compare_row(blurred[0], blurred[1], blurred[2], mean, square, slopes)
    for k in range(3):
        _blur_row(slopes[k], taps, out[k, r + REACH])
    return total


@njit(cache=True, nogil=True, parallel=True)
def compare_moments(
    moments: Floats, mean: Floats, square: Floats, taps: Floats, out: Floats
) -> NDArray[np.float64]:
    """(H,) sums of 1 - SSIM; derivatives of SSIM by the moments, blurred along rows, go to `out`.

    Args:
        moments: (3, H + 10, 3 W) of `image_moments`.
        mean: (H, 3 W) of `target_moments`.
        square: (H, 3 W) of `target_moments`.
        taps: Of `gaussian_window`.
        out: (3, H + 10, 3 W), written but for its border rows.
    """
    sums = np.empty(mean.shape[0], np.float64)
    for r in prange(mean.shape[0]):
        sums[r] = _slopes_row(moments, mean[r], square[r], taps, out, r)
    return sums


@njit(cache=True, nogil=True, fastmath=True)
def _gradient_row(
    slopes: Floats, x: Floats, y: Floats, taps: Floats, factors: Floats, out: Floats, r: int
) -> float:
    width = x.shape[0]
    parts = np.empty((3, width), x.dtype)
    for k in range(3):
        _blur_column(slopes[k], r, taps, parts[k])
    p, q, s = parts[0], parts[1], parts[2]
    by_difference, by_ssim, two = factors[0], factors[1], x.dtype.type(2)
    total = x.dtype.type(0)
    for j in range(width):
        difference = x[j] - y[j]
        total += abs(difference)
        sign = x.dtype.type((difference > 0) - (difference < 0))
        out[j] = by_difference * sign + by_ssim * (p[j] + two * x[j] * q[j] + y[j] * s[j])
    return float(total)


@njit(cache=True, nogil=True, parallel=True)
def join_gradient(
    slopes: Floats, image: Floats, target: Floats, taps: Floats, factors: Floats, out: Floats
) -> NDArray[np.float64]:
    """(H,) sums of absolute differences; the gradient of these and of SSIM goes to `out`.

    Args:
        slopes: (3, H + 10, 3 W) of `compare_moments`.
        image: (H, 3 W).
        target: (H, 3 W).
        taps: Of `gaussian_window`.
        factors: (2,) of the gradient of the absolute differences and of that of SSIM.
        out: (H, 3 W).
    """
    sums = np.empty(image.shape[0], np.float64)
    for r in prange(image.shape[0]):
        sums[r] = _gradient_row(slopes, image[r], target[r], taps, factors, out[r], r)
    return sums
