"""Closed camera paths, their timing, and hand tremor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import NEAREST

_SAMPLES = 720
"""Samples of a path; frames are interpolated, so that their number never changes the path."""
_TURN_LENGTH = 0.6
"""A turn by one radian takes as long as moving this many meters."""


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A closed camera path, sampled evenly in time.

    Attributes:
        positions: (M, 3) float64, meters.
        directions: (M, 3) float64 viewing directions.
        rolls: (M,) float64 rotations about the viewing direction, radians.
    """

    positions: NDArray[np.float64]
    directions: NDArray[np.float64]
    rolls: NDArray[np.float64]

    def poses(self, num_frames: int) -> NDArray[np.float64]:
        """(num_frames, 4, 4) float64 `world_from_cam`, evenly spaced in time from the start."""
        if num_frames < 1:
            raise ConventionError("num_frames", expected="1 or more", got=str(num_frames))
        steps = np.arange(num_frames, dtype=np.float64) * (len(self.positions) / num_frames)
        positions, directions, rolls = (
            interpolate_closed(values, steps)
            for values in (self.positions, self.directions, self.rolls)
        )
        return np.stack(
            [
                look_at(position, position + direction, roll=float(roll))
                for position, direction, roll in zip(positions, directions, rolls, strict=True)
            ]
        )


def full_turn() -> NDArray[np.float64]:
    """(M,) angles of one full turn, radians, one for each sample of a path."""
    return np.arange(_SAMPLES, dtype=np.float64) * (2 * np.pi / _SAMPLES)


def interpolate_closed(
    values: NDArray[np.float64], steps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear interpolation of the rows of a closed sequence at fractional indices."""
    first = np.floor(steps).astype(np.int64)
    share = (steps - first).reshape(-1, *[1] * (values.ndim - 1))
    num = len(values)
    between: NDArray[np.float64] = (1 - share) * values[first % num] + share * values[
        (first + 1) % num
    ]
    return between


def sway(phase: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth periodic signal within [-1, 1], for slow movements of a hand."""
    total: NDArray[np.float64] = np.zeros_like(phase)
    for frequency in (1, 3, 7):
        total += np.sin(frequency * phase + rng.uniform(0, 2 * np.pi)) / frequency
    return total / (1 + 1 / 3 + 1 / 7)


def retimed(path: CameraPath) -> CameraPath:
    """The same path, slower where the camera turns."""
    distances = np.linalg.norm(np.roll(path.positions, -1, axis=0) - path.positions, axis=1)
    cosines = (np.roll(path.directions, -1, axis=0) * path.directions).sum(axis=1)
    durations = distances + _TURN_LENGTH * np.arccos(np.clip(cosines, -1, 1))
    times = np.append(0.0, np.cumsum(durations))
    num = len(path.positions)
    steps = np.interp(np.arange(num) * (times[-1] / num), times, np.arange(num + 1))
    return CameraPath(
        interpolate_closed(path.positions, steps),
        interpolate_closed(path.directions, steps),
        interpolate_closed(path.rolls, steps),
    )


def with_hand_tremor(probe: Probe, path: CameraPath, rng: np.random.Generator) -> CameraPath:
    """The path with hand tremor, checked to keep clear of every surface.

    Raises:
        ConventionError: The path comes closer than `NEAREST` to a surface.
    """
    phase = np.arange(len(path.positions)) * (2 * np.pi / len(path.positions))
    positions = path.positions.copy()
    directions = path.directions / np.linalg.norm(path.directions, axis=1, keepdims=True)
    for axis in range(3):
        for frequency in rng.integers(20, 60, 3).tolist():
            wave = np.sin(frequency * phase + rng.uniform(0, 2 * np.pi))
            positions[:, axis] += 0.0012 * wave
            directions[:, axis] += 0.0015 * wave
    nearest = probe.clearance(positions, limit=2 * NEAREST)
    if nearest.min() < NEAREST:
        raise ConventionError(
            "World to film",
            expected=f"a path at least {NEAREST:g} m away from every surface",
            got=f"{nearest.min():.2f} m at the narrowest point",
            do="Choose another trajectory or another seed.",
        )
    return CameraPath(positions, directions, path.rolls)
