"""Views of plain walls, for tests of depth sensors."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.rendering import DepthCamera, View
from tests.worlds.rendering_builders import CAMERA

SHAPE = (120, 160)


def wall(distance: float, *, gray: int = 128, texture: int = 0) -> View:
    """A wall that faces the camera, plain or with random gray levels of a spread."""
    levels = np.random.default_rng(9).integers(-texture, texture + 1, SHAPE)
    image = np.repeat((gray + levels)[:, :, None], 3, axis=2).astype(np.uint8)
    return View(
        image,
        np.full(SHAPE, distance, np.float32),
        np.zeros((*SHAPE, 3), np.float32),
        np.ones(SHAPE, np.int32),
    )


def stepped(near: float, far: float, *, texture: int = 0) -> View:
    """A near wall in the right half of the image, a far one in the left half."""
    view = wall(far, texture=texture)
    view.depth[:, 80:] = near
    return view


def observe(sensor: DepthCamera, view: View, *, seed: int = 0) -> np.ndarray:
    """The reading of a sensor."""
    return sensor.observe(view, CAMERA, rng=np.random.default_rng(seed))
