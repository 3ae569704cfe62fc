"""Data of scene generators in the layout that SceneGen trains on (arXiv 2508.15769).

- `folders`: names of the files and folders.
- `poses`: poses in the camera frame, relative to one object, and of voxels.
- `cutouts`: pictures of single objects and of their masks.
- `tables`: the rows of metadata_scene.csv and metadata.csv.
- `writing`: one scene, its objects, and the tables of a whole folder.
- `voxels`: the occupied voxels of an object.
- `encoding`: latents of objects and features of images, where there are networks for them.
- `dataset`: scenes of such a folder.

Imports go one way: encoding > writing > tables, cutouts, poses, voxels > folders; dataset > tables,
poses, voxels.
"""

from scenewright.data.generation.dataset import (
    GenerationDataset,
    GenerationObject,
    GenerationScene,
)
from scenewright.data.generation.encoding import encode_features, encode_latents
from scenewright.data.generation.poses import placed_voxels, relative_poses

__all__ = [
    "GenerationDataset",
    "GenerationObject",
    "GenerationScene",
    "encode_features",
    "encode_latents",
    "placed_voxels",
    "relative_poses",
]
