"""Closed ways of a camera, and the tremble of the hand that carries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import NEAREST

_SAMPLES = 720
"""Points of a way; frames lie between them, so that their number never changes the way."""
_TURN_LENGTH = 0.6
"""A turn by one radian takes as long as so many metres ahead."""


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A closed way of a camera, sampled evenly in time.

    Attributes:
        eyes: (M, 3) float64 positions, metres.
        aims: (M, 3) float64 viewing directions.
        rolls: (M,) float64 turns about the viewing direction, radians.
    """

    eyes: NDArray[np.float64]
    aims: NDArray[np.float64]
    rolls: NDArray[np.float64]

    def poses(self, num_frames: int) -> NDArray[np.float64]:
        """(num_frames, 4, 4) float64 `world_from_cam`, evenly in time from the start."""
        if num_frames < 1:
            raise ConventionError("num_frames", expected="1 or more", got=str(num_frames))
        steps = np.arange(num_frames, dtype=np.float64) * (len(self.eyes) / num_frames)
        eyes, aims, rolls = (at(values, steps) for values in (self.eyes, self.aims, self.rolls))
        return np.stack(
            [
                look_at(eye, eye + aim, roll=float(roll))
                for eye, aim, roll in zip(eyes, aims, rolls, strict=True)
            ]
        )


def full_turn() -> NDArray[np.float64]:
    """(M,) angles once round, radians."""
    return np.arange(_SAMPLES, dtype=np.float64) * (2 * np.pi / _SAMPLES)


def at(values: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of a closed sequence at fractional positions."""
    first = np.floor(steps).astype(np.int64)
    share = (steps - first).reshape(-1, *[1] * (values.ndim - 1))
    num = len(values)
    between: NDArray[np.float64] = (1 - share) * values[first % num] + share * values[
        (first + 1) % num
    ]
    return between


def sway(phase: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth periodic wobble within [-1, 1]."""
    total: NDArray[np.float64] = np.zeros_like(phase)
    for frequency in (1, 3, 7):
        total += np.sin(frequency * phase + rng.uniform(0, 2 * np.pi)) / frequency
    return total / (1 + 1 / 3 + 1 / 7)


def retimed(way: CameraPath) -> CameraPath:
    """The same way, slower where the camera turns."""
    moved = np.linalg.norm(np.roll(way.eyes, -1, axis=0) - way.eyes, axis=1)
    cosines = (np.roll(way.aims, -1, axis=0) * way.aims).sum(axis=1)
    cost = moved + _TURN_LENGTH * np.arccos(np.clip(cosines, -1, 1))
    ends = np.append(0.0, np.cumsum(cost))
    num = len(way.eyes)
    steps = np.interp(np.arange(num) * (ends[-1] / num), ends, np.arange(num + 1))
    return CameraPath(at(way.eyes, steps), at(way.aims, steps), at(way.rolls, steps))


def with_hand_tremor(probe: Probe, way: CameraPath, rng: np.random.Generator) -> CameraPath:
    """The way with the tremble of a hand, once it is known to be free."""
    phase = np.arange(len(way.eyes)) * (2 * np.pi / len(way.eyes))
    eyes, aims = way.eyes.copy(), way.aims / np.linalg.norm(way.aims, axis=1, keepdims=True)
    for axis in range(3):
        for frequency in rng.integers(20, 60, 3).tolist():
            wave = np.sin(frequency * phase + rng.uniform(0, 2 * np.pi))
            eyes[:, axis] += 0.0012 * wave
            aims[:, axis] += 0.0015 * wave
    nearest = probe.clearance(eyes, limit=2 * NEAREST)
    if nearest.min() < NEAREST:
        raise ConventionError(
            "World to film",
            expected=f"a way {NEAREST:g} m away from every surface",
            got=f"{nearest.min():.2f} m at the narrowest place",
            do="Choose another trajectory or another seed.",
        )
    return CameraPath(eyes, aims, way.rolls)
