"""Small frames for the tests of the backends."""

from __future__ import annotations

import numpy as np

from scenewright.core import Camera, Frame


def make_frame(name: str = "000000", *, width: int = 8, height: int = 6, **fields: object) -> Frame:
    """A frame of a small camera with the given name."""
    camera = Camera.from_focal(8.0, 8.0, width / 2, height / 2, width=width, height=height)
    return Frame(0, camera, np.eye(4), name=name, **fields)  # type: ignore[arg-type]
