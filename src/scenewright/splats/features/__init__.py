"""Which object each surfel belongs to: votes, learned features, and choosing by a click."""

from scenewright.splats.features.contrast import Contrast, contrastive_loss
from scenewright.splats.features.prototypes import (
    Prototypes,
    assign_prototypes,
    mean_prototypes,
)
from scenewright.splats.features.selection import (
    point_groups,
    select_at_pixel,
    select_by_feature,
)
from scenewright.splats.features.training import (
    FeatureConfig,
    TrainedFeatures,
    train_features,
)
from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.lifting.straddlers import (
    SplitSurfels,
    split_straddlers,
    straddles,
)
from scenewright.splats.lifting.votes import Lifting, label_votes, lift_labels

__all__ = [
    "Contrast",
    "FeatureConfig",
    "Lifting",
    "Prototypes",
    "SplitSurfels",
    "TrainedFeatures",
    "assign_prototypes",
    "contrastive_loss",
    "label_votes",
    "lift_labels",
    "mean_prototypes",
    "point_groups",
    "render_id_map",
    "select_at_pixel",
    "select_by_feature",
    "split_straddlers",
    "straddles",
    "train_features",
]
