"""How the numbers of a capture are stored: intrinsics, depth values and poses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, CaptureError, ScenewrightError
from scenewright.core.checks import as_rigid
from scenewright.geometry.distortion import Lens, undistorted_camera
from scenewright.geometry.transforms import invert_rigid

PixelCenter = Literal["integer", "half"]
PoseDirection = Literal["world_from_cam", "cam_from_world"]
CameraAxes = Literal["opencv", "opengl"]

_FLIP_YZ = np.diag([1.0, -1.0, -1.0, 1.0])
_NO_READING = 65535
"""The largest 16-bit value, with which several sensors mark pixels without a reading."""


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """A camera matrix as stored, and what it refers to.

    Attributes:
        K: (3, 3) float64, pixels, as stored.
        size: (width, height) of the image that K belongs to, or None for that of the capture.
        pixel_center: Whether the center of the top-left pixel is at (0, 0) or at (0.5, 0.5).
        model: Lens model, a name among `LENS_MODELS`.
        coefficients: Distortion coefficients of the model.
    """

    K: NDArray[np.float64]
    size: tuple[int, int] | None = None
    pixel_center: PixelCenter = "integer"
    model: str = "PINHOLE"
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        is_size_valid = self.size is None or min(self.size) >= 1
        has_focal = min(self.K[0, 0], self.K[1, 1]) > 0
        if not (np.isfinite(self.K).all() and has_focal and is_size_valid):
            size = "" if self.size is None else f" for {self.size[0]} x {self.size[1]} pixels"
            raise CaptureError(
                "The intrinsics of the capture are not usable",
                expected="finite numbers, positive focal lengths and image sizes",
                got=f"fx {self.K[0, 0]:g}, fy {self.K[1, 1]:g}, cx {self.K[0, 2]:g}, "
                f"cy {self.K[1, 2]:g}{size}",
                do="Correct their file, which docs/captures.md names for each layout.",
            )

    @property
    def is_distorted(self) -> bool:
        """Whether the lens has distortion."""
        return not self.lens(*(self.size or (1, 1))).is_straight

    def camera(self, width: int, height: int) -> Camera:
        """The pinhole camera of an undistorted image of `width` x `height` pixels.

        Pixel centers are at half-integers.
        """
        if self.is_distorted:
            return undistorted_camera(self.lens(width, height))
        size = (width, height) if self.size is None else self.size
        return Camera(self._half_k(), *size).resized(width, height)

    def lens(self, width: int, height: int) -> Lens:
        """The lens of a stored image of `width` x `height` pixels, centers at half-integers."""
        K = self._half_k()
        focal, center = (float(K[0, 0]), float(K[1, 1])), (float(K[0, 2]), float(K[1, 2]))
        size = (width, height) if self.size is None else self.size
        lens = Lens(self.model, focal, center, self.coefficients, *size)
        return lens if size == (width, height) else lens.resized(width, height)

    def _half_k(self) -> NDArray[np.float64]:
        K = self.K.copy()
        if self.pixel_center == "integer":
            K[:2, 2] += 0.5
        return K


@dataclass(frozen=True)
class DepthEncoding:
    """How depth is stored.

    Attributes:
        scale: Stored units per meter.
        rotated: Whether the 16 bits are rotated by three, as in SUN3D and related data sets.
    """

    scale: float = 1000.0
    rotated: bool = False

    def meters(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """(H, W) float32 meters from stored values, 0 = no reading."""
        if stored.dtype.kind == "f":
            meters: NDArray[np.float32] = (stored / self.scale).astype(np.float32)
            meters[~np.isfinite(meters) | (meters < 0)] = 0
            return meters
        valid = stored < _NO_READING
        if self.rotated:
            bits = stored.astype(np.uint16)
            stored = (bits >> np.uint16(3)) | (bits << np.uint16(13))
        depth: NDArray[np.float32] = stored.astype(np.float32)
        depth /= np.float32(self.scale)
        depth *= valid
        return depth


@dataclass(frozen=True)
class PoseEncoding:
    """How 4x4 pose matrices are stored.

    Attributes:
        direction: Direction of the stored transform.
        axes: Camera axes: x right, y down, z forward, or x right, y up, z backward.
        scale: Stored units per meter of the translation.
    """

    direction: PoseDirection = "world_from_cam"
    axes: CameraAxes = "opencv"
    scale: float = 1.0

    def world_from_cam(self, stored: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(4, 4) float64 rigid pose, meters, or None if the stored matrix is not rigid."""
        try:
            pose = as_rigid("pose", stored).copy()
        except ScenewrightError:
            return None
        pose[:3, 3] /= self.scale
        if self.direction == "cam_from_world":
            pose = invert_rigid(pose)
        return pose @ _FLIP_YZ if self.axes == "opengl" else pose
