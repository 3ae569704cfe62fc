"""What depth sensors share: cosines, random fields, checks."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.rendering.sensor_effects import (
    facing_cosines,
    gray_levels,
    normal_waves,
    stretched,
    uniform_blobs,
)
from tests.worlds.rendering_builders import CAMERA


def test_cosines_of_a_facing_and_a_tilted_plane() -> None:
    x = (np.arange(160) + 0.5 - CAMERA.cx) / CAMERA.fx
    y = (np.arange(120) + 0.5 - CAMERA.cy) / CAMERA.fy
    ray = np.sqrt(1 + x[None] ** 2 + y[:, None] ** 2)
    level = facing_cosines(np.full((120, 160), 2, np.float32), CAMERA)
    np.testing.assert_allclose(level, 1 / ray, rtol=1e-4)
    # The plane z = 2 + x: its unit normal is (1, 0, -1) / sqrt(2).
    tilted = np.broadcast_to(2 / (1 - x), (120, 160)).astype(np.float32)
    expected = (1 - x[None]) / np.sqrt(2) / ray
    np.testing.assert_allclose(
        facing_cosines(tilted, CAMERA)[:, 1:-1], expected[:, 1:-1], rtol=0.01
    )


def test_blobs_are_even_and_smooth() -> None:
    field = uniform_blobs((240, 320), np.random.default_rng(0))
    share = (field < 0.25).mean()
    assert field.min() >= 0 and field.max() < 1 and share == pytest.approx(0.25, abs=0.03)
    assert np.abs(np.diff(field, axis=0)).mean() < 0.3 * field.std()


def test_waves_have_unit_variance_and_are_smooth() -> None:
    field = normal_waves((240, 320), 8, np.random.default_rng(0))
    assert field.shape == (240, 320) and abs(field.mean()) < 0.1
    assert field.std() == pytest.approx(1, abs=0.1)
    assert np.abs(np.diff(field, axis=1)).max() < 1.5


def test_stretching_keeps_lines_and_corners() -> None:
    coarse = np.add.outer(np.arange(3.0), 10 * np.arange(4.0)).astype(np.float32)
    fine = stretched(coarse, (9, 16))
    assert fine[0, 0] == 0 and fine[-1, -1] == pytest.approx(32)
    expected = np.add.outer(np.linspace(0, 2, 9), np.linspace(0, 30, 16))
    np.testing.assert_allclose(fine, expected, atol=1e-4)
    np.testing.assert_array_equal(stretched(coarse[:1, :1], (3, 2)), np.zeros((3, 2)))


def test_gray_levels() -> None:
    image = np.array([[[255, 255, 255], [0, 255, 0]]], np.uint8)
    np.testing.assert_allclose(gray_levels(image), [[1, 0.587]], atol=1e-6)
