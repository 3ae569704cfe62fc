"""Scores of a generated scene on point sets of its objects, and their means over scenes.

A scene with an object that was not predicted is scored, not skipped: the object has a box IoU and
an F-score of 0 and no Chamfer distance, and it is counted as a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core.errors import ShapeError
from scenewright.geometry.transforms import transform_points
from scenewright.metrics.shapes.point_sets import (
    F_THRESHOLD,
    PointSetDistance,
    as_points,
    box_iou,
    compare_point_sets,
    fit_in_cube,
    stretch_to_cube,
)

Points = NDArray[np.float64]
Normalization = Callable[[ArrayLike], Points]
PointSets = Sequence[ArrayLike | None]

OBJECT_NORMALIZATIONS: Final[dict[str, Normalization]] = {
    "stretched": stretch_to_cube,
    "isotropic": fit_in_cube,
}
"""Normalizations of objects by name: each axis on its own as in published tables, or all alike."""


@dataclass(frozen=True)
class SceneScores:
    """Scores of one scene under one alignment.

    Attributes:
        scene: All points of the prediction against all of the truth; None if nothing was predicted.
        box_iou: Per true object; 0 if it was not predicted.
        objects: By name of a normalization: per true object, None if it was not predicted.
    """

    scene: PointSetDistance | None
    box_iou: tuple[float, ...]
    objects: dict[str, tuple[PointSetDistance | None, ...]]

    @property
    def num_failed(self) -> int:
        """Number of true objects that were not predicted."""
        return max(
            (sum(one is None for one in found) for found in self.objects.values()), default=0
        )


@dataclass(frozen=True)
class PooledScores:
    """Means over scenes, as the published tables pool them.

    Scene values are means over scenes; values of objects are means over all objects of all scenes.
    A Chamfer distance is a mean over what was predicted; F-scores and IoU count failures as 0. NaN
    without values.

    Attributes:
        scene_chamfer: Chamfer distance of scenes.
        scene_predicted_to_truth: Its part from the prediction to the truth.
        scene_truth_to_predicted: Its part from the truth to the prediction.
        scene_f_score: 0 to 1.
        box_iou: Mean over objects.
        object_chamfer: By normalization.
        object_f_score: By normalization.
        num_scenes: Number of scenes.
        num_failed_scenes: Scenes without any prediction.
        num_objects: Number of true objects.
        num_failed_objects: True objects that were not predicted.
    """

    scene_chamfer: float
    scene_predicted_to_truth: float
    scene_truth_to_predicted: float
    scene_f_score: float
    box_iou: float
    object_chamfer: dict[str, float]
    object_f_score: dict[str, float]
    num_scenes: int
    num_failed_scenes: int
    num_objects: int
    num_failed_objects: int


def score_scene(
    predicted: PointSets,
    truth: Sequence[ArrayLike],
    *,
    truth_from_predicted: NDArray[np.float64] | None = None,
    extra: Sequence[ArrayLike] = (),
    thresholds: Sequence[float] = (F_THRESHOLD,),
) -> tuple[PointSetDistance | None, tuple[float, ...]]:
    """Scores the whole scene, and the box of each object in it.

    Args:
        predicted: (N, 3) points of the prediction of each true object, or None if it failed.
        truth: (M, 3) points of each true object, the same objects in the same order.
        truth_from_predicted: (4, 4) alignment; None = identity.
        extra: (N, 3) points of predicted objects that belong to no true one; they count as points
            of the predicted scene.
        thresholds: Of the F-score.

    Returns:
        The distance of the scenes (None if nothing was predicted), and the IoU of the boxes.

    Raises:
        ShapeError: The numbers of objects differ, or a set is empty.
    """
    _check_counts(predicted, truth)
    matrix = np.eye(4) if truth_from_predicted is None else truth_from_predicted
    moved = [None if one is None else _moved(one, matrix) for one in predicted]
    cloud = [one for one in moved if one is not None] + [_moved(one, matrix) for one in extra]
    wanted = [as_points("true points", one) for one in truth]
    ious = tuple(
        0.0 if one is None else box_iou(one, other)
        for one, other in zip(moved, wanted, strict=True)
    )
    if not cloud:
        return None, ious
    whole = np.concatenate(wanted)
    return compare_point_sets(np.concatenate(cloud), whole, thresholds=thresholds), ious


def score_objects(
    predicted: PointSets,
    truth: Sequence[ArrayLike],
    *,
    normalize: Normalization,
    placements: Sequence[NDArray[np.float64] | None] | None = None,
    thresholds: Sequence[float] = (F_THRESHOLD,),
) -> tuple[PointSetDistance | None, ...]:
    """Scores the shape of each object on its own, wherever it is in the scene.

    Args:
        predicted: (N, 3) points of the prediction of each true object, or None if it failed.
        truth: (M, 3) points of each true object.
        normalize: Applied to prediction and truth before they are compared.
        placements: (4, 4) transform of the normalized predicted points of each object to the true
            ones, see `align_objects`; None = no alignment.
        thresholds: Of the F-score.
    """
    _check_counts(predicted, truth)
    found: list[PointSetDistance | None] = []
    matrices = [None] * len(truth) if placements is None else placements
    for one, other, matrix in zip(predicted, truth, matrices, strict=True):
        if one is None:
            found.append(None)
            continue
        ours = normalize(one) if matrix is None else transform_points(normalize(one), matrix)
        found.append(compare_point_sets(ours, normalize(other), thresholds=thresholds))
    return tuple(found)


def align_objects(
    predicted: PointSets,
    truth: Sequence[ArrayLike],
    *,
    normalize: Normalization,
    align: Callable[[Points, Points], NDArray[np.float64]],
) -> list[NDArray[np.float64] | None]:
    """Aligns each normalized object with the true one; the result is for `score_objects`.

    Args:
        predicted: (N, 3) points of the prediction of each true object, or None if it failed.
        truth: (M, 3) points of each true object.
        normalize: Applied to prediction and truth before they are aligned.
        align: Gives the (4, 4) transform of predicted to true points.
    """
    _check_counts(predicted, truth)
    return [
        None if one is None else align(normalize(one), normalize(other))
        for one, other in zip(predicted, truth, strict=True)
    ]


def pool_scores(scenes: Sequence[SceneScores], *, threshold: float = F_THRESHOLD) -> PooledScores:
    """Means over scenes and over all of their objects.

    Args:
        scenes: Scores under the same alignment.
        threshold: Of the F-score; must be among those that were measured.
    """
    whole = [one.scene for one in scenes if one.scene is not None]
    num_failed = len(scenes) - len(whole)
    names = list(dict.fromkeys(name for one in scenes for name in one.objects))
    objects = {
        name: [value for one in scenes for value in one.objects.get(name, ())] for name in names
    }
    known = {name: [one for one in found if one is not None] for name, found in objects.items()}
    ious = [value for one in scenes for value in one.box_iou]
    return PooledScores(
        _mean([one.chamfer for one in whole]),
        _mean([one.predicted_to_truth for one in whole]),
        _mean([one.truth_to_predicted for one in whole]),
        _mean([one.f_score[threshold] for one in whole] + [0.0] * num_failed),
        _mean(ious),
        {name: _mean([one.chamfer for one in found]) for name, found in known.items()},
        {
            name: _mean([0.0 if one is None else one.f_score[threshold] for one in found])
            for name, found in objects.items()
        },
        len(scenes),
        num_failed,
        len(ious),
        sum(one.num_failed for one in scenes),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _moved(points: ArrayLike, matrix: NDArray[np.float64]) -> Points:
    return transform_points(as_points("predicted points", points), matrix)


def _check_counts(predicted: PointSets, truth: Sequence[ArrayLike]) -> None:
    if len(predicted) != len(truth) or not len(truth):
        raise ShapeError(
            "predicted objects",
            expected=f"{max(len(truth), 1)}, one per true object (None for a failure)",
            got=str(len(predicted)),
        )
