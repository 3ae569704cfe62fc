"""Point clouds with per-point attributes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError


@dataclass(frozen=True, eq=False)
class PointCloud:
    """Points in the world frame.

    Attributes:
        points: (N, 3) float32, meters.
        colors: (N, 3) uint8 RGB, or None.
        normals: (N, 3) float32 unit vectors, or None.
        instance_id: (N,) int32, 0 = no instance, or None if unknown.
        fragment_id: (N,) int32, 0 = none: fragments that are not among the instances (see
            `Scene.fragments`), or None if there are none.
    """

    points: NDArray[np.float32]
    colors: NDArray[np.uint8] | None = None
    normals: NDArray[np.float32] | None = None
    instance_id: NDArray[np.int32] | None = None
    fragment_id: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        points = as_array("PointCloud.points", self.points, shape=(None, 3), dtype=np.float32)
        check_finite("PointCloud.points", points)
        object.__setattr__(self, "points", points)
        n = len(points)
        if self.colors is not None:
            colors = as_array("PointCloud.colors", self.colors, shape=(n, 3), dtype=np.uint8)
            object.__setattr__(self, "colors", colors)
        if self.normals is not None:
            normals = as_array("PointCloud.normals", self.normals, shape=(n, 3), dtype=np.float32)
            object.__setattr__(self, "normals", normals)
        for name in ("instance_id", "fragment_id"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._checked_ids(name))

    def _checked_ids(self, name: str) -> NDArray[np.int32]:
        n = len(self.points)
        ids = as_array(f"PointCloud.{name}", getattr(self, name), shape=(n,), dtype=np.int32)
        if n and ids.min() < 0:
            raise ConventionError(f"PointCloud.{name}", expected="0 or more", got=str(ids.min()))
        return ids

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> PointCloud:
        """The points selected by a boolean mask, an index array or a slice."""
        return PointCloud(
            self.points[keep],
            None if self.colors is None else self.colors[keep],
            None if self.normals is None else self.normals[keep],
            None if self.instance_id is None else self.instance_id[keep],
            None if self.fragment_id is None else self.fragment_id[keep],
        )

    def with_instance_id(self, instance_id: NDArray[np.int32]) -> PointCloud:
        """The same points with new instance ids."""
        return replace(self, instance_id=instance_id)
