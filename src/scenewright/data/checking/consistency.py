"""Whether depth, intrinsics and poses are consistent, and if not, which interpretation would be.

Points of one frame, transformed into a neighboring frame by the two poses, must match the depth
measured there. Each misinterpretation (inverse poses, flipped axes, translations in another unit)
breaks this, and undoing it restores it, so that they can be told apart without ground truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.data.encodings import Intrinsics
from scenewright.data.problems import Problem
from scenewright.data.recording import Recording
from scenewright.geometry.projection import project, unproject_pixels
from scenewright.geometry.transforms import invert_rigid, transform_points

_FLIP_YZ = np.diag([1.0, -1.0, -1.0, 1.0])
_FACTORS = (0.001, 0.01, 0.1, 1 / 6.5535, 0.2, 0.25, 0.5, 2, 4, 5, 6.5535, 10, 100, 1000)
"""Ratios between the length units of sensors and data sets."""
_GRID = 32
"""Points per side of the grid that is transformed."""
_TOLERANCE = 0.03
"""Maximum error of a matching point, as a share of the depth."""
_MAX_ANGLE = np.deg2rad(15.0)
_REACH = 60
"""Maximum number of frames between the two of a pair."""
_MIN_INSIDE = 0.1
_MARGIN = 0.15
_GOOD = 0.5
_POOR = 0.35
"""Shares of matching points: a reading is reported if it is good and better by the margin."""


@dataclass(frozen=True)
class _Reading:
    """How to interpret the poses: inverted, with flipped axes, with scaled translations."""

    inverse: bool = False
    flipped: bool = False
    factor: float = 1.0

    @property
    def num_changes(self) -> int:
        return self.inverse + self.flipped + (self.factor != 1.0)


def choose_pairs(
    poses: list[NDArray[np.float64] | None], readable: list[int], *, num_pairs: int
) -> list[tuple[int, int]]:
    """Pairs of frames that overlap a lot, with as much motion between them as possible."""
    usable = [i for i in readable if poses[i] is not None]
    if len(usable) < 2:
        return []
    stack = np.array([poses[i] for i in usable])
    extent = float(np.linalg.norm(np.ptp(stack[:, :3, 3], axis=0)))
    anchors = np.unique(np.linspace(0, len(usable) - 2, num=num_pairs).round().astype(int))
    pairs = []
    for a in anchors:
        ahead = stack[a + 1 : a + 1 + _REACH]
        traces = np.einsum("ij,nij->n", stack[a, :3, :3], ahead[:, :3, :3])
        angle = np.arccos(np.clip((traces - 1) / 2, -1, 1)) / _MAX_ANGLE
        distance = np.linalg.norm(ahead[:, :3, 3] - stack[a, :3, 3], axis=1)
        # The unit of lengths is unknown here, so they are relative to the whole trajectory.
        distance = distance / (0.25 * extent) if extent else np.zeros(len(ahead))
        near = (angle <= 1) & (distance <= 1)
        step = int(np.argmax(np.where(near, angle + distance, -1))) if near.any() else 0
        pairs.append((usable[a], usable[a + 1 + step]))
    return pairs


def check_consistency(
    recording: Recording,
    poses: list[NDArray[np.float64] | None],
    *,
    pairs: list[tuple[int, int]],
    depths: dict[int, NDArray[np.float32]],
) -> tuple[float | None, list[Problem]]:
    """Searches an interpretation of the poses that fits the depth clearly better.

    Args:
        recording: The capture, with intrinsics.
        poses: `world_from_cam` of every frame, meters, or None.
        pairs: Indices of frames to compare, all of them with pose and depth.
        depths: (H, W) float32 meters by index.

    Returns:
        The factor by which translations must be multiplied to fit the depth: 1 if they fit as they
        are, and would not without translation; None if unknown. And the problems.
    """
    views = {i: _View.of(recording, i, depth=depths[i], pose=poses[i]) for p in pairs for i in p}
    seen = [(views[i], views[j]) for i, j in pairs]
    compared = [_Reading(), _Reading(factor=0.0)]
    present = np.array([_score_pair(*pair, readings=compared) for pair in seen])
    present = present[np.isfinite(present).all(axis=1)]
    if not present.size:
        return None, []
    if present[:, 0].mean() > 1 - _MARGIN:
        return _unit_factor(*present.mean(axis=0)), []
    readings = [
        _Reading(inverse, flipped, factor)
        for inverse, flipped, factor in product((False, True), (False, True), (1.0, *_FACTORS))
    ]
    # A factor must beat zero translation, or it might only hide wrong translations.
    without_translation = [replace(reading, factor=0.0) for reading in readings]
    tried = [*readings, *without_translation]
    scores = np.array([_score_pair(*pair, readings=tried) for pair in seen])
    scores = scores[np.isfinite(scores).all(axis=1)]
    means = scores.mean(axis=0)
    best = _choose(readings, means[: len(readings)])
    reading = readings[best]
    clearly_better = (
        means[best] >= _GOOD
        and means[best] >= means[0] + _MARGIN
        and np.mean(scores[:, best] > scores[:, 0]) >= 0.7
        and (reading.factor == 1 or means[best] >= means[len(readings) + best] + _MARGIN / 2)
    )
    if not clearly_better:
        unit = _unit_factor(means[0], means[len(readings)])
        return unit, [_poor_fit(float(means[0]))] if means[0] < _POOR else []
    problems = _problems(recording, reading, present=float(means[0]), better=float(means[best]))
    return (None if reading.factor == 1 else reading.factor), problems


def _unit_factor(present: float, without_translation: float) -> float | None:
    """1 if the translations are in the unit of the depth, None if that cannot be said.

    Args:
        present: Share of matching points as the poses are.
        without_translation: The same if the camera did not move.
    """
    is_shown = present >= _GOOD and present >= without_translation + _MARGIN / 2
    return 1.0 if is_shown else None


def _choose(readings: list[_Reading], means: NDArray[np.float64]) -> int:
    """The best reading; among those nearly as good, the one with the fewest changes."""
    near = np.flatnonzero(means >= means.max() - 0.03)
    return int(min(near, key=lambda i: (readings[i].num_changes, -means[i])))


def _score_pair(first: _View, second: _View, *, readings: list[_Reading]) -> list[float]:
    """For each reading, the share of matching points, over both directions of a pair."""
    scores = []
    for reading in readings:
        second_from_first = _relative(first, second, reading=reading)
        forward = _score(first, second, target_from_source=second_from_first)
        backward = _score(second, first, target_from_source=invert_rigid(second_from_first))
        scores.append((forward + backward) / 2)
    return scores


@dataclass(frozen=True, eq=False)
class _View:
    """A frame, its `world_from_cam`, and (N, 3) points of a pixel grid, meters, camera frame."""

    depth: NDArray[np.float32]
    camera: Camera
    pose: NDArray[np.float64]
    points: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        recording: Recording,
        index: int,
        *,
        depth: NDArray[np.float32],
        pose: NDArray[np.float64] | None,
    ) -> _View:
        assert pose is not None
        height, width = depth.shape
        intrinsics = recording.entries[index].intrinsics or recording.intrinsics
        assert isinstance(intrinsics, Intrinsics)
        camera = intrinsics.camera(width, height)
        rows = np.linspace(0, height - 1, _GRID).astype(int)[:, None]
        columns = np.linspace(0, width - 1, _GRID).astype(int)[None, :]
        sampled = depth[rows, columns]
        points = unproject_pixels(rows, columns, sampled, camera)
        return cls(depth, camera, pose, points[sampled > 0])


def _relative(first: _View, second: _View, *, reading: _Reading) -> NDArray[np.float64]:
    """`second_from_first` camera under an interpretation of the poses."""
    if reading.inverse:
        relative = second.pose @ invert_rigid(first.pose)
    else:
        relative = invert_rigid(second.pose) @ first.pose
    if reading.flipped:
        relative = _FLIP_YZ @ relative @ _FLIP_YZ
    scaled: NDArray[np.float64] = relative.copy()
    scaled[:3, 3] *= reading.factor
    return scaled


def _score(source: _View, target: _View, *, target_from_source: NDArray[np.float64]) -> float:
    """Share of the points visible in both views that match the depth of the target.

    NaN if the source has too few readings; 0 if too few points are inside the target image.
    """
    if len(source.points) < _GRID:
        return float("nan")
    moved = transform_points(source.points, target_from_source)
    moved = moved[moved[:, 2] > 1e-9]
    camera = target.camera
    u, v = np.floor(project(moved, camera)).T
    inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    measured = target.depth[v[inside].astype(int), u[inside].astype(int)]
    expected = moved[inside, 2][measured > 0]
    measured = measured[measured > 0]
    if len(measured) < _MIN_INSIDE * len(source.points):
        return 0.0
    return float(np.mean(np.abs(expected - measured) < _TOLERANCE * measured))


def _problems(
    recording: Recording, reading: _Reading, *, present: float, better: float
) -> list[Problem]:
    """The problems that a better interpretation implies, with their fixes."""
    got = f"{present:.0%} of the points match with the current interpretation"
    expected = f"points of one frame to match the depth of the next; {better:.0%} do"
    pose, where = recording.pose, "into capture.json in the capture folder"
    problems = []
    if reading.inverse:
        other = "cam_from_world" if pose.direction == "world_from_cam" else "world_from_cam"
        problems.append(
            Problem(
                "error",
                "pose-direction",
                f"The poses are the inverse of how they are interpreted ({pose.direction})",
                f"{expected} if the poses are interpreted as {other}",
                got,
                f'Put {{"pose": "{other}"}} {where}, or invert the matrices.',
            )
        )
    if reading.flipped:
        axes = "opengl" if pose.axes == "opencv" else "opencv"
        problems.append(
            Problem(
                "error",
                "pose-axes",
                f"The camera axes are not as they are interpreted ({pose.axes})",
                f"{expected} if y and z are flipped",
                got,
                f'Put {{"axes": "{axes}"}} {where}, or negate the second and third column of the '
                "matrices.",
            )
        )
    if reading.factor != 1:
        problems.append(
            Problem(
                "error",
                "pose-scale",
                "Depth and poses are in different units",
                f"{expected} if the translations are multiplied by {reading.factor:g}",
                got,
                f'If depth is correct, put {{"pose_scale": {pose.scale / reading.factor:g}}} '
                f'{where}; if the poses are correct, {{"depth_scale": '
                f"{recording.depth.scale * reading.factor:g}}}.",
            )
        )
    return problems


def _poor_fit(present: float) -> Problem:
    return Problem(
        "warning",
        "pose-fit",
        "The poses do not fit the depth, and no known mistake explains it",
        f"{_GOOD:.0%} or more of the points of one frame to match the depth of the next",
        f"{present:.0%}",
        "Check that images, depth and poses are in the same order, and check the intrinsics.",
    )
