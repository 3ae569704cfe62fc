"""Posed cameras without their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.core.checks import as_array, check_finite, check_positions, check_rotation
from scenewright.core.errors import ConventionError, ShapeError, UnknownNameError
from scenewright.core.frame import Frame


@dataclass(frozen=True, eq=False)
class Views:
    """The posed cameras of a capture, one row per image.

    Attributes:
        name: F distinct frame names.
        K: (F, 3, 3) float64 intrinsics, pixels; the center of the first pixel is (0.5, 0.5).
        size: (F, 2) int32 width and height, pixels.
        world_from_cam: (F, 4, 4) float64 rigid poses, OpenCV axes.
    """

    name: tuple[str, ...]
    K: NDArray[np.float64]
    size: NDArray[np.int32]
    world_from_cam: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", tuple(str(word) for word in self.name))
        n = len(self.name)
        if len(set(self.name)) != n:
            raise ConventionError("Views.name", expected="each name once", got="a repeated name")
        for field, shape, dtype in (
            ("K", (n, 3, 3), np.float64),
            ("size", (n, 2), np.int32),
            ("world_from_cam", (n, 4, 4), np.float64),
        ):
            array = as_array(f"Views.{field}", getattr(self, field), shape=shape, dtype=dtype)
            check_finite(f"Views.{field}", array)
            object.__setattr__(self, field, array)
        check_rotation("Views.world_from_cam", self.world_from_cam[:, :3, :3])
        check_positions("Views.world_from_cam", self.world_from_cam[:, :3, 3])
        for i in range(n):
            self.camera(i)

    @classmethod
    def from_frames(cls, frames: Sequence[Frame]) -> Views:
        """The cameras of frames that all have a pose.

        Raises:
            ShapeError: A frame has no pose.
        """
        poses = [frame.world_from_cam for frame in frames]
        known = [pose for pose in poses if pose is not None]
        if len(known) != len(poses):
            got = f"{len(poses) - len(known)} without"
            raise ShapeError("Views of frames", expected="a pose in every frame", got=got)
        n = len(frames)
        return cls(
            tuple(frame.name or str(frame.index) for frame in frames),
            np.array([frame.camera.K for frame in frames]).reshape(n, 3, 3),
            np.array([(f.camera.width, f.camera.height) for f in frames], np.int32).reshape(n, 2),
            np.array(known).reshape(n, 4, 4),
        )

    def __len__(self) -> int:
        return len(self.name)

    def __iter__(self) -> Iterator[tuple[Camera, NDArray[np.float64]]]:
        """Camera and (4, 4) world_from_cam of each view."""
        return ((self.camera(i), self.world_from_cam[i]) for i in range(len(self)))

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> Views:
        order = np.arange(len(self))[keep]
        names = tuple(self.name[int(i)] for i in order)
        return Views(names, self.K[order], self.size[order], self.world_from_cam[order])

    def camera(self, index: int) -> Camera:
        """The intrinsics of one view."""
        width, height = self.size[index].tolist()
        return Camera(self.K[index], width, height)

    def index(self, name: str) -> int:
        """Position of the view with a given name.

        Raises:
            UnknownNameError: No view has this name.
        """
        if name not in self.name:
            raise UnknownNameError(
                f"View '{name}'",
                expected=f"one of {len(self)} names such as {', '.join(self.name[:3])}",
                got="a name that no view has",
            )
        return self.name.index(name)

    @property
    def centers(self) -> NDArray[np.float64]:
        """(F, 3) camera centers, meters, world frame."""
        return self.world_from_cam[:, :3, 3]
