"""Objects: regions joined by the learned decision, with a score and a role each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.agglomeration import Merged, merge_regions
from scenewright.fusion.merging.features import (
    NUM_PAIR,
    NUM_SHAPE,
    SCENE_NAMES,
    SHAPE_NAMES,
    shape_features,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.roles import find_roles
from scenewright.fusion.merging.sums import (
    CONTACTS,
    FRAMES,
    HIGH,
    LOW,
    TOUCH,
)
from scenewright.models.trees import BoostedTrees, read_trees
from scenewright.models.weights import resolve_weights

OBJECT_NAMES: Final = (*SHAPE_NAMES, "rival", "certainty", "num_regions", *SCENE_NAMES)
"""Names of the features of an object, from which its score follows."""
NUM_FEATURES: Final = {"pair": NUM_PAIR, "whole": len(OBJECT_NAMES)}
"""Number of features of each decision, by the name of its trees."""
WEIGHTS: Final = "builtin:merging"
"""Reference of the trees in the wheel."""


NEVER: Final = 1 - 1e-15
"""A probability that no join reaches."""


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
        self, graph: RegionGraph, *, least: float = 0.5, knows_up: bool = True
    ) -> FoundObjects:
        """The objects of a graph of regions.

        Args:
            graph: The regions.
            least: Smallest probability of a join; with `NEVER`, the regions are the objects.
            knows_up: See `find_roles`.
        """
        joined = merge_regions(graph, self._trees["pair"], least=least)
        features = object_features(graph, joined)
        odds = self._trees["whole"](features)
        return FoundObjects(
            joined.object_of,
            1 / (1 + np.exp(-odds)),
            find_roles(graph, *object_sums(graph, joined.object_of), knows_up=knows_up),
        )


@functools.lru_cache(maxsize=2)
def _load(path: Path) -> dict[str, BoostedTrees]:
    return read_trees(path, num_features=NUM_FEATURES)


def object_features(graph: RegionGraph, joined: Merged) -> NDArray[np.float32]:
    """(N, len(OBJECT_NAMES)) features of objects; see `OBJECT_NAMES`."""
    sums, bounds = object_sums(graph, joined.object_of)
    num = len(sums)
    result = np.empty((num, len(OBJECT_NAMES)), np.float32)
    for i in range(num):
        shape_features(sums[i], bounds[i], graph.scene, graph.voxel_size, result[i])
    first = np.unique(joined.object_of, return_index=True)[1]
    rest = result[:, NUM_SHAPE:]
    rest[:, 0] = joined.rival[first]
    rest[:, 1] = joined.certainty[first]
    rest[:, 2] = np.log(np.bincount(joined.object_of, minlength=num))
    rest[:, 3] = graph.scene[1] - graph.scene[0]
    rest[:, 4:] = graph.scene[2:]
    return result


def object_sums(
    graph: RegionGraph, object_of: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and bounds of objects, from those of their regions; see `sums`."""
    num = int(object_of.max(initial=-1)) + 1
    sums = np.zeros((num, graph.sums.shape[1]))
    np.add.at(sums, object_of, graph.sums)
    inside = object_of[graph.pairs[:, 0]] == object_of[graph.pairs[:, 1]]
    np.subtract.at(
        sums[:, CONTACTS], object_of[graph.pairs[inside, 0]], 2 * graph.pair_sums[inside, TOUCH]
    )
    bounds = np.full((num, graph.bounds.shape[1]), -np.inf)
    bounds[:, LOW:HIGH] = np.inf
    np.minimum.at(bounds[:, LOW:HIGH], object_of, graph.bounds[:, LOW:HIGH])
    np.maximum.at(bounds[:, HIGH:FRAMES], object_of, graph.bounds[:, HIGH:FRAMES])
    np.maximum.at(bounds[:, FRAMES], object_of, graph.bounds[:, FRAMES])
    return sums, bounds
