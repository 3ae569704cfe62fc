"""From masks of many views to objects of surfels; see `decompose_masks`."""

from scenewright.splats.tracking.ballots import HANDED, MATCHED, UNDER_SEGMENTED, UNMATCHED
from scenewright.splats.tracking.clusters import GROUP, OBJECT, PART, Clusters, PartTree
from scenewright.splats.tracking.config import (
    ClusterConfig,
    PublishedConfig,
    available_cluster_presets,
    cluster_preset,
)
from scenewright.splats.tracking.decompose import decompose_masks
from scenewright.splats.tracking.seeding import seed_from_points
from scenewright.splats.tracking.tracks import MaskTracks, collect_tracks

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
