"""Occupancy grids of objects."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.layouts import similarity
from scenewright.models.generators.tiny.design import LONGEST_EDGE
from scenewright.worlds.generation.shape_grids import (
    canonical_frame,
    shape_grid,
    union_grid,
)
from scenewright.worlds.objects.registry import FAMILIES, make_object


def test_every_family_has_voxels_that_fill_its_cube() -> None:
    for number, family in enumerate(FAMILIES):
        model = make_object(family, seed=number)
        grid = shape_grid(model, canonical_frame(model))
        assert grid.sum() >= 50, family
        extents = np.ptp(np.argwhere(grid), axis=0) + 1
        assert 26 <= extents.max() <= 32, family
        sizes = np.ptp(model.bounds, axis=0)
        expected = sizes / sizes.max() * LONGEST_EDGE * 32
        assert np.abs(extents - expected).max() < 4.5, f"{family}: tips of leaves may be lost"


def test_grids_follow_the_pose() -> None:
    model = make_object("chair", seed=3)
    frame = canonical_frame(model)
    grid = shape_grid(model, frame)
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    turned = shape_grid(model, similarity(1.0, turn, np.zeros(3)) @ frame)
    same = np.rot90(grid, 1, axes=(0, 1))
    assert (same & turned).sum() / (same | turned).sum() > 0.93
    half = shape_grid(model, similarity(0.5, np.eye(3), np.zeros(3)) @ frame)
    assert half.sum() == pytest.approx(grid.sum() / 8, rel=0.35)
    outside = shape_grid(model, similarity(0.2, np.eye(3), np.array([2.0, 0, 0])) @ frame)
    assert not outside.any()


def test_a_union_has_all_voxels() -> None:
    first, second = np.zeros((2, 4, 4, 4), bool)
    first[0], second[:, 1] = True, True
    assert np.array_equal(union_grid([first, second]), first | second)
