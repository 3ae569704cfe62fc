"""What a layout finds in a folder: which files make a frame, and how their numbers are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, CaptureError, ScenewrightError
from scenewright.core.checks import as_rigid
from scenewright.data.checking.problems import Problem
from scenewright.data.rectify import Rectifier
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
    """A matrix K as it is stored, and what it refers to.

    Attributes:
        K: (3, 3) float64, pixels, as stored.
        size: (width, height) of the picture that K belongs to, or None for the capture's own.
        pixel_center: Whether the centre of the top-left pixel is at (0, 0) or at (0.5, 0.5).
        model: How the lens bends, a name among `LENS_MODELS`.
        coefficients: Of the model.
    """

    K: NDArray[np.float64]
    size: tuple[int, int] | None = None
    pixel_center: PixelCenter = "integer"
    model: str = "PINHOLE"
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        has_size = self.size is None or min(self.size) >= 1
        if not (np.isfinite(self.K).all() and min(self.K[0, 0], self.K[1, 1]) > 0 and has_size):
            size = "" if self.size is None else f" for {self.size[0]} x {self.size[1]} pixels"
            raise CaptureError(
                "The capture's intrinsics are not usable",
                expected="finite numbers, positive focal lengths and picture sizes",
                got=f"fx {self.K[0, 0]:g}, fy {self.K[1, 1]:g}, cx {self.K[0, 2]:g}, "
                f"cy {self.K[1, 2]:g}{size}",
                do="Correct the file that holds them; docs/captures.md names it for each layout.",
            )

    @property
    def is_bent(self) -> bool:
        """Whether the lens bends straight lines."""
        return not self.lens(*(self.size or (1, 1))).is_straight

    def camera(self, width: int, height: int) -> Camera:
        """The camera of a picture of `width` x `height` pixels as it is read.

        Pixel centres lie at halves, and the bending of the lens is taken out.
        """
        if self.is_bent:
            return undistorted_camera(self.lens(width, height))
        own = (width, height) if self.size is None else self.size
        return Camera(self._half_k(), *own).resized(width, height)

    def lens(self, width: int, height: int) -> Lens:
        """The lens before a picture of `width` x `height` pixels, pixel centres at halves."""
        K = self._half_k()
        focal, center = (float(K[0, 0]), float(K[1, 1])), (float(K[0, 2]), float(K[1, 2]))
        own = (width, height) if self.size is None else self.size
        lens = Lens(self.model, focal, center, self.coefficients, *own)
        return lens if own == (width, height) else lens.resized(width, height)

    def _half_k(self) -> NDArray[np.float64]:
        K = self.K.copy()
        if self.pixel_center == "integer":
            K[:2, 2] += 0.5
        return K


@dataclass(frozen=True)
class DepthEncoding:
    """How stored depth values become metres.

    Attributes:
        scale: Stored units per metre.
        rotated: Whether the 16 bits are rotated by three, as SUN3D and its kin store them.
    """

    scale: float = 1000.0
    rotated: bool = False

    def meters(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """(H, W) float32 metres, 0 = no reading."""
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
    """How a stored 4x4 matrix becomes `world_from_cam`.

    Attributes:
        direction: What the stored matrix maps to what.
        axes: Camera axes: x right, y down, z forward, or x right, y up, z backward.
        scale: Stored units per metre of the translation.
    """

    direction: PoseDirection = "world_from_cam"
    axes: CameraAxes = "opencv"
    scale: float = 1.0

    def world_from_cam(self, stored: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(4, 4) float64 rigid pose, metres, or None if the stored matrix is no rigid motion."""
        try:
            pose = as_rigid("pose", stored).copy()
        except ScenewrightError:
            return None
        pose[:3, 3] /= self.scale
        if self.direction == "cam_from_world":
            pose = invert_rigid(pose)
        return pose @ _FLIP_YZ if self.axes == "opengl" else pose


@dataclass(frozen=True, eq=False)
class FrameEntry:
    """Where one frame lies.

    Attributes:
        name: Name of the frame's files, without folder and suffix.
        image: Colour picture, or None.
        depth: Depth picture, or None.
        pose: Text file with a 4x4 matrix, or the (4, 4) float64 matrix as stored, or None.
        time: Seconds, any origin, or None.
        intrinsics: The frame's own, or None for those of the recording.
        confidence: Picture of the sensor's own judgement; depth is dropped where it is 0.
    """

    name: str
    image: Path | None
    depth: Path | None
    pose: Path | NDArray[np.float64] | None = None
    time: float | None = None
    intrinsics: Intrinsics | None = None
    confidence: Path | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """All that a layout knows about a folder before any picture is decoded.

    Attributes:
        layout: Name of the layout.
        root: Folder that holds the capture; may lie inside the folder that the user named.
        entries: The frames in order.
        intrinsics: Of all frames without their own, or the error met while reading them.
        depth: How depth is stored.
        pose: How poses are stored.
        name: Name of the capture.
        up: (3,) float64 unit vector in the world frame, or None if unknown.
        notes: What was read and assumed, one line each, for people.
        problems: What did not fit together.
        points: File with sparse points in the world of the poses, or None.
        rectifier: Takes the bending of the lens out of the pictures.
    """

    layout: str
    root: Path
    entries: tuple[FrameEntry, ...]
    intrinsics: Intrinsics | CaptureError
    depth: DepthEncoding = field(default_factory=DepthEncoding)
    pose: PoseEncoding = field(default_factory=PoseEncoding)
    name: str = ""
    up: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    points: Path | None = None
    rectifier: Rectifier = field(default_factory=Rectifier)

    def intrinsics_of(self, entry: FrameEntry) -> Intrinsics:
        """Those that hold for a frame.

        Raises:
            CaptureError: It has none of its own, and those of the recording could not be read.
        """
        if entry.intrinsics is not None:
            return entry.intrinsics
        if isinstance(self.intrinsics, CaptureError):
            raise self.intrinsics
        return self.intrinsics
