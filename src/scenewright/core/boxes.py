"""Oriented boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_rotation
from scenewright.core.errors import ConventionError


@dataclass(frozen=True, eq=False)
class Box3D:
    """An oriented box in the world frame.

    Attributes:
        center: (3,) float64, meters.
        size: (3,) float64, full extents along the box axes, meters.
        rotation: (3, 3) float64; its columns are the box axes in the world frame.
    """

    center: NDArray[np.float64]
    size: NDArray[np.float64]
    rotation: NDArray[np.float64]

    def __post_init__(self) -> None:
        center = as_array("Box3D.center", self.center, shape=(3,), dtype=np.float64)
        size = as_array("Box3D.size", self.size, shape=(3,), dtype=np.float64)
        rotation = as_array("Box3D.rotation", self.rotation, shape=(3, 3), dtype=np.float64)
        check_finite("Box3D.center", center)
        check_finite("Box3D.size", size)
        check_rotation("Box3D.rotation", rotation)
        if (size < 0).any():
            raise ConventionError("Box3D.size", expected="0 or more", got=f"{size.tolist()}")
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "rotation", rotation)

    @property
    def volume(self) -> float:
        """Volume, cubic meters."""
        return float(np.prod(self.size))

    def corners(self) -> NDArray[np.float64]:
        """(8, 3) corners, meters, world; bits 0, 1, 2 of the row index give the side in x, y, z."""
        signs = (np.arange(8)[:, None] >> np.arange(3)) & 1
        return self.center + ((signs - 0.5) * self.size) @ self.rotation.T

    def contains(self, points: NDArray[np.floating], *, margin: float = 0.0) -> NDArray[np.bool_]:
        """Whether each of (N, 3) world points lies in the box, enlarged by `margin` meters."""
        local = (np.asarray(points, dtype=np.float64) - self.center) @ self.rotation
        inside: NDArray[np.bool_] = np.all(np.abs(local) <= self.size / 2 + margin, axis=1)
        return inside
