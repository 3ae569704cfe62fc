"""Objects out of labeled surfels: parts, meshes, boxes, masks, and the space around each."""

from scenewright.splats.extraction.instance_images import ObjectPictures
from scenewright.splats.extraction.objects import (
    ObjectConfig,
    ObjectSet,
    SplatObject,
    build_objects,
    remove_instances,
)
from scenewright.splats.extraction.scenes import objects_to_scene
from scenewright.splats.extraction.state_grids import GridFrame, StateCounts, grid_frame, seen_share

__all__ = [
    "GridFrame",
    "ObjectConfig",
    "ObjectPictures",
    "ObjectSet",
    "SplatObject",
    "StateCounts",
    "build_objects",
    "grid_frame",
    "objects_to_scene",
    "remove_instances",
    "seen_share",
]
