"""Surfaces from what the mesh decoder of structured latents says of each fine voxel.

The published extraction is under a non-commercial license; this is the project's dual method
instead, on the same signed distances, displacements and colors. The weights among the features,
which belong to the published method, are not used.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import ConventionError
from scenewright.geometry.dual_surface import DualSurface, cube_corners, cubes_around, dual_surface
from scenewright.models.networks.slat_mesh import CubeFeatures
from scenewright.models.networks.sparse import SparseTensor

_OUTSIDE = 1.0
"""Signed distance of corners that no voxel has."""


def decoded_surfaces(features: SparseTensor, *, resolution: int) -> list[DualSurface]:
    """The surface of each object, closed, in its cube [-0.5, 0.5]^3.

    Distances, displacements and color logits are averaged over the voxels that share a corner.
    Corners without voxels are outside, so that the surface also passes through voxels that the
    decoder was not asked for where they touch an inner corner.

    Args:
        features: (N, 101) or (N, 53) outputs of the decoder.
        resolution: Fine voxels per side of the cube.

    Returns:
        Surfaces whose attributes are RGB and normal in [0, 1], six columns, or none without color.

    Raises:
        ShapeError: The features have another number of channels.
        ConventionError: A voxel is outside of the grid, or listed twice; a feature is not finite.
    """
    if features.grid.largest_coordinate >= resolution:
        got = str(features.grid.largest_coordinate)
        expected = f"coordinates below the resolution, {resolution}"
        raise ConventionError("coords", expected=expected, got=got)
    return [
        _surface(features.grid.coords[rows, 1:], features.feats[rows], resolution)
        for rows in features.grid.slices
    ]


def _surface(coords: Tensor, feats: Tensor, resolution: int) -> DualSurface:
    cubes = coords.cpu().numpy().astype(np.int64)
    split = CubeFeatures.split(feats.detach().cpu().float())
    parts = [split.sdf[..., None] - 1.0 / resolution, split.deform]
    parts += [] if split.colors is None else [split.colors]
    values: NDArray[np.float32] = torch.cat(parts, -1).numpy()
    given = cube_corners(cubes)
    means = given.mean(values)
    around = cubes_around(cubes, given.points[means[:, 0] < 0])
    corners = cube_corners(np.concatenate([cubes, around]))
    spread = np.zeros((len(corners.points), means.shape[1]))
    spread[:, 0] = _OUTSIDE
    spread[corners.find(given.points)] = means
    moved = corners.points + 0.5 * np.tanh(spread[:, 1:4])
    return dual_surface(
        corners,
        spread[:, 0],
        moved / resolution - 0.5,
        attributes=1.0 / (1.0 + np.exp(-spread[:, 4:])),
    )
