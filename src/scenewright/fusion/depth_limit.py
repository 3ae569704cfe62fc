"""The depth up to which readings of a stream are used, from its first frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.frame import Frame
from scenewright.geometry.depth_range import MAX_REACH, choose_depth_range

NUM_FRAMES = 16
"""Number of frames after which the limit no longer changes."""


class DepthLimit:
    """Chooses the limit of a stream without looking ahead.

    The noise of the sensor is estimated again whenever the number of frames has doubled, up to
    `NUM_FRAMES`. How far these frames look has no influence, since later ones may look farther.

    Args:
        voxel_size: Edge length of a voxel, meters.

    Attributes:
        max_depth: The present limit, meters.
    """

    def __init__(self, *, voxel_size: float) -> None:
        self.max_depth = MAX_REACH * voxel_size
        self._voxel_size = voxel_size
        self._depths: list[NDArray[np.float32]] = []
        self._poses: list[NDArray[np.float64]] = []
        self._num_frames = 0

    def add(self, frame: Frame) -> float:
        """Takes the next frame, which has depth and a pose, into account; returns the limit."""
        if self._num_frames >= NUM_FRAMES:
            return self.max_depth
        assert frame.depth is not None and frame.world_from_cam is not None
        self._num_frames += 1
        self._depths.append(frame.depth)
        self._poses.append(frame.world_from_cam)
        if self._num_frames & (self._num_frames - 1) == 0:
            found = choose_depth_range(
                self._depths, self._poses, voxel_size=self._voxel_size, is_complete=False
            )
            self.max_depth = found.max_depth
        if self._num_frames == NUM_FRAMES:
            self._depths, self._poses = [], []
        return self.max_depth
