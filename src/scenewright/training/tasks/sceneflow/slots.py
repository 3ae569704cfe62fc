"""Grids of I-Scene's slots: every object, and all together, in one cube that follows the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.data.generation.poses import YUP_FROM_ZUP, rotation_from_euler
from scenewright.geometry.surface_voxels import UnitCube, occupancy_grid

_SPLIT = 3
"""Points per side of a voxel that is placed in another grid, so that none is left out between."""
_LEAST = 1e-3
_AWAY = np.array([0.0, 0.0, -1.0])
_UP = np.array([0.0, 1.0, 0.0])
"""Of the camera of the data: y up, looking along -z."""


@dataclass(frozen=True, eq=False)
class PlacedGrids:
    """Grids in the cube of a scene.

    Attributes:
        objects: (N, R, R, R) bool voxels of each object.
        scene_from_camera: (3, 3) rotation, its rows the axes of the cube: right, away, up.
        cube: Center and edge in these axes, meters.
    """

    objects: NDArray[np.bool_]
    scene_from_camera: NDArray[np.float64]
    cube: UnitCube


def camera_axes(rotations: NDArray[np.float64], *, level: bool) -> NDArray[np.float64]:
    """(3, 3) axes of the cube of a scene, as rows: to the right, away from the camera, up.

    Args:
        rotations: (N, 3) Euler angles of the objects in the camera frame, degrees; they stand
            upright, which tells where up is.
        level: Whether the cube stands upright, too; else its axes are those of the camera.

    Raises:
        ConventionError: The objects do not agree about where up is.
    """
    up = _UP
    if level:
        ups = np.stack([rotation_from_euler(each)[:, 1] for each in rotations])
        up = ups.mean(axis=0)
        if np.linalg.norm(up) < 0.5:
            raise ConventionError(
                "Objects of a scene", expected="objects that stand upright",
                got="rotations that do not agree about where up is",
                do="Use the axes of the camera (--no-level-axes, level_axes=False).",
            )  # fmt: skip
        up = up / np.linalg.norm(up)
    away = _AWAY - (_AWAY @ up) * up
    if np.linalg.norm(away) < _LEAST:
        # The camera looks straight down, or up: what is up in the picture is away.
        away = _UP - (_UP @ up) * up
    away = away / np.linalg.norm(away)
    return np.stack([np.cross(away, up), away, up])


def placed_grids(
    voxels: Sequence[NDArray[np.integer]],
    translations: NDArray[np.float64],
    rotations: NDArray[np.float64],
    scales: NDArray[np.float64],
    *,
    resolution: int,
    level: bool,
) -> PlacedGrids:
    """The objects of a scene as voxels of the cube around all of them.

    A voxel is placed by points that are closer together than voxels of the new grid, so that
    surfaces stay closed; they become up to one voxel thicker.

    Args:
        voxels: (V, 3) of each object, in its own cube, z up.
        translations: (N, 3) of the objects in the camera frame, meters.
        rotations: (N, 3) Euler angles, degrees.
        scales: (N,) longest extents, meters.
        resolution: Voxels per side of all cubes.
        level: See `camera_axes`.

    Raises:
        ConventionError: An object has no voxel, or the objects do not agree about where up is.
    """
    axes = camera_axes(rotations, level=level)
    inner = (np.arange(_SPLIT) + 0.5) / _SPLIT
    steps = np.stack(np.meshgrid(inner, inner, inner, indexing="ij"), axis=-1).reshape(-1, 3)
    places = []
    for found, offset, angles, scale in zip(voxels, translations, rotations, scales, strict=True):
        if not len(found):
            raise ConventionError("Objects of a scene", expected="occupied voxels", got="none")
        inside = (found[:, None] + steps).reshape(-1, 3) / resolution - 0.5
        turn = axes @ rotation_from_euler(angles) @ YUP_FROM_ZUP
        places.append(scale * inside @ turn.T + axes @ offset)
    cube = UnitCube.around(np.concatenate(places))
    grids = []
    for points in places:
        rows = np.floor((cube.normalized(points) + 0.5) * resolution).astype(np.int64)
        grids.append(occupancy_grid(rows.clip(0, resolution - 1), resolution=resolution))
    return PlacedGrids(np.stack(grids), axes, cube)
