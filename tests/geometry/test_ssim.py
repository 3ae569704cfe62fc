"""SSIM against a blur of whole pictures, and its gradient against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from scenewright.core import ShapeError
from scenewright.geometry import ssim

sizes = st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(0, 1000))


def picture(seed: int, height: int, width: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((height, width, 3))


def blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    window = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window /= window.sum()
    for axis in (0, 1):
        values = correlate1d(values, window, axis=axis, mode="constant")
    return values


def slow_similarity(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    mean_a, mean_b = blurred(a), blurred(b)
    variance_a = blurred(a * a) - mean_a**2
    variance_b = blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4)
    below = (mean_a**2 + mean_b**2 + 1e-4) * (variance_a + variance_b + 9e-4)
    return float((above / below).mean())


@given(sizes)
@settings(deadline=None, max_examples=40)
def test_it_is_that_of_blurred_pictures(size: tuple[int, int, int]) -> None:
    height, width, seed = size
    a, b = picture(seed, height, width), picture(seed + 1, height, width)
    near = np.clip(a + 0.02 * (b - 0.5), 0, 1)
    for other in (b, near):
        found = ssim.structural_similarity(a, other)
        assert found == pytest.approx(slow_similarity(a, other), abs=1e-11)
    assert ssim.structural_similarity(a, a) == pytest.approx(1, abs=1e-11)


def test_single_precision_is_near_double() -> None:
    a, b = picture(0, 30, 40), picture(1, 30, 40)
    found = ssim.structural_similarity(a.astype(np.float32), b.astype(np.float32))
    assert found == pytest.approx(ssim.structural_similarity(a, b), abs=1e-5)


def gradient_of(image: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gradient of the sum of SSIM by the image."""
    x, y = ssim.picture_rows(image), ssim.picture_rows(target)
    taps = ssim.gaussian_window(np.float64)
    moments, slopes, out = ssim.working_space(x), ssim.working_space(x), np.empty_like(x)
    ssim.image_moments(x, y, taps, moments)
    ssim.compare_moments(moments, *ssim.target_moments(y, taps), taps, slopes)
    ssim.join_gradient(slopes, x, y, taps, np.array([0.0, 1.0]), out)
    return out.reshape(image.shape)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_central_differences(seed: int) -> None:
    image, target = picture(seed, 14, 17), picture(seed + 9, 14, 17)
    gradient = gradient_of(image, target)
    toward = np.random.default_rng(seed).normal(size=image.shape)
    high, low = (
        image.size * ssim.structural_similarity(image + h * toward, target) for h in (1e-6, -1e-6)
    )
    assert (high - low) / 2e-6 == pytest.approx((gradient * toward).sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("image", "target", "message"),
    [
        (np.zeros((4, 5, 3)), np.zeros((4, 6, 3)),
         "Picture to compare: expected float64 (4, 6, 3), got float64 (4, 5, 3)"),
        (np.zeros((4, 5, 3), np.float32), np.zeros((4, 5, 3)),
         "Picture to compare: expected float64 (4, 5, 3), got float32 (4, 5, 3)"),
        (np.zeros((4, 5)), np.zeros((4, 5)),
         "Picture to compare with: expected (H, W, 3), got (4, 5)"),
    ],
)  # fmt: skip
def test_wrong_pictures_are_refused(image: Any, target: Any, message: str) -> None:
    with pytest.raises(ShapeError) as error:
        ssim.structural_similarity(image, target)
    assert str(error.value) == message
