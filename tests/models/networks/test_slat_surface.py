"""Surfaces from the features of fine voxels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.slat_mesh import cube_channels
from scenewright.models.networks.slat_surface import decoded_surfaces
from scenewright.models.networks.sparse import SparseTensor

SIDE = 24
STEPS = torch.tensor([[c & 1, c >> 1 & 1, c >> 2] for c in range(8)])


def shell(radius: float, *, color: bool = True, number: int = 0) -> tuple[Tensor, Tensor]:
    """Voxels around a sphere and their features; colors are those of the position."""
    axis = torch.arange(SIDE)
    cubes = torch.cartesian_prod(axis, axis, axis)
    positions = (cubes[:, None] + STEPS) / SIDE - 0.5
    distances = positions.norm(dim=-1) - radius
    near = distances.abs().amin(1) < 1.0 / SIDE
    feats = torch.zeros(int(near.sum()), cube_channels(color=color))
    feats[:, :8] = distances[near] + 1 / SIDE
    if color:
        logits = torch.logit(positions[near] + 0.5, eps=1e-6)
        feats[:, 53:] = torch.cat([logits, torch.zeros_like(logits)], -1).flatten(1)
    coords = torch.cat([torch.full((len(feats), 1), number), cubes[near]], 1)
    return feats, coords


def test_two_spheres() -> None:
    feats, coords = (
        torch.cat(parts) for parts in zip(shell(0.3), shell(0.4, number=1), strict=True)
    )
    surfaces = decoded_surfaces(SparseTensor.of(feats, coords, batch_size=3), resolution=SIDE)
    assert len(surfaces) == 3 and len(surfaces[2].faces) == 0
    for surface, radius in zip(surfaces[:2], (0.3, 0.4), strict=True):
        mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
        outer = max(mesh.split(), key=lambda part: float(np.abs(part.vertices).max()))
        distance = np.linalg.norm(outer.vertices, axis=1) - radius
        assert np.abs(distance).max() < 0.1 / SIDE
        assert surface.attributes.shape == (len(surface.vertices), 6)
        nearby = np.isin(mesh.vertices.view(), outer.vertices).all(1)
        error = surface.attributes[nearby, :3] - surface.vertices[nearby] - 0.5
        assert np.abs(error).max() < 0.2 / SIDE
        np.testing.assert_allclose(surface.attributes[:, 3:], 0.5)


def test_displacements_move_the_surface_by_up_to_half_a_voxel() -> None:
    feats, coords = shell(0.3, color=False)
    (plain,) = decoded_surfaces(SparseTensor.of(feats, coords), resolution=SIDE)
    feats[:, 8:32] = torch.tensor([20.0, 0.0, -20.0]).repeat(8)
    (moved,) = decoded_surfaces(SparseTensor.of(feats, coords), resolution=SIDE)
    np.testing.assert_array_equal(plain.faces.shape, moved.faces.shape)
    shift = (moved.vertices - plain.vertices) * SIDE
    outer = np.linalg.norm(plain.vertices, axis=1) > 0.29
    np.testing.assert_allclose(shift[outer], [[0.5, 0.0, -0.5]] * int(outer.sum()), atol=1e-6)
    assert plain.attributes.shape == (len(plain.vertices), 0)


def test_rough_features_with_missing_voxels_are_closed() -> None:
    random = torch.Generator().manual_seed(0)
    axis = torch.arange(8)
    cubes = torch.cartesian_prod(axis, axis, axis)
    coords = torch.cat([torch.zeros(512, 1), cubes], 1).int()[
        torch.rand(512, generator=random) < 0.6
    ]
    feats = torch.randn(len(coords), 101, generator=random)
    (surface,) = decoded_surfaces(SparseTensor.of(feats, coords), resolution=8)
    mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0


def test_bad_features_are_refused() -> None:
    feats, coords = shell(0.3)
    with pytest.raises(ShapeError, match=r"feats: expected shape \(N, 53\) or \(N, 101\)"):
        decoded_surfaces(SparseTensor.of(feats[:, 1:], coords), resolution=SIDE)
    with pytest.raises(ConventionError) as caught:
        decoded_surfaces(SparseTensor.of(feats, coords), resolution=8)
    assert str(caught.value).startswith("coords: expected coordinates below the resolution, 8, got")
    feats[0, 0] = torch.nan
    with pytest.raises(ConventionError, match="distances: expected finite values, got 1 that are"):
        decoded_surfaces(SparseTensor.of(feats, coords), resolution=SIDE)
