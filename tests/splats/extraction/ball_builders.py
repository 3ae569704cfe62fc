"""Two balls on a floor, seen from above."""

from __future__ import annotations

import numpy as np

from scenewright.core import (
    SurfelCloud,
    Views,
)
from tests.splats.shape_builders import (
    joined,
    plane,
    sphere,
    views_from,
)

BALLS = {1: (-0.8, 0.0, 0.6), 2: (0.8, 0.2, 0.5)}


def two_balls() -> tuple[SurfelCloud, Views]:
    """Two balls on a floor, seen from above all around."""
    scene = joined(
        plane(5.0, spacing=0.12),
        sphere(700, radius=0.6, center=BALLS[1], instance=1),
        sphere(700, radius=0.5, center=BALLS[2], instance=2, color=(0.1, 0.7, 0.3)),
    )
    angles = np.arange(9) * np.pi / 4.5
    eyes = np.stack([3.2 * np.cos(angles), 3.2 * np.sin(angles), 1.2 + 0.8 * np.cos(3 * angles)])
    return scene, views_from(eyes.T, target=(0, 0, 0.4), width=128, height=112, focal=95.0)
