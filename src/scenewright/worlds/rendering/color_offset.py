"""A color camera beside the depth camera, whose image is taken as if both were one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.worlds.rendering.pose_noise import rotations

_LARGEST_SHIFT, _LARGEST_TURN = 0.025, 1.0
"""Largest random offset, meters, and turn, degrees."""


@dataclass(frozen=True)
class ColorOffset:
    """How a color camera sits relative to the depth camera that it is not registered with.

    Some recordings pair raw images of both cameras, such as 7-Scenes (Shotton et al., CVPR 2013):
    then colors do not lie exactly on the surfaces.

    Attributes:
        shift: (x, y, z) of the color camera in the frame of the depth camera, meters.
        turn_deg: Rotation vector of the color camera, degrees.
    """

    shift: tuple[float, float, float] = (0.025, 0.0, 0.0)
    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for name in ("shift", "turn_deg"):
            values = np.asarray(getattr(self, name), np.float64)
            if values.shape != (3,) or not np.isfinite(values).all():
                raise ConventionError(
                    f"ColorOffset.{name}", expected="3 finite numbers", got=f"{getattr(self, name)}"
                )

    @property
    def depth_from_color(self) -> NDArray[np.float64]:
        """(4, 4) rigid pose of the color camera in the frame of the depth camera."""
        pose = np.eye(4)
        pose[:3, :3] = rotations(np.deg2rad(np.array([self.turn_deg], np.float64)))[0]
        pose[:3, 3] = self.shift
        return pose


def random_color_offset(rng: np.random.Generator) -> ColorOffset:
    """An offset of 3 mm to 2.5 cm, mostly sideways, and a turn of up to 1 degree."""
    direction = rng.normal(0, (1.0, 0.2, 0.1))
    shift = direction / np.linalg.norm(direction) * rng.uniform(0.003, _LARGEST_SHIFT)
    axis = rng.normal(size=3)
    turn = axis / np.linalg.norm(axis) * rng.uniform(0, _LARGEST_TURN)
    return ColorOffset(_triple(shift), _triple(turn))


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
