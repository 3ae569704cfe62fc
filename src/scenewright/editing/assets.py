"""The shape of an object by itself, joined with others and cut into parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Asset, Mesh, SurfelCloud
from scenewright.geometry.mesh_joining import joined_meshes
from scenewright.geometry.surfel_transforms import joined_surfels, moved_surfels


def joined_asset(assets: Sequence[Asset], *, seen: Sequence[bool]) -> Asset:
    """One asset of several, in the frame of the first.

    Whether an element was observed, and how uncertain it is, is kept if one of the assets knows it.
    The elements of those that do not know count as observed and certain, or as unobserved guesses,
    as `seen` says. The result is whole if all are, and not if one is not.

    Args:
        assets: One or more.
        seen: Per asset, whether its instance was observed by cameras as a whole.
    """
    first = assets[0]
    if len(assets) == 1:
        return first
    first_from_world = np.linalg.inv(first.world_from_asset)
    placed = [first] + [_moved(a, first_from_world @ a.world_from_asset) for a in assets[1:]]
    meshes = [asset.mesh for asset in placed if asset.mesh is not None]
    clouds = [asset.surfels for asset in placed if asset.surfels is not None]
    mesh = joined_meshes(meshes) if meshes else None
    # What is known per element is known of the vertices as soon as there is a mesh.
    counted = [asset for asset in placed if mesh is None or asset.mesh is not None]
    sizes = [asset.num_elements for asset in counted]
    fill_observed = [bool(s) for s, a in zip(seen, placed, strict=True) if a in counted]
    fill_uncertainty = [0.0 if one else 1.0 for one in fill_observed]
    return Asset(
        mesh,
        first.world_from_asset,
        joined_surfels(clouds) if clouds else None,
        _joined_wholeness([asset.is_whole for asset in assets]),
        _joined_values([asset.observed for asset in counted], fill_observed, sizes),
        _joined_values([asset.uncertainty for asset in counted], fill_uncertainty, sizes),
    )


def asset_parts(
    asset: Asset,
    element_labels: NDArray[np.int64],
    surfel_labels: NDArray[np.int64] | None,
    *,
    num_parts: int,
) -> list[Asset | None]:
    """An asset cut into parts, each in the asset's frame.

    A face belongs to the part of most of its corners (of its first corner if all differ), so that
    none is lost; vertices on a cut are stored once per side. A part of the cut asset is not whole.

    Args:
        asset: What.
        element_labels: (V,) part of each element of the asset, 0 to num_parts - 1.
        surfel_labels: (N,) part of each surfel beside a mesh, or None if there are none.
        num_parts: How many.

    Returns:
        An asset per part, or None for a part without elements.
    """
    present = set(np.unique(element_labels).tolist())
    if surfel_labels is not None:
        present |= set(np.unique(surfel_labels).tolist())
    if len(present) == 1:
        only = next(iter(present))
        return [asset if part == only else None for part in range(num_parts)]
    return [_part(asset, element_labels, surfel_labels, part) for part in range(num_parts)]


def _part(
    asset: Asset, labels: NDArray[np.int64], surfel_labels: NDArray[np.int64] | None, part: int
) -> Asset | None:
    surfels = asset.surfels
    if asset.mesh is None:
        keep = labels == part
        assert surfels is not None  # an asset has one of the two
        if not keep.any():
            return None
        mesh, surfels = None, surfels[keep]
    else:
        mesh, keep = _mesh_part(asset.mesh, labels, part)
        if surfels is not None and surfel_labels is not None:
            inside = surfel_labels == part
            surfels = surfels[inside] if inside.any() else None
        if not keep.any() and surfels is None:
            return None
        if not keep.any():
            return Asset(None, asset.world_from_asset, surfels, False)
    return replace(
        asset,
        mesh=mesh,
        surfels=surfels,
        is_whole=False,
        observed=None if asset.observed is None else asset.observed[keep],
        uncertainty=None if asset.uncertainty is None else asset.uncertainty[keep],
    )


def _mesh_part(mesh: Mesh, labels: NDArray[np.int64], part: int) -> tuple[Mesh, NDArray[np.bool_]]:
    corner = labels[mesh.faces]
    face_labels = np.where(corner[:, 1] == corner[:, 2], corner[:, 1], corner[:, 0])
    faces = face_labels == part
    keep = np.zeros(len(mesh.vertices), np.bool_)
    keep[mesh.faces[faces]] = True
    loose = np.ones(len(mesh.vertices), np.bool_)
    loose[mesh.faces] = False
    keep |= loose & (labels == part)
    return mesh.part(faces, keep), keep


def _moved(asset: Asset, new_from_old: NDArray[np.float64]) -> Asset:
    """The same asset with its elements in another frame; its placement no longer counts."""
    mesh, surfels = asset.mesh, asset.surfels
    if mesh is not None:
        linear, offset = new_from_old[:3, :3], new_from_old[:3, 3]
        moved = mesh.vertices.astype(np.float64) @ linear.T + offset
        mesh = replace(mesh, vertices=moved.astype(np.float32))
    if surfels is not None:
        surfels = moved_surfels(surfels, new_from_old)
    return replace(asset, mesh=mesh, surfels=surfels)


def _joined_wholeness(values: Sequence[bool | None]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def _joined_values(
    columns: Sequence[NDArray[Any] | None], fill: Sequence[bool | float], sizes: Sequence[int]
) -> NDArray[Any] | None:
    """The columns in a row, `fill` where one is unknown; None if all are."""
    known = next((column for column in columns if column is not None), None)
    if known is None:
        return None
    parts = [
        np.full(size, value, known.dtype) if column is None else column
        for column, value, size in zip(columns, fill, sizes, strict=True)
    ]
    return np.concatenate(parts)


def surfel_centers(surfels: SurfelCloud, asset: Asset) -> NDArray[np.float64]:
    """(N, 3) centers of an asset's surfels, metres, world frame."""
    matrix = asset.world_from_asset
    return surfels.means.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
