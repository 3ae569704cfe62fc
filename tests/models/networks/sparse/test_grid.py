from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from scenewright.core import ConventionError, ScenewrightError, ShapeError
from scenewright.models.networks.sparse import SparseTensor, VoxelGrid
from tests.models.networks.sparse.sparse_builders import random_coords, random_tensor


def test_objects_are_found() -> None:
    grid = VoxelGrid(random_coords((5, 0, 7)), batch_size=4)
    assert grid.lengths == (5, 0, 7, 0)
    assert grid.slices == (slice(0, 5), slice(5, 5), slice(5, 12), slice(12, 12))
    assert VoxelGrid(grid.coords).batch_size == 3
    assert len(grid) == 12


def test_what_follows_from_the_coordinates_is_computed_once() -> None:
    x = random_tensor((5, 6), 3)
    other = x.replace(2 * x.feats)
    assert other.grid.pairs is x.grid.pairs
    made: list[int] = []
    for _ in range(2):
        x.grid.kept("name", lambda: made.append(1))
    assert made == [1]


@pytest.mark.parametrize(
    ("coords", "size", "error", "message"),
    [
        (torch.zeros(3, 3).int(), None, ShapeError, "coords: expected shape (N, 4), got (3, 3)"),
        (torch.zeros(3, 4), None, ShapeError, "coords: expected integers, got torch.float32"),
        (torch.tensor([[0, 1, -2, 3]]), None, ConventionError,
         "coords: expected values of at least 0, got -2"),
        (torch.tensor([[0, 1, 70000, 3]]), None, ConventionError,
         "coords: expected coordinates below 65534, got 70000"),
        (torch.tensor([[2, 1, 2, 3]]), 2, ConventionError,
         "coords: expected object numbers below 2, got 2"),
        (torch.tensor([[1, 1, 2, 3], [0, 1, 2, 3]]), None, ConventionError,
         "coords: expected the voxels of an object in successive rows, objects in order, got mixed "
         "objects. Sort the rows by the first column."),
    ],
)  # fmt: skip
def test_bad_coordinates_are_refused(
    coords: Tensor, size: int | None, error: type[ScenewrightError], message: str
) -> None:
    with pytest.raises(error) as caught:
        VoxelGrid(coords, batch_size=size)
    assert str(caught.value) == message


def test_features_must_match_the_voxels() -> None:
    x = random_tensor((5,), 3)
    message = "feats: expected shape (5, C), a row per voxel, got (4, 3)"
    with pytest.raises(ShapeError, match=re.escape(message)):
        SparseTensor(x.feats[:4], x.grid)
