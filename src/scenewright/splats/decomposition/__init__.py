"""From masks of many views to objects of surfels; see `decompose_masks`."""

from scenewright.splats.decomposition.ballots import HANDED, MATCHED, UNDER_SEGMENTED, UNMATCHED
from scenewright.splats.decomposition.clusters import GROUP, OBJECT, PART, Clusters, PartTree
from scenewright.splats.decomposition.config import (
    ClusterConfig,
    PublishedConfig,
    available_cluster_presets,
    cluster_preset,
)
from scenewright.splats.decomposition.decompose import decompose_masks
from scenewright.splats.decomposition.seeding import seed_from_points
from scenewright.splats.decomposition.tracks import MaskTracks, collect_tracks

__all__ = [
    "GROUP",
    "HANDED",
    "MATCHED",
    "OBJECT",
    "PART",
    "UNDER_SEGMENTED",
    "UNMATCHED",
    "ClusterConfig",
    "Clusters",
    "MaskTracks",
    "PartTree",
    "PublishedConfig",
    "available_cluster_presets",
    "cluster_preset",
    "collect_tracks",
    "decompose_masks",
    "seed_from_points",
]
