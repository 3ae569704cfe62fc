"""The initial surfels of a fit, from whatever the capture has."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from scenewright.core import CaptureError, ChosenFrames, PointCloud, SurfelCloud, UnknownNameError
from scenewright.core.optional import install_hint
from scenewright.data.triangulation import triangulate_points
from scenewright.pipelines.fit_splats.silhouettes import inside_silhouettes
from scenewright.pipelines.sources.views import PictureSource
from scenewright.splats.fitting.initial import (
    initial_surfels_at_random,
    initial_surfels_from_depth,
    initial_surfels_from_pictures,
    initial_surfels_from_points,
    joined_surfels,
    neighbor_angle,
)
from scenewright.splats.fitting.targets import split_views

Start = Literal["depth", "points+sweep", "points", "triangulation", "sweep", "random"]
STARTS: tuple[Start, ...] = get_args(Start)
AUTO = "auto"
_LONG_ORDER: tuple[Start, ...] = ("depth", "points", "triangulation", "sweep", "random")
"""Of schedules that grow surfels where they lack."""
_FAR_ORDER: tuple[Start, ...] = STARTS
_NEAR_ORDER: tuple[Start, ...] = (
    "depth", "points+sweep", "points", "sweep", "triangulation", "random",
)  # fmt: skip
_WIDEST_ANGLE = 12.0
"""Degrees between neighboring views beyond which a sweep finds too little to guess the rest."""
_LEAST_POINTS = 100
_LARGEST_SHARE = 0.5
"""Of points, where a sweep is added to them."""
_GRAY = 128


@dataclass(frozen=True, eq=False)
class StartingSurfels:
    """The initial surfels of a fit.

    Attributes:
        surfels: The initial surfels.
        kind: Where they come from: ``depth`` images, ``points`` that came with the poses,
            ``triangulation`` of matched features, a plane ``sweep`` over the images, points and a
            sweep together (``points+sweep``), or ``random``.
        notes: Better kinds that were tried and failed, and why; for the report.
    """

    surfels: SurfelCloud
    kind: Start
    notes: tuple[str, ...] = ()


def make_start(
    frames: PictureSource,
    points: PointCloud | None,
    *,
    kind: str = AUTO,
    holdout_interval: int,
    max_surfels: int | None = None,
    seed: int = 0,
    dense: bool = True,
) -> StartingSurfels:
    """Makes the best initial surfels that the capture allows.

    Depth comes first, random surfels are the last resort. In between, long fits densify and prefer
    points that came with the poses. Short fits need a dense start: a plane sweep. Points are
    added to it, since they are also where images cannot be compared: far apart, or without
    texture. Without points, a sweep is preferred to triangulation (if pycolmap is installed)
    unless neighboring views look too differently. Kinds that fail are noted.

    Args:
        frames: The frames of the capture.
        points: Points that came with the poses, world frame, or None.
        kind: One of `STARTS` to use only that one, or ``auto``.
        holdout_interval: Every n-th frame is held out and must not be used.
        max_surfels: Maximum number of surfels; None takes the default of each kind.
        seed: Random seed.
        dense: Whether the fit is short.

    Raises:
        UnknownNameError: There is no such kind.
        CaptureError: The capture lacks what the requested kind needs.
    """
    if kind not in (AUTO, *STARTS):
        raise UnknownNameError(
            f"Unknown kind of initial surfels: '{kind}'",
            expected=f"one of {', '.join((AUTO, *STARTS))}",
        )
    order = _order(frames, dense=dense) if kind == AUTO else STARTS
    notes: list[str] = []
    for start in order:
        if kind not in (AUTO, start):
            continue
        lacking = _lacking(start, frames, points)
        if lacking is not None:
            if kind != AUTO:
                raise lacking
            continue
        try:
            surfels = _make(start, frames, points, holdout_interval, max_surfels, seed)
            surfels = _without_hidden(surfels, frames, holdout_interval)
        except CaptureError as error:
            if kind != AUTO or start == order[-1]:
                raise
            notes.append(f"initial surfels from {start} failed: {error.what}")
        else:
            return StartingSurfels(surfels, start, tuple(notes))
    raise AssertionError("random surfels lack nothing")


def _order(frames: PictureSource, *, dense: bool) -> tuple[Start, ...]:
    """The kinds that ``auto`` tries, best first."""
    if not dense:
        return _LONG_ORDER
    return _NEAR_ORDER if _is_near(frames) else _FAR_ORDER


def _is_near(frames: PictureSource) -> bool:
    """Whether neighboring views are similar enough to be compared nearly everywhere."""
    return _angle(frames) <= _WIDEST_ANGLE


def _without_hidden(
    surfels: SurfelCloud, frames: PictureSource, holdout_interval: int
) -> SurfelCloud:
    """The surfels without those that stand where alpha says that there is nothing."""
    if not frames.num_with_alpha:
        return surfels
    learned, _ = split_views(len(frames), holdout_interval)
    kept = inside_silhouettes(surfels.means, (frames[i] for i in learned.tolist()))
    if not kept.any():
        raise CaptureError(
            "No initial surfel stands where the images show the scene",
            expected="alpha or masks that show the same object in all images",
            got=f"{len(surfels)} surfels, all of them where images show nothing",
            do="Check the masks and the poses, or use --background none.",
        )
    return surfels[kept]


def _angle(frames: PictureSource) -> float:
    """Angle between neighboring views, degrees; infinite if they cannot be compared."""
    poses = [frame.world_from_cam for frame in frames]
    posed = np.stack([pose for pose in poses if pose is not None])
    try:
        return neighbor_angle(posed) if len(posed) > 1 else math.inf
    except CaptureError:
        return math.inf


def _lacking(kind: Start, frames: PictureSource, points: PointCloud | None) -> CaptureError | None:
    """Why a kind of start is impossible, or None."""
    if kind == "depth" and not frames.has_depth:
        return CaptureError(
            "The capture has no depth to initialize surfels from", got="no depth readings"
        )
    num_points = 0 if points is None else len(points)
    if kind.startswith("points") and num_points < _LEAST_POINTS:
        return CaptureError(
            "The capture has too few points to initialize surfels from",
            expected=f"{_LEAST_POINTS} or more",
            got=str(num_points),
        )
    if kind == "triangulation" and not _has_pycolmap():
        return CaptureError(
            "Nothing can be triangulated",
            expected="the package pycolmap",
            got="it is not installed",
            do=install_hint("sfm"),
        )
    return None


def _make(
    kind: Start,
    frames: PictureSource,
    points: PointCloud | None,
    holdout_interval: int,
    max_surfels: int | None,
    seed: int,
) -> SurfelCloud:
    limit: dict[str, Any] = {} if max_surfels is None else {"max_surfels": max_surfels}
    if kind == "depth":
        return initial_surfels_from_depth(frames, holdout_interval=holdout_interval, **limit)
    if kind == "points+sweep":
        assert points is not None
        return _from_both(
            points, frames, holdout_interval=holdout_interval, max_surfels=max_surfels, seed=seed
        )
    if kind == "sweep":
        return initial_surfels_from_pictures(frames, holdout_interval=holdout_interval, **limit)
    if kind == "random":
        # Alpha leaves a small part of them, see `_without_hidden`.
        most = 400_000 if frames.num_with_alpha else 50_000
        count = {"count": most if max_surfels is None else min(max_surfels, most)}
        return initial_surfels_at_random(frames, seed=seed, **count)
    if kind == "triangulation":
        learned, _ = split_views(len(frames), holdout_interval)
        points = triangulate_points(ChosenFrames(frames, learned.tolist()), seed=seed)
        if len(points) < _LEAST_POINTS:
            raise CaptureError(
                "Too few points were triangulated",
                expected=f"{_LEAST_POINTS} or more",
                got=str(len(points)),
            )
    assert points is not None
    return _from_points(points, max_surfels=max_surfels, seed=seed)


def _from_both(
    points: PointCloud,
    frames: PictureSource,
    *,
    holdout_interval: int,
    max_surfels: int | None,
    seed: int,
) -> SurfelCloud:
    """Points, and what a sweep found; nothing at depths guessed from a sweep that finds little."""
    num_points: int | None = None
    limit: dict[str, Any] = {}
    if max_surfels is not None:
        num_points = min(len(points), int(_LARGEST_SHARE * max_surfels))
        limit = {"max_surfels": max_surfels - num_points}
    swept = initial_surfels_from_pictures(
        frames, holdout_interval=holdout_interval, fills_holes=_is_near(frames), **limit
    )
    return joined_surfels(_from_points(points, max_surfels=num_points, seed=seed), swept)


def _from_points(points: PointCloud, *, max_surfels: int | None, seed: int) -> SurfelCloud:
    if max_surfels is not None and len(points) > max_surfels:
        order = np.random.default_rng(seed).permutation(len(points))[:max_surfels]
        points = points[np.sort(order)]
    colors = points.colors
    if colors is None:
        colors = np.full((len(points), 3), _GRAY, np.uint8)
    return initial_surfels_from_points(points.points, colors, normals=points.normals)


def _has_pycolmap() -> bool:
    return importlib.util.find_spec("pycolmap") is not None
