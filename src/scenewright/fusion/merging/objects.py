"""Objects: regions joined by the learned decision, with a score and a role each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.agglomeration import join_regions
from scenewright.fusion.merging.dendrogram import JOIN_NAMES, Dendrogram
from scenewright.fusion.merging.features import (
    PAIR_NAMES,
    SCENE_NAMES,
    SHAPE_NAMES,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.roles import find_roles
from scenewright.fusion.merging.sums import HIGH, LOW, add_contacts
from scenewright.models.trees import BoostedTrees, read_trees
from scenewright.models.weights import resolve_weights

OBJECT_NAMES: Final = (*SHAPE_NAMES, *JOIN_NAMES, *SCENE_NAMES)
"""Names of the features of an object, from which its score follows."""
FEATURES: Final = {"pair": PAIR_NAMES, "whole": OBJECT_NAMES}
"""Names of the features of each decision, by the name of its trees."""
WEIGHTS: Final = "builtin:merging"
"""Reference of the trees in the wheel."""
NEVER: Final = 1 - 1e-15
"""A probability that no join reaches."""
LEAST_VOXELS: Final = 30
"""Number of voxels below which nothing is an object by itself ..."""
_WORTH_OF_TINY: Final = -0.05
"""... and what listing it is worth: it is better joined to something than left over."""


@dataclass(frozen=True, eq=False)
class FoundObjects:
    """The objects of a map.

    Attributes:
        object_of: (R,) int32 object of each region, numbered from 0 on.
        score: (N,) float64 probability that the object is whole and real.
        role: N words of `core.ROLES`.
    """

    object_of: NDArray[np.int32]
    score: NDArray[np.float64]
    role: tuple[str, ...]


class Merger:
    """Joins regions to objects and judges the objects.

    Args:
        weights: Reference of the trees, see `models.weights`.

    Raises:
        WeightsError: The trees are missing, damaged or made for other features.
    """

    def __init__(self, weights: str = WEIGHTS) -> None:
        local = resolve_weights(weights, backend="merging", license_name="Apache-2.0", sha256=None)
        self._trees = _load(local.path)

    def __call__(
        self, graph: RegionGraph, *, least: float = 0.2, cost: float = 0.6, knows_up: bool = True
    ) -> FoundObjects:
        """The objects of a graph of regions.

        Args:
            graph: The regions.
            least: See `choose_objects`; with `NEVER`, the regions are the objects.
            cost: See `choose_objects`.
            knows_up: See `find_roles`.
        """
        object_of, score = choose_objects(
            graph, self._trees["pair"], self._trees["whole"], least=least, cost=cost
        )
        roles = find_roles(graph, *object_sums(graph, object_of), knows_up=knows_up)
        return FoundObjects(object_of, score, roles)


@functools.lru_cache(maxsize=2)
def _load(path: Path) -> dict[str, BoostedTrees]:
    return read_trees(path, features=FEATURES)


def choose_objects(
    graph: RegionGraph, pair: BoostedTrees, whole: BoostedTrees, *, least: float, cost: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Joins regions, and cuts the tree of joins into the objects that are worth most together.

    A union is worth the probability that it is a whole object, less a cost. The sum of the
    probabilities is the expected number of whole objects.

    Args:
        graph: The regions.
        pair: Trees for pairs of regions.
        whole: Trees for objects.
        least: Smallest probability of a join that is considered.
        cost: Cost of listing an object, a probability.

    Returns:
        (R,) int32 object of each region, numbered from 0 on, and (N,) float64 the probability that
        each object is whole and real.
    """
    tree = join_regions(graph, pair, least=least)
    score = 1 / (1 + np.exp(-whole(object_features(graph, tree))))
    object_of, nodes = tree.best_cut(
        np.where(tree.counts >= LEAST_VOXELS, score - cost, _WORTH_OF_TINY)
    )
    return object_of, score[nodes]


def object_features(graph: RegionGraph, tree: Dendrogram) -> NDArray[np.float32]:
    """(R + J, len(OBJECT_NAMES)) features of all nodes; see `OBJECT_NAMES`."""
    scene = np.array([graph.scene[1] - graph.scene[0], *graph.scene[2:]])
    every = np.tile(scene, (len(tree.counts), 1))
    return np.concatenate([tree.shapes, tree.join_features(), every], axis=1).astype(np.float32)


def object_sums(
    graph: RegionGraph, object_of: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and bounds of objects, from those of their regions; see `sums`."""
    num = int(object_of.max(initial=-1)) + 1
    sums = np.zeros((num, graph.sums.shape[1]))
    np.add.at(sums, object_of, graph.sums)
    owner = object_of[graph.pairs]
    for pair in np.flatnonzero(owner[:, 0] == owner[:, 1]):
        add_contacts(sums[owner[pair, 0]], graph.pair_sums[pair])
    bounds = np.full((num, graph.bounds.shape[1]), -np.inf)
    bounds[:, LOW:HIGH] = np.inf
    np.minimum.at(bounds[:, LOW:HIGH], object_of, graph.bounds[:, LOW:HIGH])
    np.maximum.at(bounds[:, HIGH:], object_of, graph.bounds[:, HIGH:])
    return sums, bounds
