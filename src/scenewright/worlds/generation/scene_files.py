"""Everything that is written about one scene, whatever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.data.generation.poses import YUP_FROM_ZUP
from scenewright.data.generation.tables import SceneRow
from scenewright.data.generation.writing import PosedObject, write_scene
from scenewright.geometry.surface_voxels import UnitCube
from scenewright.geometry.transforms import transform_points
from scenewright.worlds.generation.truth import TruthObject, write_truth

LARGEST_SCENE = 16
"""Maximum number of objects that SceneGen accepts in a scene."""


@dataclass(frozen=True, eq=False)
class SceneObject:
    """An object with its shape, its pose and its pixels in the image of a scene.

    Attributes:
        model_id: Name of the object.
        sha256: Hash of its mesh file.
        shape: Its shape and pose.
        mask: (H, W) its visible pixels.
        origin: (3,) point of the model, in its frame, whose position is stored as translation;
            None = the center of its bounding box.
    """

    model_id: str
    sha256: str
    shape: TruthObject
    mask: NDArray[np.bool_]
    origin: NDArray[np.float64] | None = None

    def posed(self) -> PosedObject:
        """The pose as the table holds it."""
        cube = UnitCube.around(self.shape.mesh.vertices)
        origin = np.array(cube.center) if self.origin is None else self.origin
        pose = self.shape.camera_from_object
        return PosedObject(
            self.model_id,
            self.sha256,
            self.mask,
            rotation=pose[:3, :3] @ YUP_FROM_ZUP.T,
            translation=transform_points(origin, pose),
            scale=cube.edge,
        )


@dataclass(frozen=True, eq=False)
class SceneView:
    """The image of a scene.

    Attributes:
        image: (H, W, 3) uint8 RGB, as decoded from `jpeg`.
        jpeg: The JPEG file.
        camera: Intrinsics.
    """

    image: NDArray[np.uint8]
    jpeg: bytes
    camera: Camera


def write_scene_files(
    root: Path,
    scene_id: str,
    view: SceneView,
    objects: Sequence[SceneObject],
    *,
    split: str,
) -> tuple[list[SceneRow], dict[str, dict[str, Any]]]:
    """Writes the images of a scene and, in the test split, what it is compared with.

    Args:
        root: Folder of the data.
        scene_id: Name of the scene.
        view: Its image.
        objects: Its objects, at least one.
        split: ``"train"`` or ``"test"``.

    Returns:
        The rows of the objects, and the settings of the render by scene id, if there is one.
    """
    cameras = {}
    if split == "test":
        shapes = [one.shape for one in objects]
        cameras[scene_id] = write_truth(root, scene_id, shapes, view.camera, split=split)
    rows = write_scene(
        root,
        scene_id,
        view.image,
        [one.posed() for one in objects],
        split=split,
        jpeg=view.jpeg,
    )
    return rows, cameras


def largest_masks(masks: Sequence[NDArray[np.bool_]], most: int = LARGEST_SCENE) -> list[int]:
    """Positions of the largest masks, in their order."""
    areas = np.array([int(mask.sum()) for mask in masks])
    return sorted(np.argsort(-areas, kind="stable")[:most].tolist())
