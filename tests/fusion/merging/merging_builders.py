"""Voxels in regions, graphs of them, and small models of trees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.graph import Evidence, RegionGraph, build_graph
from scenewright.fusion.merging.sums import NUM_BOUNDS, NUM_PAIR_SUMS, NUM_SUMS, ODD, Surface
from scenewright.geometry.voxel_hash import BlockIndex
from scenewright.models.trees import LEAF, BoostedTrees

VOXEL = 0.02


def make_surface(
    coords: NDArray[np.integer], region: NDArray[np.integer], *, seed: int = 0
) -> tuple[Surface, BlockIndex]:
    """Voxels at (M, 3) coordinates with random points, normals, colors, votes and texture."""
    rng = np.random.default_rng(seed)
    count = len(coords)
    blocks, block = np.unique(coords >> 3, axis=0, return_inverse=True)
    index = BlockIndex()
    index.add(blocks.astype(np.int32))
    local = coords & 7
    normals = rng.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    surface = Surface(
        address=(block.ravel() * 512 + (local[:, 0] << 6 | local[:, 1] << 3 | local[:, 2])).astype(
            np.int64
        ),
        region=region.astype(np.int32),
        points=((coords + rng.uniform(0.2, 0.8, (count, 3))) * VOXEL).astype(np.float32),
        normals=normals.astype(np.float32),
        colors=rng.random((count, 3)).astype(np.float32),
        votes=(np.sort(rng.random((count, 3)), axis=1) * [4, 6, 12]).astype(np.float32),
        texture=np.where(rng.random(count) < 0.2, -1, rng.random(count)).astype(np.float32),
    )
    return surface, index


def random_voxels(
    seed: int, *, num_regions: int = 5, side: int = 5
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Some voxels of a cube across the borders of blocks, each in a random region or in none."""
    rng = np.random.default_rng(seed)
    cube = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    kept = cube[rng.random(len(cube)) < 0.6] + rng.integers(-20, 20, 3)
    region = rng.integers(-1, num_regions, len(kept)).astype(np.int32)
    region[:num_regions] = np.arange(num_regions)
    return kept, region


def symmetric(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """(count, count) random whole numbers, many of them 0."""
    table = rng.integers(0, 3, (count, count))
    result: NDArray[np.float32] = (table + table.T).astype(np.float32)
    return result


def make_evidence(count: int, *, seed: int | None = None) -> Evidence:
    """Random evidence on regions; none without a seed."""
    rng = np.random.default_rng(seed)
    tables = [symmetric(rng, count) for _ in range(4)]
    tables.append(rng.integers(0, 9, (count, count)).astype(np.float32))
    if seed is None:
        tables = [np.zeros_like(table) for table in tables]
    return Evidence(
        num_frames=np.arange(1, count + 1),
        together=tables[0],
        apart=tables[1],
        shared=tables[4],
        affinity=tables[2],
        affinity_weight=tables[3],
        torn_share=0.25,
        trust=1.5,
    )


def joined_evidence(evidence: Evidence, keep: int, gone: int) -> Evidence:
    """The evidence after the votes of a region went to another one."""

    def join(table: NDArray[np.float32]) -> NDArray[np.float32]:
        result = table.copy()
        result[keep] += result[gone]
        result[:, keep] += result[:, gone]
        result[gone] = result[:, gone] = 0
        return result

    frames = evidence.num_frames.copy()
    frames[keep] = max(frames[keep], frames[gone])
    names = ("together", "apart", "shared", "affinity", "affinity_weight")
    return Evidence(
        num_frames=frames,
        **{name: join(getattr(evidence, name)) for name in names},
        torn_share=evidence.torn_share,
        trust=evidence.trust,
    )


def graph_of(
    coords: NDArray[np.integer],
    region: NDArray[np.integer],
    evidence: Evidence | None = None,
    *,
    seed: int = 0,
    **changed: Any,
) -> RegionGraph:
    """The graph of voxels; `changed` replaces columns of the surface."""
    surface, index = make_surface(coords, region, seed=seed)
    columns = {**vars(surface), **changed}
    return build_graph(
        Surface(**columns),
        make_evidence(int(region.max(initial=-1)) + 1) if evidence is None else evidence,
        neighbors=index.neighbors(),
        num_blocks=len(index),
        voxel_size=VOXEL,
    )


def random_graph(seed: int, *, num_regions: int = 7, side: int = 6) -> RegionGraph:
    """A graph of random voxels with random evidence."""
    coords, region = random_voxels(seed, num_regions=num_regions, side=side)
    return graph_of(coords, region, make_evidence(num_regions, seed=seed), seed=seed)


def no_graph() -> RegionGraph:
    """A graph without regions."""
    return RegionGraph(
        np.zeros((0, NUM_SUMS)), np.zeros((0, NUM_BOUNDS)), np.zeros((0, 2), np.int32),
        np.zeros((0, NUM_PAIR_SUMS)), np.zeros(4), VOXEL,
    )  # fmt: skip


def oriented(link: NDArray[np.float64], *, flips: bool) -> NDArray[np.float64]:
    """Sums of a pair in the order of regions that `flips` asks for."""
    result = link.copy()
    if flips:
        result[list(ODD)] *= -1
    return result


def stump(feature: int, limit: float, below: float, above: float) -> BoostedTrees:
    """One tree with one decision."""
    return BoostedTrees(
        np.array([feature, LEAF, LEAF], np.int16),
        np.array([limit, 0, 0], np.float32),
        np.array([1, 0, 0], np.int32),
        np.array([2, 0, 0], np.int32),
        np.array([0, below, above], np.float32),
        np.zeros(1, np.int32),
    )


def random_trees(
    rows: NDArray[np.float32], seed: int, *, num_trees: int = 30, depth: int = 3
) -> BoostedTrees:
    """Full trees of random decisions that divide the given rows of features."""
    rng = np.random.default_rng(seed)
    inner, total = 2**depth - 1, 2 ** (depth + 1) - 1
    feature, limit = np.full((num_trees, total), LEAF), np.zeros((num_trees, total))
    feature[:, :inner] = rng.integers(0, rows.shape[1], (num_trees, inner))
    chosen = rng.integers(0, max(len(rows), 1), (num_trees, inner))
    if len(rows):
        limit[:, :inner] = rows[chosen, feature[:, :inner]]
    first = total * np.arange(num_trees)[:, None]
    node = np.arange(total)[None]
    value = rng.normal(0, 0.4, (num_trees, total))
    return BoostedTrees(
        feature.ravel().astype(np.int16),
        limit.ravel().astype(np.float32),
        (first + 2 * node + 1).ravel().astype(np.int32),
        (first + 2 * node + 2).ravel().astype(np.int32),
        value.ravel().astype(np.float32),
        first.ravel().astype(np.int32),
    )


def evaluate(trees: BoostedTrees, row: NDArray[np.float32]) -> float:
    """The sum of the trees for one row, by recursion."""

    def leaf(node: int) -> float:
        feature = int(trees.feature[node])
        if feature == LEAF:
            return float(trees.value[node])
        goes_left = row[feature] <= trees.limit[node]
        return leaf(int((trees.left if goes_left else trees.right)[node]))

    return sum(leaf(int(root)) for root in trees.roots)
