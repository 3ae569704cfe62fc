"""Simulated errors of tracked camera poses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PoseNoise:
    """Errors of a tracked trajectory: slow drift, and independent jitter of each frame.

    Attributes:
        drift: Standard deviation of the steps of a random walk, meters per frame.
        drift_deg: The same for the orientation, degrees per frame.
        jitter: Standard deviation of the independent error of each frame, meters.
        jitter_deg: The same for the orientation, degrees.
    """

    drift: float = 0.0005
    drift_deg: float = 0.01
    jitter: float = 0.002
    jitter_deg: float = 0.1

    def disturb(
        self, world_from_cam: NDArray[np.float64], *, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Adds the errors to true poses; the first pose has jitter but no drift.

        Args:
            world_from_cam: (N, 4, 4) true poses.
            rng: Source of all random numbers.

        Returns:
            (N, 4, 4) float64 `world_from_cam` as a tracker would report them.
        """
        num = len(world_from_cam)
        steps = rng.standard_normal((2, num, 3))
        walk = np.cumsum(steps, axis=1) - steps[:, :1]
        jitter = rng.standard_normal((2, num, 3))
        shift = self.drift * walk[0] + self.jitter * jitter[0]
        turn = np.deg2rad(self.drift_deg * walk[1] + self.jitter_deg * jitter[1])
        result = np.array(world_from_cam, np.float64)
        result[:, :3, :3] = result[:, :3, :3] @ rotations(turn)
        result[:, :3, 3] += shift
        return result


def rotations(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 3) rotations of (N, 3) axis-angle vectors, radians (Rodrigues' formula)."""
    angle = np.linalg.norm(turns, axis=1)[:, None, None]
    x, y, z = (turns / np.maximum(angle[:, 0], 1e-12)).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    rotations: NDArray[np.float64] = (
        np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    )
    return rotations
