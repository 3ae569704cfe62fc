"""How the numbers of a capture are stored: intrinsics, depth values and poses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, CaptureError, ScenewrightError
from scenewright.core.camera import check_k_range
from scenewright.core.conventions import (
    FARTHEST_READING,
    FOCAL_LIMITS,
    LARGEST_CENTER,
    LARGEST_SIDE,
)
from scenewright.geometry.distortion import Lens, undistorted_camera
from scenewright.geometry.projection import along_axis

PixelCenter = Literal["integer", "half"]
DepthKind = Literal["z", "ray"]

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
        is_usable = np.isfinite(self.K).all() and has_focal and is_size_valid
        if not is_usable or not self._is_possible():
            size = "" if self.size is None else f" for {self.size[0]} x {self.size[1]} pixels"
            raise CaptureError(
                "The intrinsics of the capture are not usable",
                expected=f"finite numbers, focal lengths of {FOCAL_LIMITS[0]:g} to "
                f"{FOCAL_LIMITS[1]:g} pixels, a principal point within {LARGEST_CENTER:g} pixels, "
                f"and images of 1 to {LARGEST_SIDE} pixels per side",
                got=f"fx {self.K[0, 0]:g}, fy {self.K[1, 1]:g}, cx {self.K[0, 2]:g}, "
                f"cy {self.K[1, 2]:g}{size}",
                do="Correct their file, which docs/captures.md names for each layout.",
            )

    def _is_possible(self) -> bool:
        """Whether a `Camera` may have these numbers."""
        try:
            check_k_range("K", self.K)
        except ScenewrightError:
            return False
        return self.size is None or max(self.size) <= LARGEST_SIDE

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


def rotate_bits(values: NDArray[np.uint16], *, left: bool) -> NDArray[np.uint16]:
    """The values with their 16 bits rotated by three."""
    by, rest = np.uint16(3), np.uint16(13)
    return values << by | values >> rest if left else values >> by | values << rest


@dataclass(frozen=True)
class DepthEncoding:
    """How depth is stored.

    Attributes:
        scale: Stored units per meter.
        rotated: Whether the 16 bits are rotated by three, as in SUN3D and related data sets.
        kind: Whether depth is the distance along the optical axis, or along the ray of the pixel.
    """

    scale: float = 1000.0
    rotated: bool = False
    kind: DepthKind = "z"

    def meters(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """(H, W) float32 meters from stored values, 0 = no reading.

        No readings are 0, NaN, infinite and negative values, what lies beyond `FARTHEST_READING`,
        and 65535 in 16-bit files.
        """
        if stored.dtype.kind == "f" or stored.dtype.itemsize > 2:
            with np.errstate(over="ignore"):
                meters: NDArray[np.float32] = (stored / self.scale).astype(np.float32)
            meters[~((meters > 0) & (meters <= FARTHEST_READING))] = 0
            return meters
        valid = (stored > 0) & (stored < _NO_READING)
        if self.rotated:
            stored = rotate_bits(stored.astype(np.uint16), left=False)
        depth: NDArray[np.float32] = stored.astype(np.float32)
        depth /= np.float32(self.scale)
        depth *= valid
        return depth

    def along_axis(self, depth: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
        """(H, W) meters along the optical axis of a camera, from meters as stored."""
        return depth if self.kind == "z" else along_axis(depth, camera)
