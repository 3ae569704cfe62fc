"""Online segmentation of posed RGB-D frames."""

from scenewright.fusion.config import (
    FusionConfig,
    OnlineAnySegConfig,
    VoteConfig,
    available_presets,
    preset,
)
from scenewright.fusion.segmenter import OnlineSegmenter, Update

__all__ = [
    "FusionConfig",
    "OnlineAnySegConfig",
    "OnlineSegmenter",
    "Update",
    "VoteConfig",
    "available_presets",
    "preset",
]
