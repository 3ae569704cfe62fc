"""Intersection of a ray with a surfel, against plain linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.rasterizer.intersection import MIN_ZETA, exp_negative, intersect_ray

NUMBERS = (MIN_ZETA, 0.0, 0.5, 1.0, 2.0)


def intersect(
    T: np.ndarray, pixel: tuple[float, float], mean: tuple[float, float]
) -> tuple[float, ...]:
    """The kernel, called for one pixel of a row."""
    x, y = pixel
    at_row = np.cross(T[0], T[1]) + y * np.cross(T[2], T[0])
    row = (*at_row, (mean[1] - y) ** 2)
    slope = tuple(np.cross(T[1], T[2]))
    found = intersect_ray(x, row, slope, tuple(T[2]), mean[0], NUMBERS)
    return tuple(float(value) for value in found)


@pytest.mark.parametrize("seed", range(4))
def test_the_hit_projects_to_the_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(3, 3)) + np.array([[20.0, 0, 0], [0, 20.0, 0], [0, 0, 4.0]])
    pixel = (1.5, -0.5)
    u, v, inverse, on_plane, depth, gauss, dx = intersect(T, pixel, (30.0, 40.0))
    homogeneous = T @ np.array([u, v, 1.0])
    assert homogeneous[:2] / homogeneous[2] == pytest.approx(pixel, abs=1e-9)
    assert on_plane == 1  # the center on the screen is far away
    assert depth == pytest.approx(homogeneous[2])
    assert gauss == pytest.approx(np.exp(-(u * u + v * v) / 2))
    assert dx == 28.5
    zeta = np.cross(pixel[0] * T[2] - T[0], pixel[1] * T[2] - T[1])
    assert 1 / inverse == pytest.approx(zeta[2])


def test_the_low_pass_filter_takes_over_near_the_center() -> None:
    T = np.array([[1e-3, 0, 0], [0, 1e-3, 0], [0, 0, 5.0]])  # a disk far smaller than a pixel
    _, _, _, on_plane, depth, gauss, _ = intersect(T, (0.5, 0.25), (0.0, 0.0))
    assert on_plane == 0
    assert depth == 5
    assert gauss == pytest.approx(np.exp(-(0.5**2 + 0.25**2)))


def test_a_ray_parallel_to_the_disk_has_finite_values() -> None:
    T = np.array([[10.0, 0, 0], [0, 0, 1.0], [0, 0, 4.0]])
    assert np.isfinite(intersect(T, (0.0, 0.0), (1.0, 1.0))).all()


def test_exponential_of_negative_numbers() -> None:
    assert exp_negative(0.0) == 1
    assert exp_negative(-2.0) == pytest.approx(np.exp(-2))
