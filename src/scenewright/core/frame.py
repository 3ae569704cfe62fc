"""One posed observation, and the protocol of a lazy sequence of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.core.checks import as_array, as_rigid, check_finite
from scenewright.core.conventions import FARTHEST_READING
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.core.masks import MaskSet
from scenewright.core.summaries import html_facts


@dataclass(frozen=True, eq=False)
class Frame:
    """Image, depth, camera, pose and timestamp of one observation.

    Color and depth are registered: pixel (row, column) of both lies on the same ray.

    Attributes:
        index: Position in the capture, 0-based.
        camera: Intrinsics of image and depth.
        world_from_cam: (4, 4) float64 rigid, or None if the pose is unknown (tracking was lost).
        image: (H, W, 3) uint8 RGB, or None.
        depth: (H, W) float32 meters along +z, 0 = no reading, or None.
        time: Timestamp in seconds from an arbitrary origin, or None.
        name: Name of the frame's files without folder and suffix.
        alpha: (H, W) uint8, how much of each pixel shows the scene, from the alpha channel of the
            image and its mask; 0 = nothing, 255 = all; None = everything does.
        stored_pixels: (H, W, 2) float32 position (column, row) of each pixel in the stored image,
            scaled to the size of the frame, NaN = outside; None if the frame was not undistorted.
    """

    index: int
    camera: Camera
    world_from_cam: NDArray[np.float64] | None
    image: NDArray[np.uint8] | None = None
    depth: NDArray[np.float32] | None = None
    time: float | None = None
    name: str = ""
    stored_pixels: NDArray[np.float32] | None = None
    alpha: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if self.index < 0:
            raise ConventionError("Frame.index", expected="0 or more", got=str(self.index))
        if self.world_from_cam is not None:
            pose = as_rigid("Frame.world_from_cam", self.world_from_cam)
            object.__setattr__(self, "world_from_cam", pose)
        height, width = self.camera.size
        if self.image is not None:
            shape = (height, width, 3)
            object.__setattr__(
                self, "image", as_array("Frame.image", self.image, shape=shape, dtype=np.uint8)
            )
        if self.depth is not None:
            self._set_depth(self.depth)
        if self.alpha is not None:
            alpha = as_array("Frame.alpha", self.alpha, shape=(height, width), dtype=np.uint8)
            object.__setattr__(self, "alpha", alpha)
        if self.stored_pixels is not None:
            positions = as_array(
                "Frame.stored_pixels",
                self.stored_pixels,
                shape=(height, width, 2),
                dtype=np.float32,
            )
            object.__setattr__(self, "stored_pixels", positions)
        if self.time is not None and not np.isfinite(self.time):
            raise ConventionError("Frame.time", expected="finite seconds", got=str(self.time))

    @classmethod
    def of(
        cls,
        camera: Camera,
        world_from_cam: NDArray[np.floating] | None,
        *,
        image: NDArray[np.uint8] | None = None,
        depth: NDArray[np.floating] | None = None,
        name: str = "",
        index: int = 0,
    ) -> Frame:
        """Builds a frame from raw arrays; depth that is NaN, infinite or negative is no reading.

        Args:
            camera: See `Camera.from_matrix`.
            world_from_cam: (4, 4) or (3, 4) pose, or None.
            image: (H, W, 3) uint8 RGB, or None.
            depth: (H, W) floating-point meters, or None.
            name: Name of the frame.
            index: Position in the capture; `FrameList` counts by itself.

        Raises:
            ShapeError: A shape or type does not match.
            ConventionError: A value is out of range.
        """
        pose = None if world_from_cam is None else np.asarray(world_from_cam, np.float64)
        if pose is not None and pose.shape == (3, 4):
            pose = np.vstack([pose, (0.0, 0.0, 0.0, 1.0)])
        readings = depth
        if depth is not None and np.asarray(depth).dtype.kind == "f":
            readings = np.where(np.isfinite(depth) & (depth > 0), depth, 0).astype(np.float32)
        return cls(index, camera, pose, image, readings, name=name)

    def __repr__(self) -> str:
        parts = [f"{self.name or self.index!r}", f"{self.camera.width} x {self.camera.height}"]
        parts += [word for word in ("image", "depth", "alpha") if getattr(self, word) is not None]
        parts.append("pose" if self.world_from_cam is not None else "no pose")
        return f"Frame({', '.join(parts)})"

    def _repr_html_(self) -> str:
        facts = {"camera": f"fx {self.camera.fx:g}, fy {self.camera.fy:g}"}
        if self.depth is not None and self.depth.any():
            known = self.depth[self.depth > 0]
            facts["depth"] = f"{known.min():.2f} to {known.max():.2f} m, {known.size} readings"
        if self.world_from_cam is not None:
            facts["position"] = ", ".join(f"{v:.2f}" for v in self.world_from_cam[:3, 3])
        return html_facts(repr(self), facts)

    def _set_depth(self, value: NDArray[np.float32]) -> None:
        if np.asarray(value).dtype.kind in "iu":
            raise ShapeError(
                "Frame.depth",
                expected="floating-point meters",
                got=f"{np.asarray(value).dtype}",
                do="Divide the stored integers by the depth scale first.",
            )
        depth = as_array("Frame.depth", value, shape=self.camera.size, dtype=np.float32)
        check_finite("Frame.depth", depth)
        if depth.size and depth.min() < 0:
            raise ConventionError("Frame.depth", expected="0 or more", got=f"{depth.min():g} m")
        if depth.size and depth.max() > FARTHEST_READING:
            raise ConventionError(
                "Frame.depth",
                expected=f"at most {FARTHEST_READING:g} m",
                got=f"{depth.max():g} m",
                do="Set pixels without a reading to 0.",
            )
        object.__setattr__(self, "depth", depth)


def check_masks_of(frame: Frame, masks: object) -> None:
    """Raises `ConventionError` if `masks` is neither a `MaskSet` nor None.

    Args:
        frame: The frame that they belong to.
        masks: What a proposer returned.
    """
    if masks is None or isinstance(masks, MaskSet):
        return
    got = type(masks).__name__
    if isinstance(masks, np.ndarray):
        got = f"an array of shape {masks.shape}, {masks.dtype}"
    raise ConventionError(
        f"masks of frame {frame.name or frame.index}",
        expected="a MaskSet, or None if nothing is known",
        got=got,
        do="MaskSet.from_id_map makes one of an (H, W) array of ids, MaskSet.from_dense one of "
        "(N, H, W) booleans.",
    )


@runtime_checkable
class FrameSource(Protocol):
    """A sequence of frames in which each frame is decoded only when it is accessed.

    `as_source` turns a list of frames into one.
    """

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity in the world frame, or None if unknown."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """Name of each frame; available without decoding any frame."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Frame: ...

    def __iter__(self) -> Iterator[Frame]: ...
