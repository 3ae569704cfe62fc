"""Learned features of surfels: alike within an object, different between objects.

`training` learns them by the loss of `contrast` on a `field`; `prototypes` are the mean features of
objects; `selection` chooses surfels by feature or by a click.
"""

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

__all__ = [
    "Contrast",
    "FeatureConfig",
    "Prototypes",
    "TrainedFeatures",
    "assign_prototypes",
    "contrastive_loss",
    "mean_prototypes",
    "point_groups",
    "select_at_pixel",
    "select_by_feature",
    "train_features",
]
