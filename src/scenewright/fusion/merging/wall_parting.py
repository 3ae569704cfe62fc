"""Parts regions that hold two or more walls of a room at their corners.

A mask that covers a corner of a room makes one fragment of two walls, and no decision about pairs
of regions can undo that. The planes of the walls are fitted to the voxels, and each wall gets a
fragment of its own, with the votes that its voxels had.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.evidence import PairEvidence
from scenewright.fusion.fragments import Fragments
from scenewright.fusion.merging.features import SHAPE_NAMES, shape_features
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.regions import upright
from scenewright.fusion.merging.roles import LEAST_AREA, LEAST_WALL, THIN, WALL_TOP
from scenewright.fusion.merging.sums import HIGH
from scenewright.fusion.votes import VoteTable
from scenewright.geometry.surface_volume import SurfaceVolume
from scenewright.geometry.wall_planes import corner_parts, nearest_plane

_LEVEL: Final = 0.5
"""Length of the vertical part of the mean normal above which a region is no wall."""
_LEAST_PART: Final = 0.2
"""Area of the smallest part of a wall, square meters ..."""
_LOWEST_PART: Final = 0.4
"""... and its least height, meters: at first, little of a wall may have been seen."""
_LEAST_SHARE: Final = 0.05
"""Smallest share of a fragment that is parted from it."""


def part_walls(
    graph: RegionGraph,
    region_of_slot: NDArray[np.int32],
    *,
    fragments: Fragments,
    votes: VoteTable,
    evidence: PairEvidence,
    volume: SurfaceVolume,
    up: NDArray[np.float64],
) -> int:
    """Parts fragments that hold two or more walls; each part is a new group.

    Args:
        graph: The groups of fragments.
        region_of_slot: (S,) group of each surface slot, -1 = none.
        fragments: Parts are appended.
        votes: Votes on parted voxels move to the new fragments.
        evidence: Parts take the evidence of the fragment that they were.
        volume: The map.
        up: (3,) unit vector against gravity.

    Returns:
        Number of fragments that were added.
    """
    regions = _may_hold_walls(graph)
    if not len(regions):
        return 0
    turn = upright(up)
    distance = volume.tsdf.reshape(-1)[volume.address_of_slot] * volume.truncation
    is_on_level = np.abs(distance) < volume.voxel_size
    added = 0
    for region in regions:
        points, normals = volume.oriented_points(
            np.flatnonzero((region_of_slot == region) & is_on_level)
        )
        planes = corner_parts(
            points @ turn.T,
            normals @ turn.T,
            point_area=volume.voxel_size**2,
            least_area=_LEAST_PART,
            least_height=_LOWEST_PART,
        )
        if not len(planes):
            continue
        every = np.flatnonzero(region_of_slot == region)
        centers = (volume.voxel_coordinates(volume.address_of_slot[every]) + 0.5) * (
            volume.voxel_size
        )
        part = nearest_plane(planes, centers @ turn.T)
        added += _part(every, part, fragments, votes, evidence, int(region))
    return added


def _may_hold_walls(graph: RegionGraph) -> NDArray[np.int64]:
    """Regions that are high, large and no single plane."""
    low, high = graph.scene[:2]
    chosen = []
    row = np.empty(len(SHAPE_NAMES), np.float32)
    for region in range(len(graph)):
        shape_features(graph.sums[region], graph.bounds[region], graph.scene, graph.voxel_size, row)
        shape = dict(zip(SHAPE_NAMES, row.tolist(), strict=True))
        if (
            np.exp(shape["area"]) >= LEAST_AREA
            and shape["height"] >= LEAST_WALL
            and shape["thickness"] > THIN
            and abs(shape["up"]) * shape["flatness"] <= _LEVEL
            and graph.bounds[region, HIGH + 2] - low >= WALL_TOP * (high - low)
        ):
            chosen.append(region)
    return np.array(chosen, np.int64)


def _part(
    slots: NDArray[np.int64],
    part: NDArray[np.int64],
    fragments: Fragments,
    votes: VoteTable,
    evidence: PairEvidence,
    region: int,
) -> int:
    """Gives each wall of a region its own fragments; returns the number of those that are new."""
    first_wall = int(fragments.wall.max(initial=-1)) + 1
    winner = votes.labels(fragments.group, int(slots.max()) + 1)[slots]
    before = len(fragments)
    for fragment in np.flatnonzero(fragments.group == region):
        held = votes.fragment[slots] == fragment
        has_votes = held.any(axis=1)
        counts = np.bincount(part[has_votes], minlength=int(part.max()) + 1)
        main = int(counts.argmax())
        fragments.wall[fragment] = first_wall + main
        for wall in np.flatnonzero(counts >= max(_LEAST_SHARE * counts.sum(), 1)):
            if wall == main:
                continue
            moved = has_votes & (part == wall)
            new = fragments.copy(int(fragment))
            fragments.wall[new] = first_wall + wall
            won = int((winner[moved] == fragment).sum())
            fragments.won[new] = won
            fragments.won[fragment] -= won
            rows = slots[moved]
            entries = votes.fragment[rows]
            votes.fragment[rows] = np.where(entries == fragment, new, entries)
            evidence.reserve(len(fragments))
            evidence.copy(int(fragment), new)
    return len(fragments) - before
