"""Worlds far from the origin, as in survey coordinates, are shifted next to it on reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.decode import read_stored_pose
from scenewright.data.problems import Problem
from scenewright.data.recording import Recording

FAR = 10_000.0
"""Distance from the origin, meters, from which on steps of stored points are a millimeter."""
_NUM_POSES = 9
_ROUNDED = 100.0
"""The shift is a multiple of this, so that it can be written down."""


def near_origin(recording: Recording) -> Recording:
    """A recording whose cameras are near the origin, unless capture.json names an origin.

    A few poses are looked at. The shift is noted, and is a warning, since results are in the
    shifted world.

    Args:
        recording: With all settings applied.
    """
    if any(recording.pose.origin):
        return recording
    center = _center(recording)
    if center is None or float(np.abs(center).max()) < FAR:
        return recording
    x, y, z = (float(value) for value in np.round(center / _ROUNDED) * _ROUNDED)
    shift = f"{x:.0f}, {y:.0f}, {z:.0f}"
    problem = Problem(
        "warning",
        "pose-origin",
        f"The cameras are {float(np.abs(center).max()) / 1000:.0f} km from the origin: the world "
        "was shifted",
        f"positions within {FAR / 1000:.0f} km of the origin, since those of points have 24 bits",
        f"a shift by ({shift}) m, which is subtracted from all positions",
        f"Add ({shift}) to the coordinates of results to get those of the poses.",
    )
    return replace(
        recording,
        pose=replace(recording.pose, origin=(x, y, z)),
        notes=(*recording.notes, f"the origin of the world is at ({shift}) m of the stored poses"),
        problems=(*recording.problems, problem),
    )


def _center(recording: Recording) -> NDArray[np.float64] | None:
    """(3,) median position of some cameras, meters, or None if none has a valid pose."""
    entries = [entry for entry in recording.entries if entry.pose is not None]
    if not entries:
        return None
    chosen = np.unique(np.linspace(0, len(entries) - 1, _NUM_POSES).round().astype(int))
    # The origin is subtracted before a left-handed world is mirrored.
    stored_world = replace(recording.pose, axes="opencv")
    centers = []
    for i in chosen.tolist():
        try:
            stored = read_stored_pose(entries[i])
        except CaptureError:
            continue
        pose = None if stored is None else stored_world.world_from_cam(stored)
        if pose is not None:
            centers.append(pose[:3, 3])
    return np.median(centers, axis=0) if centers else None
