"""Spherical harmonics and their rotation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import factorial, lpmv

from scenewright.geometry.harmonics import harmonics, turn_harmonics

UNIT = Rotation.random(50, random_state=0).as_matrix()[:, 0]


def test_values_match_the_definition() -> None:
    phi = np.arctan2(UNIT[:, 1], UNIT[:, 0])
    expected = []
    for degree in range(4):
        for order in range(-degree, degree + 1):
            m = abs(order)
            scale = (2 * degree + 1) / (4 * np.pi) * factorial(degree - m) / factorial(degree + m)
            wave = np.sin(m * phi) if order < 0 else np.cos(m * phi)
            factor = np.sqrt(scale) * (np.sqrt(2) if m else 1)
            expected.append(factor * wave * lpmv(m, degree, UNIT[:, 2]))
    np.testing.assert_allclose(harmonics(UNIT, 16), np.stack(expected, axis=1), atol=1e-12)


@pytest.mark.parametrize("num", [1, 4, 9, 16])
def test_rotated_colors_are_seen_along_rotated_directions(num: int) -> None:
    rng = np.random.default_rng(num)
    sh = rng.normal(size=(5, num, 3)).astype(np.float32)
    rotation = Rotation.random(random_state=num).as_matrix()
    rotated = turn_harmonics(sh, rotation)
    before = np.einsum("dk,nkc->ndc", harmonics(UNIT, num), sh)
    after = np.einsum("dk,nkc->ndc", harmonics(UNIT @ rotation.T, num), rotated)
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_allclose(turn_harmonics(rotated, rotation.T), sh, atol=1e-5)
