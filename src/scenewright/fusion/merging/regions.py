"""The regions of the map as merging sees them: groups of fragments on the surface."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.fusion.evidence import PairEvidence
from scenewright.fusion.fragments import Fragments
from scenewright.fusion.merging.graph import Evidence, RegionGraph, build_graph
from scenewright.fusion.merging.sums import Surface, opponent_colors
from scenewright.fusion.merging.texture import SurfaceTexture
from scenewright.fusion.votes import VoteTable, group_votes
from scenewright.geometry.surface_volume import SurfaceVolume


class RegionNumbers(NamedTuple):
    """The regions of a map.

    Attributes:
        of_slot: (S,) int32 region of each surface slot, -1 = none.
        of_fragment: (F,) int32 region of each fragment.
    """

    of_slot: NDArray[np.int32]
    of_fragment: NDArray[np.int32]


def measure_regions(
    volume: SurfaceVolume,
    *,
    numbers: RegionNumbers,
    votes: VoteTable,
    texture: SurfaceTexture,
    fragments: Fragments,
    evidence: PairEvidence,
    up: NDArray[np.float64] | None,
) -> RegionGraph:
    """Builds the graph of the regions of a map.

    Args:
        volume: The map.
        numbers: The regions.
        votes: Votes of the masks.
        texture: Texture of the surface.
        fragments: F fragments.
        evidence: Evidence on pairs of fragments.
        up: (3,) unit vector against gravity; None if unknown, then +z is taken.
    """
    cloud, slots = volume.surface_points()
    turn = upright(up)
    assert cloud.colors is not None and cloud.normals is not None
    region = numbers.of_slot[slots]
    votes_for, all_votes = group_votes(
        votes.fragment[slots], votes.weight[slots], numbers.of_fragment, region
    )
    surface = Surface(
        address=volume.address_of_slot[slots].astype(np.int64),
        region=region,
        points=np.ascontiguousarray(cloud.points @ turn.T, np.float32),
        normals=np.ascontiguousarray(cloud.normals @ turn.T, np.float32),
        colors=opponent_colors(cloud.colors),
        votes=np.stack([votes_for, all_votes, votes.seen[slots]], axis=1),
        texture=texture.contrast(slots),
    )
    return build_graph(
        surface,
        _evidence(region, slots, numbers.of_fragment, votes, fragments, evidence),
        neighbors=volume.index.neighbors(),
        num_blocks=volume.num_blocks,
        voxel_size=volume.voxel_size,
    )


def upright(up: NDArray[np.float64] | None) -> NDArray[np.float32]:
    """(3, 3) rotation to a frame in which z is up."""
    if up is None:
        return np.eye(3, dtype=np.float32)
    side = np.eye(3)[int(np.abs(up).argmin())]
    x = np.cross(side, up)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(up, x), up]).astype(np.float32)


def _evidence(
    region: NDArray[np.int32],
    slots: NDArray[np.int32],
    region_of_fragment: NDArray[np.int32],
    votes: VoteTable,
    fragments: Fragments,
    evidence: PairEvidence,
) -> Evidence:
    count = int(region_of_fragment.max(initial=-1)) + 1
    num_frames = np.zeros(count, np.int64)
    np.maximum.at(num_frames, region_of_fragment, fragments.num_frames)
    torn, whole = float(fragments.torn.sum()), float(fragments.whole.sum())
    same, other = evidence.likelihoods.same, evidence.likelihoods.other

    def between(table: NDArray[np.float32]) -> NDArray[np.float32]:
        return sum_groups(table, region_of_fragment, count)

    return Evidence(
        num_frames=num_frames,
        together=between(evidence.together),
        apart=between(evidence.apart),
        shared=_shared(region, votes.fragment[slots], region_of_fragment, count),
        affinity=between(evidence.affinity),
        affinity_weight=between(evidence.affinity_weight),
        torn_share=torn / max(torn + whole, 1.0),
        trust=float(np.log(same / other)),
    )


@njit(cache=True, nogil=True)
def sum_groups(table: Any, group_of: Any, num_groups: int) -> NDArray[np.float32]:
    """Sums of the rows and columns of each group of a table.

    Args:
        table: (F, F) float32, most of it 0.
        group_of: (F,) int32 group of each row.
        num_groups: G.

    Returns:
        (G, G) float32.
    """
    result = np.zeros((num_groups, num_groups), np.float32)
    for i in range(group_of.shape[0]):
        for j in range(group_of.shape[0]):
            if table[i, j] != 0:
                result[group_of[i], group_of[j]] += table[i, j]
    return result


@njit(cache=True, nogil=True)
def _shared(region: Any, fragment: Any, region_of_fragment: Any, count: int) -> Any:
    """(R, R) number of voxels of each region on which each other region has votes."""
    table = np.zeros((count, count), np.float32)
    for row in range(region.shape[0]):
        here = region[row]
        if here < 0:
            continue
        for entry in range(fragment.shape[1]):
            if fragment[row, entry] < 0:
                continue
            other = region_of_fragment[fragment[row, entry]]
            if other >= 0 and other != here:
                table[here, other] += 1
    return table
