"""A wall of small disks in front of two cameras, with two instances."""

from __future__ import annotations

import numpy as np

from scenewright.core import SH_C0, Frame, SurfelCloud, Views
from tests.builders import make_camera

DEPTH = 2.0


def make_wall(*, ids: bool = True) -> SurfelCloud:
    """A wall across the picture, `DEPTH` meters ahead: left red (1), right blue (2)."""
    x, y = (part.ravel() for part in np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41)))
    means = np.stack([x, y, np.full(len(x), DEPTH)], axis=1).astype(np.float32)
    colors = np.where(x[:, None] < 0, [0.9, 0.1, 0.1], [0.1, 0.1, 0.9])
    return SurfelCloud(
        means,
        np.tile(np.array([1, 0, 0, 0], np.float32), (len(x), 1)),
        np.full((len(x), 2), 0.04, np.float32),
        np.full(len(x), 0.99, np.float32),
        ((colors - 0.5) / SH_C0).astype(np.float32)[:, None],
        np.where(x < 0, 1, 2).astype(np.int32) if ids else None,
    )


def make_wall_frames(*, width: int = 32, height: int = 24) -> list[Frame]:
    """Two frames without depth that look at the wall, the second from 20 cm to the right."""
    frames = []
    for index in range(2):
        pose = np.eye(4)
        pose[0, 3] = 0.2 * index
        camera = make_camera(8, 6).resized(width, height)
        image = np.full((height, width, 3), 40 * (index + 1), np.uint8)
        frames.append(Frame(index, camera, pose, image, name=f"{index:06d}"))
    return frames


def make_wall_views() -> Views:
    """The cameras of `make_wall_frames`."""
    return Views.from_frames(make_wall_frames())
