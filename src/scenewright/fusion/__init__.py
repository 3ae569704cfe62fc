"""Online segmentation of posed RGB-D frames."""

from scenewright.fusion.config import (
    FusionConfig,
    OnlineAnySegConfig,
    VoteConfig,
    available_fusion_presets,
    fusion_preset,
)
from scenewright.fusion.frame_ids import FrameIdMaps, SurfaceIds, frame_id_maps
from scenewright.fusion.segmenter import OnlineSegmenter, Update

__all__ = [
    "FrameIdMaps",
    "FusionConfig",
    "OnlineAnySegConfig",
    "OnlineSegmenter",
    "SurfaceIds",
    "Update",
    "VoteConfig",
    "available_fusion_presets",
    "frame_id_maps",
    "fusion_preset",
]
