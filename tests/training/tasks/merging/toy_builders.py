"""Examples in which the masks' evidence tells the truth."""

from __future__ import annotations

import numpy as np

from scenewright.training.tasks.merging.examples import Example
from tests.fusion.merging.merging_builders import graph_of, make_evidence, random_voxels

NUM_REGIONS = 8


def toy_example(seed: int) -> Example:
    """Eight regions of three true objects; masks have held those of one object together."""
    rng = np.random.default_rng(seed)
    coords, region = random_voxels(seed, num_regions=NUM_REGIONS, side=11)
    owner = rng.permutation(np.arange(NUM_REGIONS) % 3)
    same = owner[:, None] == owner[None]
    evidence = make_evidence(NUM_REGIONS)
    evidence.together[:] = np.where(same, rng.integers(4, 9, same.shape), 0)
    evidence.together[:] = np.minimum(evidence.together, evidence.together.T)
    evidence.apart[:] = np.where(same, 0, 5)
    graph = graph_of(coords, region, evidence, seed=seed)
    on_truth = np.zeros((NUM_REGIONS, 4), np.int64)
    counts = np.bincount(region[region >= 0], minlength=NUM_REGIONS)
    on_truth[np.arange(NUM_REGIONS), owner + 1] = counts
    size = on_truth.sum(axis=0)
    size[0] = (region < 0).sum()
    return Example(graph, on_truth, size)
