"""The shading kernels against plain loops and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.worlds.rendering import shading
from scenewright.worlds.rendering.material_table import linear_from_srgb

NORMALS = np.array([[0, 0, 1], [0, 0.1, 0.995], [1, 0, 0]], np.float32)


def slow_smoothing(
    depth: NDArray[np.float32], prim: NDArray[np.int32], samples: NDArray[np.float32]
) -> NDArray[np.float64]:
    result = np.ones(samples.shape)
    height, width, lights = samples.shape
    for row, col, light in np.ndindex(height, width, lights):
        if prim[row, col] < 0:
            continue
        near = (slice(max(row - 2, 0), row + 2), slice(max(col - 2, 0), col + 2))
        values = samples[near][..., light]
        alike = (NORMALS[prim[near]] @ NORMALS[prim[row, col]]) > 0.8
        fits = np.abs(depth[near] - depth[row, col]) <= np.float32(0.02) * depth[row, col]
        kept = values[(values >= 0) & fits & alike & (prim[near] >= 0)]
        if len(kept):
            result[row, col, light] = kept.mean()
    return result


def test_smoothing_matches_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    prim = np.repeat(np.repeat(rng.integers(0, 3, (4, 5)), 4, 0), 4, 1).astype(np.int32)
    depth = (1 + 0.05 * np.repeat(np.repeat(rng.integers(0, 2, (4, 5)), 4, 0), 4, 1)).astype(
        np.float32
    )
    prim[:3, :4] = -1
    depth[prim < 0] = 0
    samples = rng.choice([-1.0, 0.0, 1.0], (*prim.shape, 2)).astype(np.float32)
    result = np.empty(samples.shape, np.float32)
    shading.smooth_visibility(depth, prim, NORMALS, samples, 0, 9, result)
    shading.smooth_visibility(depth, prim, NORMALS, samples, 9, len(prim), result)
    np.testing.assert_allclose(result, slow_smoothing(depth, prim, samples), atol=1e-6)


def test_bytes_and_linear_light_are_inverse() -> None:
    table = shading.srgb_bytes()
    linear = linear_from_srgb(np.arange(256) / 255)
    back = table[np.round(linear * (len(table) - 1)).astype(int)]
    # Black has fewer steps in linear light than in bytes.
    assert np.abs(back.astype(int) - np.arange(256)).max() <= 1
    assert (np.diff(table.astype(int)) >= 0).all() and table[0] == 0 and table[-1] == 255


@pytest.mark.parametrize(("facing", "expected"), [(1.0, 1.0), (0.5, 0.5), (-0.5, 0.0)])
def test_light_falls_with_the_cosine(facing: float, expected: float) -> None:
    lights = np.array([[0, np.sqrt(1 - facing**2), facing, 0]], np.float32)
    linear = lit(lights, albedo=0.5, gloss=0.0)
    assert linear == pytest.approx(0.5 * expected, abs=0.01)


def test_light_falls_with_the_square_of_the_distance() -> None:
    near = lit(np.array([[0, 0, 2, 1]], np.float32), albedo=0.8, gloss=0.0)
    far = lit(np.array([[0, 0, 4, 1]], np.float32), albedo=0.8, gloss=0.0)
    assert near == pytest.approx(0.2, abs=0.01) and far == pytest.approx(0.05, abs=0.005)


def test_gloss_adds_a_highlight_in_the_mirror_direction() -> None:
    mirrored = np.array([[0, 0, 1, 0]], np.float32)
    aside = np.array([[0, 0.8, 0.6, 0]], np.float32)
    assert lit(mirrored, albedo=0.1, gloss=0.4) == pytest.approx(0.5, abs=0.02)
    assert lit(aside, albedo=0.1, gloss=0.4) == pytest.approx(0.06, abs=0.03)


def test_reflection_brightens_in_proportion_to_gloss() -> None:
    dark = np.array([[0, 0, -1, 0]], np.float32)
    values = [lit(dark, albedo=0.0, gloss=g, reflection=1.0) for g in (0.0, 0.1, 0.2)]
    assert values[0] == 0 and values[1] > 0.003
    assert values[2] == pytest.approx(2 * values[1], rel=0.15)
    assert lit(dark, albedo=0.0, gloss=0.2) == 0


def lit(
    lights: NDArray[np.float32], *, albedo: float, gloss: float, reflection: float = 0.0
) -> float:
    """Linear light of one level point, seen from directly above; mirrors see ambient light."""
    image = np.empty((1, 3), np.uint8)
    shading.light_pixels(
        np.zeros(1, np.int32), np.zeros((1, 3), np.float32), np.array([0, 0, 5], np.float32),
        NORMALS[:1], np.zeros(1, np.int32), np.array([[1, gloss]], np.float32),
        np.full((1, 3), albedo, np.float32), lights, np.ones((1, 3), np.float32),
        np.full(3, 1.0 if reflection else 0.0, np.float32), np.ones((1, 2), np.float32),
        np.zeros(3, np.float32),
        shading.srgb_bytes(), reflection, image,
    )  # fmt: skip
    return float(linear_from_srgb(image / 255)[0, 0])
