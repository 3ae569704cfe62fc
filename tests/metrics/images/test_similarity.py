"""PSNR and SSIM against known values and slow references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, ScenewrightError, ShapeError
from scenewright.metrics import ImageQuality, mean_quality, measure_image, psnr, ssim
from scenewright.metrics.images.similarity import LARGEST_PSNR


def random_image(seed: int = 0, height: int = 24, width: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3))


def slow_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Window by window, zeros around the image."""
    steps = np.arange(11) - 5
    line = np.exp(-(steps**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    values = []
    for channel in range(a.shape[2]):
        x, y = (np.pad(p[..., channel], 5) for p in (a, b))
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                u, v = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                mu, nu = (window * u).sum(), (window * v).sum()
                s, t = (window * u * u).sum() - mu**2, (window * v * v).sum() - nu**2
                c = (window * u * v).sum() - mu * nu
                top = (2 * mu * nu + 1e-4) * (2 * c + 9e-4)
                values.append(top / ((mu**2 + nu**2 + 1e-4) * (s + t + 9e-4)))
    return float(np.mean(values))


@pytest.mark.parametrize("step", [0.1, 0.5, 1.0])
def test_psnr_of_a_constant_step(step: float) -> None:
    low = np.zeros((4, 5, 3))
    assert psnr(low + step, low) == pytest.approx(-20 * np.log10(step))
    assert psnr(low, low) == LARGEST_PSNR == 100
    assert psnr(low + 1e-7, low) == LARGEST_PSNR


def test_psnr_of_bytes_and_masks() -> None:
    truth = np.zeros((4, 5, 3), np.uint8)
    found = truth.copy()
    found[0, 0] = 51
    mask = np.zeros((4, 5), bool)
    mask[0, :2] = True
    assert psnr(found, truth) == pytest.approx(10 * np.log10(20 / 0.04))
    assert psnr(found, truth, mask=mask) == pytest.approx(10 * np.log10(2 / 0.04))
    assert psnr(found / 255, truth) == pytest.approx(psnr(found, truth))
    assert np.isnan(psnr(found, truth, mask=np.zeros((4, 5), bool)))


def test_ssim_matches_the_slow_version() -> None:
    a, b = random_image(0, 13, 15), random_image(1, 13, 15)
    assert ssim(a, b) == pytest.approx(slow_ssim(a, b), abs=1e-12)
    near = np.clip(a + 0.02 * b, 0, 1)
    assert ssim(a, near) == pytest.approx(slow_ssim(a, near), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_ssim_properties(seed: int) -> None:
    a, b = random_image(seed), random_image(seed + 1)
    assert ssim(a, a) == pytest.approx(1)
    assert ssim(a, b) == pytest.approx(ssim(b, a)) and ssim(a, b) < 0.9
    assert ssim(a[::-1], b[::-1]) == pytest.approx(ssim(a, b))
    assert ssim(a[..., 0], b[..., 0]) == pytest.approx(
        ssim(np.repeat(a[..., :1], 3, 2), np.repeat(b[..., :1], 3, 2))
    )


BAD: list[tuple[Any, Any, type[ScenewrightError], str]] = [
    (random_image(0, 4, 5), random_image(0, 5, 4), ShapeError,
     "image: expected (5, 4, 3) as the truth, got (4, 5, 3)"),
    (np.zeros((4, 5, 4)), np.zeros((4, 5, 4)), ShapeError,
     "image: expected (H, W, 3) or (H, W), got (4, 5, 4)"),
    (np.full((4, 5, 3), 1.5), random_image(0, 4, 5), ConventionError,
     "image: expected values in [0, 1], got 1.5 to 1.5"),
    (np.full((4, 5, 3), 200), random_image(0, 4, 5), ShapeError,
     "image: expected uint8 or floating point, got int64"),
    (np.full((4, 5, 3), np.nan), random_image(0, 4, 5), ConventionError,
     "image: expected finite values, got 60 that are NaN or infinite"),
    (random_image(0, 4, 5), np.zeros((0, 5, 3)), ShapeError,
     "truth: expected (H, W, 3) or (H, W), got (0, 5, 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "truth", "kind", "message"), BAD)
def test_bad_images(image: Any, truth: Any, kind: type[ScenewrightError], message: str) -> None:
    for measure in (psnr, ssim):
        with pytest.raises(kind) as caught:
            measure(image, truth)
        assert str(caught.value) == message


def test_means_over_images() -> None:
    parts = [ImageQuality(20, 0.5, 0.25), ImageQuality(40, 1.0, 0.75)]
    assert mean_quality(parts) == ImageQuality(30, 0.75, 0.5, 2)
    assert mean_quality([*parts, ImageQuality(30, 0.75, None)]) == ImageQuality(30, 0.75, None, 3)
    assert mean_quality([mean_quality(parts), ImageQuality(60, 0, 0.5)]).psnr == 40
    assert np.isnan(mean_quality([]).psnr) and mean_quality([]).num_images == 0
    one = measure_image(random_image(0), random_image(1))
    assert one == ImageQuality(
        psnr(random_image(0), random_image(1)), ssim(random_image(0), random_image(1)), None
    )
