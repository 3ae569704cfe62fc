"""Whether depth, intrinsics and poses are consistent, and if not, which interpretation would be.

Points of one frame, transformed into a neighboring frame by the two poses, must match the depth
measured there. Each misinterpretation (inverse poses, other axes, translations in another unit, a
wrong focal length, depth along the rays) breaks this, and undoing it restores it, so that they can
be told apart without ground truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from scenewright.data.checking.explanations import REVERSED, explain, other_frames, poor_fit
from scenewright.data.checking.offsets import find_offset
from scenewright.data.checking.readings import (
    DepthReading,
    Reading,
    View,
    scan_factors,
    score_pair,
)
from scenewright.data.pose_encodings import (
    CameraAxes,
    ImageRoll,
    PoseDirection,
    PoseEncoding,
    QuaternionOrder,
)
from scenewright.data.problems import Problem
from scenewright.data.recording import Recording

_UNITS = (
    *(0.0001, 0.001, 0.01, 0.1, 1 / 6.5535, 0.2, 0.25, 0.256, 0.5),
    *(2, 4, 5, 6.5535, 10, 100, 1000, 4000, 5000, 10_000),
)
"""Ratios between the length units of sensors and data sets."""
_FACTORS = np.geomspace(3e-5, 3e4, 154)
"""Factors of the translations that are searched first; half a step away, all points still match."""
_FINE_FACTORS = tuple(np.geomspace(0.94, 1 / 0.94, 13).tolist())
"""Factors around an estimate, in steps of 1 %."""
_NEAR_UNIT = 0.03
"""Largest distance of an estimated factor from the ratio of units that it stands for."""
_FOCALS = tuple(np.geomspace(0.6, 1 / 0.6, 15).tolist())
"""Factors of the focal lengths that are tried first, in steps of 7.5 %."""
_FINE_FOCALS = tuple(np.geomspace(0.94, 1 / 0.94, 7).tolist())
"""Factors around the best of them, in steps of 2 %."""
_CENTERS = (-0.14, -0.07, 0.0, 0.07, 0.14)
_FINE_CENTERS = (-0.035, 0.0, 0.035)
"""Shifts of the principal point that are tried, as shares of the sides, and around the best."""
_FITS = 0.85
"""Share of matching points from which on the poses are not doubted."""
_CONVINCES = 0.75
"""The same for a transform that is estimated, on pairs that it was not made from."""
_MARGIN = 0.15
_GOOD = 0.5
_POOR = 0.35
"""Shares of matching points: a reading is reported if it is good and better by the margin."""
_SHARP_MARGIN = 0.06
"""The same for focal lengths and depth along rays, over all tolerances: they matter less."""
_MOST_PAIRS = 0.7
"""Share of the pairs that a reading must improve."""
_SHIFTS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
"""Numbers of frames by which poses may be late or early."""
_LEAST_OTHERS = 2
"""Pairs that a transform between body and camera must convince on, beside those it is made from."""
_MAX_ANGLE = np.deg2rad(15.0)
_WHOLE: tuple[PoseDirection, ...] = ("world_from_cam", "cam_from_world")
"""Directions of rotation and translation alike."""
_REACH = 60
"""Maximum number of frames between the two of a pair."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What the comparison of frames shows.

    Attributes:
        unit_factor: Factor by which translations must be multiplied to fit the depth: 1 if they
            fit as they are, and would not without translation; None if unknown.
        fit: Share of points that match as the capture is interpreted, or None if unknown.
        problems: Misinterpretations.
    """

    unit_factor: float | None
    fit: float | None
    problems: list[Problem]


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
        # The last one of equals: if all poses are the same, far frames show whether that is true.
        motion = np.where(near, angle + distance, -1)[::-1]
        step = len(ahead) - 1 - int(np.argmax(motion)) if near.any() else 0
        pairs.append((usable[a], usable[a + 1 + step]))
    return pairs


def check_consistency(
    recording: Recording,
    stored: Sequence[NDArray[np.float64] | None],
    *,
    pairs: list[tuple[int, int]],
    depths: dict[int, NDArray[np.float32]],
) -> Findings:
    """Searches an interpretation that fits the depth clearly better.

    Args:
        recording: The capture, with intrinsics.
        stored: (4, 4) pose of every frame as stored, or None.
        pairs: Indices of frames to compare, all of them with pose and depth.
        depths: (H, W) float32 meters by index.
    """
    views: dict[int, View] = {}
    for i in {i for pair in pairs for i in pair}:
        matrix = stored[i]
        assert matrix is not None
        views[i] = View.of(recording, i, depth=depths[i], stored=matrix)
    comparison = _Comparison([(views[i], views[j]) for i, j in pairs], recording.pose)
    if not comparison.seen:
        return Findings(None, None, [])
    fit = comparison.fit
    best = comparison.best_camera()
    if fit <= _FITS:
        best = comparison.best_pose(has_quaternions=recording.has_quaternions) or best
        reached = comparison.wide(best or comparison.present)
        shift = _best_shift(recording, stored, pairs=pairs, depths=depths)
        if shift is not None and reached <= _FITS and shift[1] >= reached + _MARGIN:
            return Findings(None, fit, [other_frames(shift[0], present=fit, better=shift[1])])
    if fit <= _FITS or (best is not None and any(best.center)):
        best = comparison.best_offset(best or comparison.present) or best
    if best is not None:
        problems = explain(recording, best, present=fit, better=comparison.wide(best))
        factor = comparison.unit_factor() if best.factor == 1 else best.factor
        return Findings(factor, fit, problems)
    return Findings(comparison.unit_factor(), fit, [poor_fit(fit)] if fit < _GOOD else [])


def _best_shift(
    recording: Recording,
    stored: Sequence[NDArray[np.float64] | None],
    *,
    pairs: list[tuple[int, int]],
    depths: dict[int, NDArray[np.float32]],
) -> tuple[int, float] | None:
    """By how many frames the poses are late, and their fit, if that fits clearly better.

    `REVERSED` stands for the opposite order.
    """
    shares: dict[int, tuple[float, float]] = {}
    for shift in (0, REVERSED, *_SHIFTS):
        views: dict[int, View] = {}
        for i in {i for pair in pairs for i in pair}:
            at = len(stored) - 1 - i if shift == REVERSED else i + shift
            matrix = stored[at] if 0 <= at < len(stored) else None
            if matrix is not None:
                views[i] = View.of(recording, i, depth=depths[i], stored=matrix)
        known = [(views[i], views[j]) for i, j in pairs if i in views and j in views]
        if 2 * len(known) > len(pairs):
            comparison = _Comparison(known, recording.pose)
            if comparison.seen:
                shares[shift] = comparison.sharp(comparison.present), comparison.fit
    if not shares:
        return None
    best = max(shares, key=lambda shift: shares[shift])
    present = shares.get(0, (1.0, 1.0))[1]
    is_better = shares[best][1] >= max(_GOOD, present + _MARGIN)
    return (best, shares[best][1]) if best and is_better else None


class _Comparison:
    """Pairs of views, and the scores of readings that were tried on them."""

    def __init__(self, pairs: list[tuple[View, View]], pose: PoseEncoding) -> None:
        self.present = Reading(pose)
        self.seen = [p for p in pairs if np.isfinite(score_pair(*p, self.present)).all()]
        self._scores: dict[Reading, NDArray[np.float64]] = {}

    def scores(self, reading: Reading) -> NDArray[np.float64]:
        """(P, T) shares of matching points by pair and tolerance."""
        if reading not in self._scores:
            found = np.array([score_pair(*pair, reading) for pair in self.seen])
            self._scores[reading] = np.nan_to_num(found)
        return self._scores[reading]

    def wide(self, reading: Reading) -> float:
        """Share of the points that match within the widest tolerance."""
        return float(self.scores(reading)[:, -1].mean())

    def sharp(self, reading: Reading) -> float:
        """Share of the points that match, over all tolerances."""
        return float(self.scores(reading).mean())

    @property
    def fit(self) -> float:
        """Share of the points that match as the capture is interpreted."""
        return self.wide(self.present)

    def _improves_most_pairs(self, reading: Reading) -> bool:
        better = self.scores(reading).mean(axis=1) > self.scores(self.present).mean(axis=1)
        return float(better.mean()) >= _MOST_PAIRS

    def unit_factor(self) -> float | None:
        """1 if the translations are in the unit of the depth, None if that cannot be said."""
        still = self.wide(replace(self.present, factor=0.0))
        is_shown = self.fit >= _GOOD and self.fit >= still + _MARGIN / 2
        return 1.0 if is_shown else None

    def best_camera(self) -> Reading | None:
        """Another camera or kind of depth that fits clearly better."""
        tried = [
            self.present,
            *self._camera_readings(),
            *self._center_readings(),
            *self._with_factor(self.present),
        ]
        best = max(tried, key=self.sharp)
        is_better = (
            self.wide(best) >= _GOOD
            and self.sharp(best) >= self.sharp(self.present) + _SHARP_MARGIN
            and self._improves_most_pairs(best)
            and self._is_more_than_still(best)
        )
        return best if is_better else None

    def _camera_readings(self) -> list[Reading]:
        focals = [replace(self.present, focal=focal) for focal in _FOCALS]
        near = max(focals, key=self.sharp).focal
        fine = [replace(self.present, focal=near * factor) for factor in _FINE_FOCALS]
        kinds: tuple[DepthReading, ...] = ("ray", "rotated", "swapped")
        others = [replace(self.present, depth=kind) for kind in kinds]
        return [*(r for r in (*focals, *fine) if abs(r.focal - 1) > 1e-6), *others]

    def _center_readings(self) -> list[Reading]:
        """Other principal points, as those of images that were cropped."""

        def around(near: tuple[float, float], steps: tuple[float, ...]) -> list[Reading]:
            shifts = [(near[0] + x, near[1] + y) for x in steps for y in steps]
            return [replace(self.present, center=shift) for shift in shifts if any(shift)]

        coarse = around((0.0, 0.0), _CENTERS)
        return coarse + around(max(coarse, key=self.sharp).center, _FINE_CENTERS)

    def _is_more_than_still(self, reading: Reading) -> bool:
        """Whether a factor beats zero translation; it might only hide wrong translations."""
        still = self.wide(replace(reading, factor=0.0))
        return reading.factor == 1 or self.wide(reading) >= still + _MARGIN / 2

    def best_pose(self, *, has_quaternions: bool) -> Reading | None:
        """Another reading of the poses or of the depth that fits clearly better."""
        tried = [self.present]
        for reading in self._pose_readings(has_quaternions):
            tried += [reading, *self._with_factor(reading)]
        tried += self._turned_readings()
        tried += self._with_factor(replace(self.present, depth="disparity"))
        tried += self._camera_readings() + self._center_readings()
        means = np.array([self.sharp(reading) for reading in tried])
        # Of those nearly as good, the one with the fewest changes.
        near = np.flatnonzero(means >= means.max() - 0.03)
        changes = [reading.num_changes(self.present.pose) for reading in tried]
        # Rotated bits are a factor of 8 as long as depth is small, so a factor comes last.
        best = tried[int(min(near, key=lambda i: (changes[i], tried[i].factor != 1, -means[i])))]
        is_better = (
            self.wide(best) >= max(_GOOD, self.fit + _MARGIN)
            and self._improves_most_pairs(best)
            and self._is_more_than_still(best)
        )
        return best if is_better else None

    def best_offset(self, near: Reading) -> Reading | None:
        """Poses of another body than the camera, if they fit clearly better than a reading.

        The transform is estimated on half of the pairs and must convince on the other half.
        """
        learned, others = self.seen[::2], self.seen[1::2]
        # A turned camera and another principal point look much alike.
        is_center = any(near.center)
        if (self.wide(near) > _FITS and not is_center) or len(others) < _LEAST_OTHERS:
            return None
        offset = find_offset(learned, self.present)
        if offset is None:
            return None
        found = replace(self.present, pose=self.present.pose.moved(offset))
        gains = (self.scores(found) - self.scores(near)).mean(axis=1)
        is_better = (
            float(self.scores(found)[1::2, -1].mean()) >= _CONVINCES
            and self._is_clearly_better(found, near)
            and float((gains[1::2] > 0).mean()) >= _MOST_PAIRS
        )
        return found if is_better else None

    def _is_clearly_better(self, found: Reading, near: Reading) -> bool:
        if any(near.center):
            return self.sharp(found) >= self.sharp(near) + _MARGIN / 4
        return self.wide(found) >= self.wide(near) + _MARGIN

    def _pose_readings(self, has_quaternions: bool) -> list[Reading]:
        orders = get_args(QuaternionOrder) if has_quaternions else (self.present.pose.quaternion,)
        return [
            Reading(replace(self.present.pose, direction=direction, axes=axes, quaternion=order))
            for direction, axes, order in product(
                get_args(PoseDirection), get_args(CameraAxes), orders
            )
        ]

    def _turned_readings(self) -> list[Reading]:
        """Turned images, as phones make them, whose poses are in meters."""
        return [
            replace(reading, pose=replace(reading.pose, roll=roll))
            for reading in self._pose_readings(has_quaternions=False)
            for roll in get_args(ImageRoll)
            if roll != reading.pose.roll and reading.pose.direction in _WHOLE
        ]

    def _with_factor(self, reading: Reading) -> list[Reading]:
        """The reading with the best factor of the translations, if there is one."""
        scores = np.mean([scan_factors(*p, reading, _FACTORS) for p in self.seen], axis=0)
        if scores.max() < _POOR:
            return []
        coarse = float(_FACTORS[int(scores.argmax())])
        fine = coarse * np.geomspace(0.8, 1.25, 46)
        scores = np.mean([scan_factors(*p, reading, fine) for p in self.seen], axis=0)
        # All factors in the middle of the peak are equally good.
        factor = float(np.exp(np.log(fine[scores >= scores.max() - 0.01]).mean()))
        if abs(np.log(factor)) < _NEAR_UNIT:
            return []
        unit = min(_UNITS, key=lambda u: abs(np.log(u / factor)))
        if abs(np.log(unit / factor)) < _NEAR_UNIT:
            return [replace(reading, factor=unit)]
        near = [replace(reading, factor=factor * step) for step in _FINE_FACTORS]
        best = max(near, key=self.sharp)
        if abs(np.log(unit / best.factor)) < _NEAR_UNIT:
            return [replace(reading, factor=unit)]
        return [replace(best, factor=float(f"{best.factor:.3g}"))]
