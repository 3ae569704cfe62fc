"""Sparse points that come with the poses of a capture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import PointCloud
from scenewright.data.pose_encodings import LEFT_HANDED
from scenewright.data.recording import Recording
from scenewright.io import read_ply_points
from scenewright.io.colmap import read_colmap_points


def read_sparse_points(recording: Recording) -> PointCloud | None:
    """The points of a recording, world frame of its poses, meters, or None.

    Raises:
        FormatError: The file is damaged.
    """
    path = recording.points
    if path is None:
        return None
    is_ply = path.suffix.lower() == ".ply"
    if is_ply:
        cloud = read_ply_points(path)
        stored = cloud.points.astype(np.float64)
    else:
        model = read_colmap_points(path)
        cloud = model.cloud()
        stored = model.points[np.isfinite(model.points).all(axis=1)]
    # Shifted before they are rounded: far from the origin, float32 has steps of centimeters.
    scaled = (stored / recording.pose.scale - recording.pose.origin).astype(np.float32)
    if recording.pose.axes in LEFT_HANDED:
        scaled[:, 1] *= -1  # as its world is mirrored
    return replace(cloud, points=scaled)
