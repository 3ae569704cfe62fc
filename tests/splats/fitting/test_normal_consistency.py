"""Kernels of the normal loss, against plain formulas and differences."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry.depth_normals import surface_normals
from scenewright.geometry.projection import pixel_rays
from scenewright.splats.fitting import _normal_consistency as kernels

CAMERA = Camera.from_focal(12.0, 13.0, 5.5, 4.0, width=11, height=8)


def pictures(seed: int) -> dict[str, NDArray[np.float64]]:
    """Sums of depth, alpha, median and normals of a bumpy surface with a hole."""
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(0.5, 1, CAMERA.size)
    depth = 2 + 0.1 * rng.random(CAMERA.size)
    alpha[2, 3] = depth[2, 3] = 0
    normals = rng.normal(size=(*CAMERA.size, 3))
    return {
        "depth_sum": depth * alpha, "alpha": alpha, "median": depth * 1.01, "normals": normals,
    }  # fmt: skip


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0])
def test_depth_is_mixed_of_mean_and_median(ratio: float) -> None:
    given = pictures(0)
    found = kernels.mix_depth(given["depth_sum"], given["alpha"], given["median"], ratio)
    mean = given["depth_sum"] / np.where(given["alpha"] > 0, given["alpha"], 1)
    expected = np.where(given["alpha"] > 0, (1 - ratio) * mean + ratio * given["median"], 0)
    assert np.allclose(found, expected)
    assert found[2, 3] == 0


def agreement(
    given: dict[str, NDArray[np.float64]], weights: NDArray[np.float64], ratio: float
) -> float:
    """Sum of N . w n_s with plain arrays; `weights` is the alpha that is held constant."""
    depth = kernels.mix_depth(given["depth_sum"], given["alpha"], given["median"], ratio)
    surface = surface_normals(depth, CAMERA)
    return float((given["normals"] * surface * weights[..., None]).sum())


def compared(
    given: dict[str, NDArray[np.float64]], ratio: float
) -> tuple[float, dict[str, NDArray[np.float64]]]:
    """Value and gradients of the kernels."""
    depth = kernels.mix_depth(given["depth_sum"], given["alpha"], given["median"], ratio)
    by_normals, by_neighbors = np.zeros((*CAMERA.size, 3)), np.zeros((*CAMERA.size, 4))
    value = kernels.compare_normals(
        depth, given["alpha"], given["normals"], *pixel_rays(CAMERA), -1.0, by_normals, by_neighbors
    )
    parts = kernels.split_depth_gradient(by_neighbors, given["depth_sum"], given["alpha"], ratio)
    doubles = (np.asarray(part, np.float64) for part in parts)
    names = ("depth_sum", "alpha", "median")
    return value, {"normals": by_normals, **dict(zip(names, doubles, strict=True))}


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0])
def test_the_value_is_the_sum_of_cosines(ratio: float) -> None:
    given = pictures(1)
    assert compared(given, ratio)[0] == pytest.approx(agreement(given, given["alpha"], ratio))


@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", ["normals", "depth_sum", "alpha", "median"])
def test_gradients_are_those_of_central_differences(name: str, ratio: float) -> None:
    given = pictures(2)
    _, gradients = compared(given, ratio)
    toward = np.random.default_rng(3).normal(size=given[name].shape)
    if name != "normals":
        toward[2, 3] = 0  # there is nothing to move in the hole
    ends = [
        agreement({**given, name: given[name] + step * toward}, given["alpha"], ratio)
        for step in (1e-6, -1e-6)
    ]
    expected = (ends[0] - ends[1]) / 2e-6
    assert (gradients[name] * toward).sum() == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_tiny_pictures_say_nothing() -> None:
    ones = np.ones((2, 2))
    by_normals, by_neighbors = np.zeros((2, 2, 3)), np.zeros((2, 2, 4))
    rays = np.zeros(2)
    normals = np.ones((2, 2, 3))
    value = kernels.compare_normals(ones, ones, normals, rays, rays, 1.0, by_normals, by_neighbors)
    assert value == 0 and not by_normals.any() and not by_neighbors.any()
