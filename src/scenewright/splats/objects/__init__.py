"""Objects out of labeled surfels: parts, meshes, boxes, masks, and the space around each."""

from scenewright.splats.objects.extraction import (
    ObjectConfig,
    ObjectSet,
    SplatObject,
    build_objects,
    remove_instances,
)
from scenewright.splats.objects.pictures import ObjectPictures
from scenewright.splats.objects.scenes import objects_to_scene
from scenewright.splats.objects.state_grids import GridFrame, StateCounts, grid_frame, seen_share

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
