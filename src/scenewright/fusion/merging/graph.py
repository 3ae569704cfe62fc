"""The graph of regions: sums per region and per pair, see `sums`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging import sums as columns
from scenewright.fusion.merging.sums import (
    Surface,
    list_contacts,
    sum_contacts,
    sum_regions,
)
from scenewright.geometry.voxel_hash import BLOCK_VOXELS

LEAST_PLANE = 0.15
"""Area of the smallest region that pairs with others in its plane without touching them, m^2."""
_FLATNESS = 0.025
_FAR = 0.5
"""Distance of bounding boxes above which only large regions that do not touch form a pair, m ..."""
_WALL_AREA = 1.0
"""... and the area of such regions, m^2."""
_PLANE_GAP = 0.06
_PLANE_ANGLE = 0.985
_MOST_PLANES = 400


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Regions and the pairs of regions that may be one object.

    Attributes:
        sums: (R, NUM_SUMS) float64.
        bounds: (R, NUM_BOUNDS) float64.
        pairs: (P, 2) int32 regions, the smaller one first, each pair once, sorted.
        pair_sums: (P, NUM_PAIR_SUMS) float64.
        scene: (4,) float64: lowest and highest height of most of the surface; how often masks were
            torn; the likelihood ratio of the masks' evidence. See `scene_facts`.
        voxel_size: Meters.
    """

    sums: NDArray[np.float64]
    bounds: NDArray[np.float64]
    pairs: NDArray[np.int32]
    pair_sums: NDArray[np.float64]
    scene: NDArray[np.float64]
    voxel_size: float

    def __len__(self) -> int:
        return len(self.sums)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the masks said about the regions.

    Attributes:
        num_frames: (R,) number of frames in which a mask supported each region.
        together: (R, R) float32 counts; see `fusion.evidence`.
        apart: (R, R) float32 counts.
        shared: (R, R) float32 number of voxels won by the one on which the other has votes.
        affinity: (R, R) float32 sum of the affinities of masks; see `MaskSet.affinity`.
        affinity_weight: (R, R) float32 number of affinities in each sum.
        torn_share: Share of the sightings of fragments in which masks split them.
        trust: Log of the likelihood ratio of "together" for one object and for two.
    """

    num_frames: NDArray[np.int64]
    together: NDArray[np.float32]
    apart: NDArray[np.float32]
    shared: NDArray[np.float32]
    affinity: NDArray[np.float32]
    affinity_weight: NDArray[np.float32]
    torn_share: float
    trust: float


def build_graph(
    surface: Surface,
    evidence: Evidence,
    *,
    neighbors: NDArray[np.int32],
    num_blocks: int,
    voxel_size: float,
) -> RegionGraph:
    """Measures all regions and pairs.

    Pairs are regions that touch, that a mask covered together, or that lie in one large plane.

    Args:
        surface: The surface, with R regions.
        evidence: What the masks said about these regions.
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        num_blocks: B.
        voxel_size: Meters.
    """
    count = len(evidence.num_frames)
    sums, bounds = sum_regions(
        surface.region, surface.points, surface.normals, surface.colors, surface.votes,
        surface.texture, count,
    )  # fmt: skip
    bounds[:, columns.FRAMES] = evidence.num_frames
    rows = np.full((num_blocks, BLOCK_VOXELS), -1, np.int32)
    rows.reshape(-1)[surface.address] = np.arange(len(surface.address), dtype=np.int32)
    contacts = _contacts(surface, neighbors, rows, sums)
    touching = _keys(surface.region[contacts[:, 0]], surface.region[contacts[:, 1]], count)
    on_surface = sums[:, columns.COUNT] > 0
    both = on_surface[:, None] & on_surface[None, :]
    seen = np.argwhere(np.triu((evidence.together > 0) & both, 1))
    apart = np.concatenate([seen, _coplanar(sums, voxel_size)])
    apart = apart[_is_near(apart, sums[:, columns.COUNT] * voxel_size**2, bounds)]
    all_keys = np.concatenate([touching, _keys(apart[:, 0], apart[:, 1], count)])
    keys, numbers = np.unique(all_keys, return_inverse=True)
    pairs = np.stack([keys // max(count, 1), keys % max(count, 1)], axis=1).astype(np.int32)
    pair_sums = np.zeros((len(pairs), columns.NUM_PAIR_SUMS))
    sum_contacts(
        contacts, numbers[: len(contacts)].astype(np.int64),
        surface.points, surface.normals, surface.colors, pair_sums,
    )  # fmt: skip
    first, second = pairs[:, 0], pairs[:, 1]
    for column, table in (
        (columns.TOGETHER, evidence.together),
        (columns.APART, evidence.apart),
        (columns.AFFINITY, evidence.affinity),
        (columns.AFFINITY_WEIGHT, evidence.affinity_weight),
    ):
        pair_sums[:, column] = table[first, second]
    pair_sums[:, columns.SHARED] = evidence.shared[first, second] + evidence.shared[second, first]
    for side in (first, second):
        np.add.at(sums[:, columns.CONTACTS], side, pair_sums[:, columns.TOUCH])
    scene = scene_facts(surface, evidence)
    return RegionGraph(sums, bounds, pairs, pair_sums, scene, voxel_size)


def scene_facts(surface: Surface, evidence: Evidence) -> NDArray[np.float64]:
    """(4,) facts on the scene as a whole; see `RegionGraph.scene`."""
    heights = surface.points[:, 2]
    low, high = np.quantile(heights, (0.01, 0.99)) if len(heights) else (0.0, 0.0)
    return np.array([low, high, evidence.torn_share, evidence.trust], np.float64)


def _keys(first: NDArray[np.integer], second: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = first.astype(np.int64) * count + second
    return keys


def _contacts(
    surface: Surface,
    neighbors: NDArray[np.int32],
    rows: NDArray[np.int32],
    sums: NDArray[np.float64],
) -> NDArray[np.int32]:
    """(C, 2) rows of neighboring voxels of two regions; steps inside regions go to `sums`."""
    places = neighbors, rows, surface.address, surface.region, surface.normals, surface.colors, sums
    out = np.empty((4 * len(surface.address) + 64, 2), np.int32)
    found = list_contacts(*places, out)
    if found > len(out):
        out = np.empty((found, 2), np.int32)
        list_contacts(*places, out)
    return out[:found]


def _is_near(
    pairs: NDArray[np.int64], area: NDArray[np.float64], bounds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(K,) whether regions are near each other, or so large that something may hide between them.

    Otherwise two equal pieces of furniture side by side, with fronts in one plane, could be joined.
    """
    first, second = bounds[pairs[:, 0]], bounds[pairs[:, 1]]
    low, high = slice(columns.LOW, columns.LOW + 3), slice(columns.HIGH, columns.HIGH + 3)
    gap = np.maximum(first[:, low] - second[:, high], second[:, low] - first[:, high])
    distance = np.linalg.norm(np.maximum(gap, 0), axis=1)
    near: NDArray[np.bool_] = (distance <= _FAR) | (area[pairs].min(axis=1) >= _WALL_AREA)
    return near


def _coplanar(sums: NDArray[np.float64], voxel_size: float) -> NDArray[np.int64]:
    """(K, 2) pairs of large flat regions in one plane, which need not touch."""
    none = np.zeros((0, 2), np.int64)
    number = np.maximum(sums[:, columns.COUNT], 1)
    large = np.flatnonzero(sums[:, columns.COUNT] * voxel_size**2 >= LEAST_PLANE)
    if len(large) < 2:
        return none
    mean = sums[large, columns.POSITION : columns.POSITION + 3] / number[large, None]
    normal = sums[large, columns.NORMAL : columns.NORMAL + 3]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    xx, xy, xz, yy, yz, zz = (sums[large, columns.MOMENT + i] / number[large] for i in range(6))
    moment = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=1).reshape(-1, 3, 3)
    cov = moment - mean[:, :, None] * mean[:, None, :]
    spread = np.einsum("ni,nij,nj->n", normal, cov, normal)
    flat = np.flatnonzero(spread <= _FLATNESS**2)
    flat = flat[np.argsort(-number[large][flat], kind="stable")][:_MOST_PLANES]
    mean, normal, large = mean[flat], normal[flat], large[flat]
    offset = np.abs(np.einsum("abk,ak->ab", mean[None] - mean[:, None], normal))
    close = (np.maximum(offset, offset.T) <= _PLANE_GAP) & (normal @ normal.T >= _PLANE_ANGLE)
    first, second = np.nonzero(np.triu(close, 1))
    found = np.stack([large[first], large[second]], axis=1)
    result: NDArray[np.int64] = np.sort(found, axis=1).astype(np.int64)
    return result
