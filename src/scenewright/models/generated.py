"""What a scene generator takes and returns: pictures with masks, and objects with their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet, Mesh, ShapeError


@dataclass(frozen=True, eq=False)
class ScenePicture:
    """One picture of a scene, with a mask per object.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        masks: N masks of the same size. The pictures of a scene list its objects in one order.
        cutouts: N pictures (h, w, 4) uint8 RGBA of the single objects, where they were prepared
            before; empty where they are cut from the image.
        points: (H, W, 3) measured position of each pixel, meters, in level axes of the camera (x to
            its right, y away from it, z up), NaN where unknown; None if nothing was measured.
    """

    image: NDArray[np.uint8]
    masks: MaskSet
    cutouts: tuple[NDArray[np.uint8], ...] = ()
    points: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        size = (self.masks.height, self.masks.width)
        if self.image.dtype != np.uint8 or self.image.shape != (*size, 3):
            raise ShapeError(
                "Image of a scene",
                expected=f"shape {(*size, 3)} uint8, as large as its masks",
                got=f"{self.image.shape} {self.image.dtype}",
            )
        if self.cutouts and len(self.cutouts) != len(self.masks):
            raise ShapeError(
                "Cut-outs", expected=f"{len(self.masks)}, one per mask", got=str(len(self.cutouts))
            )
        if self.points is not None and self.points.shape != (*size, 3):
            raise ShapeError(
                "Points of a scene", expected=f"shape {(*size, 3)}", got=f"{self.points.shape}"
            )

    def chosen(self, order: NDArray[np.int64]) -> ScenePicture:
        """The same picture with some of its objects, in another order."""
        cutouts = tuple(self.cutouts[i] for i in order) if self.cutouts else ()
        return ScenePicture(self.image, self.masks[order], cutouts, self.points)


@dataclass(frozen=True, eq=False)
class GaussianCloud:
    """3D Gaussians with one color each.

    Attributes:
        means: (M, 3) float32 centers.
        quats: (M, 4) float32 unit quaternions, (w, x, y, z).
        scales: (M, 3) float32 standard deviations.
        opacities: (M,) float32 in [0, 1].
        colors: (M, 3) float32 RGB, in [0, 1] but for what a network exceeds it by.
    """

    means: NDArray[np.float32]
    quats: NDArray[np.float32]
    scales: NDArray[np.float32]
    opacities: NDArray[np.float32]
    colors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.means)


@dataclass(frozen=True, eq=False)
class GeneratedObject:
    """One object in its cube [-0.5, 0.5]^3, z up.

    Attributes:
        number: Position of its mask in the pictures, from 0.
        voxels: (V, 3) int32 occupied voxels.
        resolution: Voxels per side of the cube.
        mesh: Closed surface with vertex colors.
        gaussians: Its appearance.
        pose: (4, 4) float64 similarity from the cube to the frame of the scene, z up; None if the
            model predicts no layout.
        certainty: Expected overlap (IoU) of its shape with the true one; 1 where the model says
            nothing about it.
    """

    number: int
    voxels: NDArray[np.int32]
    resolution: int
    mesh: Mesh
    gaussians: GaussianCloud
    pose: NDArray[np.float64] | None = None
    certainty: float = 1.0


@dataclass(frozen=True, eq=False)
class GeneratedScene:
    """What a generator made.

    Attributes:
        objects: Those that have a shape, in the order in which they were generated.
        missing: Positions of the masks of objects for which no voxel was occupied.
        frame: What the poses refer to: ``"first object"``, ``"scene cube"``, or ``""`` if there
            are none.
        weights: SHA-256 of the weight files by name.
        memory_gb: Estimated need of memory, gigabytes.
        repaired: Positions of the masks of objects whose pose had no usable scale or rotation.
    """

    objects: tuple[GeneratedObject, ...]
    missing: tuple[int, ...] = ()
    frame: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    memory_gb: float = 0.0
    repaired: tuple[int, ...] = ()


def check_pictures(pictures: tuple[ScenePicture, ...]) -> int:
    """The number of objects of the pictures of a scene.

    Raises:
        ConventionError: There is no picture, no mask, or the pictures have different numbers.
    """
    if not pictures:
        raise ConventionError("Pictures of a scene", expected="at least 1", got="0")
    counts = [len(picture.masks) for picture in pictures]
    if counts[0] == 0:
        raise ConventionError("Masks of a scene", expected="at least 1", got="0")
    if set(counts) != {counts[0]}:
        raise ConventionError(
            "Masks of the pictures of a scene",
            expected=f"the same {counts[0]} objects in each, in one order",
            got=", ".join(map(str, counts)),
        )
    return counts[0]
