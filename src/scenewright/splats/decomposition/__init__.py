"""Masks of many views divide surfels into objects; see `decompose_masks`.

`tracks` sums the blending weights under every mask. The default method (`default_method`) grows
patches (`patches`) on the graph of neighbors (`surfel_graph`), groups them by the evidence of all
views (`grouping`), and lets masks vote (`mask_votes`); `published_method` follows InstaScene.
`part_tree` keeps masks that show less or more than one object; `clusters` holds the results.
"""

from scenewright.splats.decomposition.clusters import GROUP, OBJECT, PART, Clusters, PartTree
from scenewright.splats.decomposition.config import (
    ClusterConfig,
    PublishedConfig,
    available_cluster_presets,
    cluster_preset,
)
from scenewright.splats.decomposition.mask_decomposition import decompose_masks
from scenewright.splats.decomposition.mask_votes import HANDED, MATCHED, UNDER_SEGMENTED, UNMATCHED
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
