"""The camera that a picture is assumed to be from."""

from __future__ import annotations

import numpy as np

from scenewright.core import Camera, ConventionError


def assumed_camera(height: int, width: int, *, fov: float) -> Camera:
    """A camera with a centered principal point and a horizontal field of view, degrees.

    Raises:
        ConventionError: The field of view is out of range.
    """
    if not 1 <= fov <= 170:
        raise ConventionError("fov", expected="1 to 170 degrees", got=f"{fov:g}")
    focal = width / 2 / float(np.tan(np.deg2rad(fov) / 2))
    return Camera.from_focal(focal, focal, width / 2, height / 2, width=width, height=height)
