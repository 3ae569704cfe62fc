"""Noise of depth sensors: what is put into images of planes is found again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.geometry.depth_noise import DepthNoise, estimate_depth_noise

SHAPE = (120, 160)


def plane_inverse(seed: int) -> NDArray[np.float64]:
    """Inverse depth of a random plane, 1 to 6 m away; linear in the pixel."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    slope = rng.uniform(-1, 1, 2)
    ramp = slope[0] * rows / SHAPE[0] + slope[1] * columns / SHAPE[1]
    ramp = (ramp - ramp.min()) / np.ptp(ramp)
    result: NDArray[np.float64] = 1 / 6 + ramp * (1 - 1 / 6)
    return result


def images(growth: float, *, step: float = 0.0, floor: float = 0.0) -> list[NDArray[np.float32]]:
    """Planes with Gaussian noise of inverse depth, its quantization, and constant noise."""
    rng = np.random.default_rng(7)
    found = []
    for seed in range(8):
        inverse = plane_inverse(seed) + growth * rng.standard_normal(SHAPE)
        if step:
            inverse = np.round(inverse / step) * step
        depth = 1 / inverse + floor * rng.standard_normal(SHAPE)
        found.append(depth.astype(np.float32))
    return found


def test_exact_depth_has_no_noise() -> None:
    noise = estimate_depth_noise(images(0.0))
    assert noise is not None and noise.at(5.0) < 1e-5


@pytest.mark.parametrize("growth", [0.0005, 0.0015, 0.004])
def test_noise_that_grows_with_the_square_of_the_distance(growth: float) -> None:
    noise = estimate_depth_noise(images(growth))
    assert noise is not None
    for depth in (2.0, 5.0):
        assert noise.at(depth) == pytest.approx(growth * depth**2, rel=0.08)


@pytest.mark.parametrize(("growth", "step"), [(0.0, 0.004), (0.0012, 0.0025), (0.0005, 0.004)])
def test_quantization_counts_as_noise(growth: float, step: float) -> None:
    noise = estimate_depth_noise(images(growth, step=step))
    assert noise is not None
    expected = float(np.hypot(growth, step / np.sqrt(12)))
    assert noise.at(4.0) == pytest.approx(expected * 16, rel=0.25)


def test_rows_of_equal_readings_are_not_quantization() -> None:
    image = (1 / np.linspace(1 / 6, 1, SHAPE[0])[:, None] + np.zeros(SHAPE)).astype(np.float32)
    noise = estimate_depth_noise([image] * 4)
    assert noise is not None and noise.at(5.0) < 1e-5


def test_constant_noise() -> None:
    noise = estimate_depth_noise(images(0.0, floor=0.01))
    assert noise is not None
    assert noise.at(1.5) == pytest.approx(0.01, rel=0.15)
    assert noise.at(5.0) == pytest.approx(0.01, rel=0.15)


def test_edges_and_missing_readings_are_not_noise() -> None:
    rng = np.random.default_rng(0)
    found = []
    for image in images(0.001):
        for _ in range(12):
            row, column = rng.integers(0, SHAPE[0] - 30), rng.integers(0, SHAPE[1] - 30)
            image[row : row + 30, column : column + 30] *= rng.uniform(0.5, 0.9)
        image[rng.random(SHAPE) < 0.1] = 0
        found.append(image)
    noise = estimate_depth_noise(found)
    assert noise is not None and noise.at(4.0) == pytest.approx(0.016, rel=0.3)


def test_too_few_readings_tell_nothing() -> None:
    assert estimate_depth_noise([]) is None
    assert estimate_depth_noise([np.zeros(SHAPE, np.float32)]) is None
    assert estimate_depth_noise([np.ones((4, 4), np.float32)]) is None


def test_reach_is_the_depth_at_which_noise_is_as_large() -> None:
    noise = DepthNoise(floor=0.01, growth=0.002)
    assert noise.at(noise.reach(0.05)) == pytest.approx(0.05)
    assert noise.reach(0.01) == 0.0
    assert DepthNoise(floor=0.001).reach(0.05) == np.inf
