"""Labeled surfels become separate objects.

`object_building` extracts the objects (`object_set`) with their boxes, masks, meshes and state
grids; `instance_images` renders its input images; `scenes` puts the objects into a `Scene`.
"""

from scenewright.splats.extraction.config import ObjectConfig
from scenewright.splats.extraction.instance_images import InstanceImages
from scenewright.splats.extraction.object_building import build_objects
from scenewright.splats.extraction.object_set import ObjectSet, SplatObject, remove_instances
from scenewright.splats.extraction.scenes import objects_to_scene

__all__ = [
    "InstanceImages",
    "ObjectConfig",
    "ObjectSet",
    "SplatObject",
    "build_objects",
    "objects_to_scene",
    "remove_instances",
]
