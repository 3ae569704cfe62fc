"""The part of an instance that each of its members belongs to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from scenewright.core import ConventionError, Scene
from scenewright.core.checks import as_array
from scenewright.editing.assets import surfel_centers
from scenewright.editing.draft import point_ids, surfel_ids
from scenewright.editing.grids import occupied_centers

Labels = NDArray[np.int64]


class GivenLabels(NamedTuple):
    """Checked labels given by the caller; None where none are given.

    Attributes:
        points: (N,) per point of the scene.
        surfels: (N,) per surfel of the scene.
        elements: (V,) per element of the asset that is split.
    """

    points: Labels | None
    surfels: Labels | None
    elements: Labels | None = None


class MemberLabels(NamedTuple):
    """The part of each member of one instance.

    Attributes:
        points: (P,) of its points, in the order of the scene; None if points have no ids.
        surfels: (S,) of its surfels; None if surfels have no ids.
        elements: (V,) of the elements of its asset, or None without an asset.
        asset_surfels: (A,) of the surfels that accompany the mesh of its asset, or None.
        cells: (C,) of the occupied cells of its grid, or None without a grid.
    """

    points: Labels | None
    surfels: Labels | None
    elements: Labels | None
    asset_surfels: Labels | None
    cells: Labels | None


def checked_labels(name: str, labels: ArrayLike | None, ids: object, length: int) -> Labels | None:
    """Labels as an array.

    Args:
        name: Name in error messages.
        labels: Labels given by the caller.
        ids: What the labels refer to; None if the scene does not have it.
        length: Required number of labels.

    Raises:
        ConventionError: The scene has nothing to label, or a label is negative.
        ShapeError: The labels are not `length` integers.
    """
    if labels is None:
        return None
    if ids is None:
        raise ConventionError(
            name, expected="None, since the scene has nothing to label", got="labels"
        )
    checked: Labels = as_array(name, labels, shape=(length,), dtype=np.int64)
    if len(checked) and checked.min() < 0:
        raise ConventionError(name, expected="0 or more", got=str(checked.min()))
    return checked


def named_parts(scene: Scene, instance_id: int, given: GivenLabels) -> list[int]:
    """The labels given to members of an instance, in ascending order."""
    known = _given_by_kind(scene, instance_id, given)
    return sorted({int(label) for labels in known.values() for label in np.unique(labels)})


def member_labels(scene: Scene, instance_id: int, given: GivenLabels) -> MemberLabels:
    """The part of every member: its given label, or that of the nearest member with one.

    Args:
        scene: The scene.
        instance_id: The instance; 0 means the points and surfels of no instance.
        given: At least one member of the instance has a label.
    """
    positions = _positions(scene, instance_id)
    known = _given_by_kind(scene, instance_id, given)
    seeds = np.concatenate([positions[kind] for kind in known])
    tree, seed_labels = cKDTree(seeds), np.concatenate(list(known.values()))
    found: dict[str, Labels] = {}
    for kind, queries in positions.items():
        if kind in known:
            found[kind] = known[kind]
        elif len(queries):
            found[kind] = seed_labels[tree.query(queries)[1]]
        else:
            found[kind] = np.zeros(0, np.int64)
    return MemberLabels(*(found.get(kind) for kind in MemberLabels._fields))


def _given_by_kind(scene: Scene, instance_id: int, given: GivenLabels) -> dict[str, Labels]:
    """The given labels of the members of one instance, by kind; without kinds that have none."""
    known = {}
    ids = {"points": point_ids(scene), "surfels": surfel_ids(scene)}
    for kind, members in ids.items():
        labels = getattr(given, kind)
        if labels is not None and members is not None:
            known[kind] = labels[members == instance_id]
    if given.elements is not None:
        known["elements"] = given.elements
    return {kind: labels for kind, labels in known.items() if len(labels)}


def _positions(scene: Scene, instance_id: int) -> dict[str, NDArray[np.floating]]:
    """(M, 3) positions of the members of one instance, by kind, meters, world frame."""
    positions: dict[str, NDArray[np.floating]] = {}
    ids = point_ids(scene)
    if scene.points is not None and ids is not None:
        positions["points"] = scene.points.points[ids == instance_id]
    ids = surfel_ids(scene)
    if scene.surfels is not None and ids is not None:
        positions["surfels"] = scene.surfels.means[ids == instance_id]
    asset = scene.assets.get(instance_id)
    if asset is not None:
        positions["elements"] = asset.world_vertices()
        if asset.mesh is not None and asset.surfels is not None:
            positions["asset_surfels"] = surfel_centers(asset.surfels, asset)
    grid = scene.grids.get(instance_id)
    if grid is not None:
        positions["cells"] = occupied_centers(grid)
    return positions
