"""Similarities between what was generated and what a camera measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core.checks import as_array, as_direction
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.geometry.layouts import similarity
from scenewright.geometry.transforms import transform_points, upright_frame

Floats = NDArray[np.float64]

_STARTS, _FINALISTS = 24, 3
_COARSE_ROUNDS, _FINE_ROUNDS = 8, 40
_COARSE_POINTS, _FINE_POINTS = 150, 600
"""Most points per object."""
_STILL = 1e-5
"""Change of a similarity, relative to the size of the scene, below which nothing improves."""
_KEPT = 0.8
"""Share of the pairs that count; the others are taken for errors of masks and depth."""
_MOST_CELLS, _POINTS_PER_CELL = 48, 3
_DEPTH_TOLERANCE = 0.03


def fitted_similarity(
    source: Floats, target: Floats, weights: Floats | None = None, *, with_scale: bool = True
) -> Floats:
    """The similarity between pairs of points in the sense of least squares (Umeyama, 1991).

    Args:
        source: (P, 3).
        target: (P, 3).
        weights: (P,), at least 0; None for equal ones.
        with_scale: Whether the scale is fitted; otherwise it is 1.

    Returns:
        (4, 4) target from source.

    Raises:
        ShapeError: The numbers of points differ.
        ConventionError: There are no points, or all of the source are equal.
    """
    if source.shape != target.shape:
        raise ShapeError("pairs of points", expected=f"{source.shape}", got=f"{target.shape}")
    share = np.ones(len(source)) if weights is None else np.asarray(weights, np.float64)
    total = float(share.sum())
    if not total > 0:
        raise ConventionError("pairs of points", expected="at least 1", got="none")
    share = share / total
    middle, goal = share @ source, share @ target
    away, there = source - middle, target - goal
    spread = float(share @ np.square(away).sum(axis=1))
    if not spread > 0:
        raise ConventionError("points", expected="different ones", got="all equal")
    left, values, right = np.linalg.svd((there * share[:, None]).T @ away)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    turn = (left * signs) @ right
    scale = float(values @ signs) / spread if with_scale else 1.0
    return similarity(scale, turn, goal - scale * turn @ middle)


def depth_scale(
    measured: NDArray[np.floating],
    rendered: NDArray[np.floating],
    objects: NDArray[np.integer] | None = None,
) -> float:
    """The factor from rendered to measured depth, robust against wrong pixels and wrong objects.

    Scaling a scene around the camera by this factor makes it metric. The factor is the median over
    the objects of the median ratio of their pixels.

    Args:
        measured: (P,) depth of pixels, meters; 0 = none.
        rendered: (P,) depth of the generated objects in these pixels; 0 = none.
        objects: (P,) number of the object of each pixel; None if all are one.

    Raises:
        ShapeError: The arrays differ in length.
        ConventionError: No pixel has both depths.
    """
    real = as_array("measured", measured, shape=(None,), dtype=np.float64)
    made = as_array("rendered", rendered, shape=(len(real),), dtype=np.float64)
    owner = np.zeros(len(real), np.int64) if objects is None else np.asarray(objects)
    if owner.shape != real.shape:
        raise ShapeError("objects", expected=f"{real.shape}", got=f"{owner.shape}")
    both = (real > 0) & (made > 0) & np.isfinite(real) & np.isfinite(made)
    if not both.any():
        raise ConventionError("pixels with measured and rendered depth", expected="1 or more",
                              got="none")  # fmt: skip
    ratios = np.log(real[both] / made[both])
    medians = [float(np.median(ratios[owner[both] == each])) for each in np.unique(owner[both])]
    return float(np.exp(np.median(medians)))


@dataclass(frozen=True, eq=False)
class SceneFit:
    """Result of `fit_scene`.

    Attributes:
        observed_from_scene: (4, 4) similarity.
        error: Mean distance of the pairs that count, relative to the size of what was observed.
    """

    observed_from_scene: Floats
    error: float

    @property
    def scale(self) -> float:
        """Meters per unit of the scene."""
        return float(np.cbrt(np.linalg.det(self.observed_from_scene[:3, :3])))


def fit_scene(
    generated: Sequence[NDArray[np.floating]],
    observed: Sequence[NDArray[np.floating]],
    *,
    eye: NDArray[np.floating],
    up: NDArray[np.floating],
) -> SceneFit:
    """Finds where a generated scene is, and how large, from points that a camera measured on it.

    Iterated closest points with scale, object by object, from directions all around the vertical.
    Only the side of the generated objects that the camera can see takes part, since the measured
    points are those of one side; the worst pairs do not count.

    Args:
        generated: (P_i, 3) points on the surface of each object, in the frame of the scene, z up.
        observed: (Q_i, 3) measured points of each object, meters; objects without any do not count.
        eye: (3,) center of the camera.
        up: (3,) rough direction against gravity.

    Raises:
        ShapeError: There are not as many of both.
        ConventionError: No object has points in both.
    """
    if len(generated) != len(observed):
        raise ShapeError(
            "observed objects", expected=f"{len(generated)}, as generated", got=str(len(observed))
        )
    pairs = [
        (np.asarray(made, np.float64), np.asarray(seen, np.float64))
        for made, seen in zip(generated, observed, strict=True)
        if len(made) and len(seen)
    ]
    if not pairs:
        raise ConventionError("objects with measured points", expected="1 or more", got="none")
    coarse, fine = (
        _Fit(pairs, np.asarray(eye, np.float64), most) for most in (_COARSE_POINTS, _FINE_POINTS)
    )
    upright = upright_frame(as_direction("up", up))
    starts = []
    for angle in np.arange(_STARTS) * (2 * np.pi / _STARTS):
        c, s = np.cos(angle), np.sin(angle)
        turn = upright @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        starts.append(coarse.refined(coarse.start(turn), _COARSE_ROUNDS))
    starts.sort(key=lambda found: found.error)
    finals = [fine.refined(each.observed_from_scene, _FINE_ROUNDS) for each in starts[:_FINALISTS]]
    return min(finals, key=lambda found: found.error)


class _Fit:
    """Iterated closest points between generated and observed objects."""

    def __init__(self, pairs: list[tuple[Floats, Floats]], eye: Floats, most: int) -> None:
        self.eye = eye
        pairs = [(_thinned(made, most), _thinned(seen, most)) for made, seen in pairs]
        self.made = np.concatenate([made for made, _ in pairs])
        self.seen = np.concatenate([seen for _, seen in pairs])
        self.owner = np.repeat(np.arange(len(pairs)), [len(made) for made, _ in pairs])
        self.seen_parts = [seen for _, seen in pairs]
        self.trees = [cKDTree(seen) for seen in self.seen_parts]
        self.size = max(float(np.linalg.norm(np.ptp(self.seen, axis=0))), 1e-12)

    def start(self, turn: Floats) -> Floats:
        """Scale and place by the spread and the middle of the visible points."""
        toward = self.seen.mean(axis=0) - self.eye
        far = self.made.mean(axis=0) @ turn.T - 1e3 * toward / max(np.linalg.norm(toward), 1e-12)
        visible = self.made[visible_points(self.made @ turn.T, far)]
        spread = np.linalg.norm(visible - visible.mean(axis=0), axis=1)
        goal = np.linalg.norm(self.seen - self.seen.mean(axis=0), axis=1)
        scale = float(np.median(goal) / max(np.median(spread), 1e-12))
        return similarity(scale, turn, self.seen.mean(axis=0) - scale * turn @ visible.mean(axis=0))

    def refined(self, matrix: Floats, rounds: int) -> SceneFit:
        """Repeats pairing and fitting."""
        error = np.inf
        for _ in range(rounds):
            source, target = self._pairs(matrix)
            distance = np.linalg.norm(transform_points(source, matrix) - target, axis=1)
            kept = distance <= np.quantile(distance, _KEPT)
            error = float(distance[kept].mean()) / self.size
            if np.ptp(source[kept], axis=0).max() <= 0:
                break
            after = fitted_similarity(source[kept], target[kept])
            scale = np.cbrt(np.linalg.det(after[:3, :3]))
            if not scale > 0:
                break
            if np.abs(after - matrix).max() < _STILL * self.size:
                break
            matrix = after
        return SceneFit(matrix, error)

    def _pairs(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Generated and observed points that are next to each other, both ways."""
        placed = transform_points(self.made, matrix)
        visible = visible_points(placed, self.eye)
        sources, targets = [], []
        for number, (tree, seen) in enumerate(zip(self.trees, self.seen_parts, strict=True)):
            rows = np.flatnonzero(visible & (self.owner == number))
            if not len(rows):
                rows = np.flatnonzero(self.owner == number)
            _, near = tree.query(placed[rows])
            _, back = cKDTree(placed[rows]).query(seen)
            sources += [self.made[rows], self.made[rows[back]]]
            targets += [seen[near], seen]
        return np.concatenate(sources), np.concatenate(targets)


def visible_points(points: NDArray[np.floating], eye: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(P,) which points on surfaces are not hidden by others, seen from a point.

    The directions are divided into cells; a point is visible if it is hardly farther than the
    nearest one of its cell and the cells around it.
    """
    away = np.asarray(points, np.float64) - eye
    distance = np.linalg.norm(away, axis=1)
    forward = away.mean(axis=0)
    frame = upright_frame(forward / max(float(np.linalg.norm(forward)), 1e-12))
    rays = (away / np.maximum(distance, 1e-12)[:, None]) @ frame[:, :2]
    low = rays.min(axis=0)
    cells = min(_MOST_CELLS, max(int(np.sqrt(len(rays) / _POINTS_PER_CELL)), 1))
    width = max(float(np.ptp(rays, axis=0).max()), 1e-12) / cells
    column, row = np.minimum(((rays - low) / width).astype(np.int64), cells - 1).T + 1
    nearest = np.full((cells + 2, cells + 2), np.inf)
    np.minimum.at(nearest, (row, column), distance)
    around = np.min([nearest[row + r, column + c] for r in (-1, 0, 1) for c in (-1, 0, 1)], axis=0)
    tolerance = _DEPTH_TOLERANCE * float(np.linalg.norm(np.ptp(points, axis=0)))
    is_visible: NDArray[np.bool_] = distance <= around + tolerance
    return is_visible


def _thinned(points: Floats, most: int) -> Floats:
    """At most so many of the points, evenly taken."""
    if len(points) <= most:
        return points
    return points[np.linspace(0, len(points) - 1, most).astype(np.int64)]
