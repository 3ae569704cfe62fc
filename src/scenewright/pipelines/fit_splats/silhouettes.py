"""Surfels that stand where images show nothing of the scene."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame
from scenewright.splats.fitting.targets import SHOWN

_FEW_SHARE = 0.1
"""Share of the views of a point that may miss it, since silhouettes are not exact."""


def inside_silhouettes(points: NDArray[np.floating], frames: Iterable[Frame]) -> NDArray[np.bool_]:
    """Which points no image excludes: all but few of the images that see them show the scene there.

    Args:
        points: (N, 3) world frame.
        frames: Frames with poses; those without alpha exclude nothing.

    Returns:
        (N,) bool. Points that no image sees stay.
    """
    seen = np.zeros(len(points), np.int64)
    missed = np.zeros(len(points), np.int64)
    for frame in frames:
        if frame.world_from_cam is None:
            continue
        turn, place = frame.world_from_cam[:3, :3], frame.world_from_cam[:3, 3]
        local = (points - place) @ turn
        ahead = local[:, 2] > 0
        depth = np.where(ahead, local[:, 2], 1.0)
        camera = frame.camera
        columns = np.floor(camera.fx * local[:, 0] / depth + camera.cx)
        rows = np.floor(camera.fy * local[:, 1] / depth + camera.cy)
        inside = ahead & (columns >= 0) & (columns < camera.width)
        inside &= (rows >= 0) & (rows < camera.height)
        seen += inside
        if frame.alpha is not None:
            at = np.flatnonzero(inside)
            shown = frame.alpha[rows[at].astype(np.int64), columns[at].astype(np.int64)]
            missed[at[shown < SHOWN]] += 1
    return missed <= _FEW_SHARE * seen
