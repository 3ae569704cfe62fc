"""Parity of the metrics of generated scenes with the published evaluation of SceneGen.

Its FilterReg rests on a lattice approximation, so its rotations are not expected from another
program. What is compared: all values without alignment; all values after the recorded rotations and
translations; the means over scenes; and our own alignment, whose Chamfer distance must not be
larger than that after FilterReg. Values after CPD are not compared, since that changes the scale
and the scale was not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_parity_tally import Tally
from scenewright.geometry.transforms import transform_points
from scenewright.metrics.shapes.alignment import align_robust
from scenewright.metrics.shapes.point_sets import (
    PointSetDistance,
    compare_point_sets,
    stretch_to_cube,
)
from scenewright.metrics.shapes.scores import (
    SceneScores,
    pool_scores,
    score_objects,
    score_scene,
)

_FLOAT = float(np.finfo(np.float32).eps)
_RELATIVE = 1e-6
_IOU_TOLERANCE = 2e-6
_F_TOLERANCE = 1e-6

Array = NDArray[np.float64]


def check_scenes(expected: Mapping[str, Any], inputs: Mapping[str, Any], tally: Tally) -> None:
    """All cases of a file of generated scenes."""
    tau = float(expected["settings"]["tau"])
    after: dict[str, SceneScores] = {}
    for case, entry in expected["cases"].items():
        predicted = np.asarray(inputs[f"{case}/pred"], np.float64)
        truth = np.asarray(inputs[f"{case}/gt"], np.float64)
        for key, points in (("pred", predicted), ("gt", truth)):
            stretched = [stretch_to_cube(one) for one in points]
            name = f"{case}/{key}_normalised"
            tally.near(name, stretched, inputs[name], tolerance=_RELATIVE)
        _check(f"{case}/none", entry["none"], predicted, truth, tau=tau, tally=tally)
        recorded = entry["filterreg"]
        if "error" in recorded:
            tally.note("the original's FilterReg stops")
            continue
        after[case] = _check(f"{case}/filterreg", recorded, predicted, truth, tau=tau, tally=tally)
        _check_alignment(case, recorded["scene_cd"][0], predicted, truth, tally)
    if "four_scenes" in expected:
        _check_means(expected["four_scenes"], after, tau, tally)


def _check(
    name: str,
    recorded: Mapping[str, Any],
    predicted: Array,
    truth: Array,
    *,
    tau: float,
    tally: Tally,
) -> SceneScores:
    """Compares one case under its recorded transforms, or without any."""
    f_scores = recorded["scene_fscore"]
    if not isinstance(f_scores, Mapping):
        f_scores = {str(tau): f_scores}
    thresholds = tuple(dict.fromkeys([*map(float, f_scores), tau]))
    matrix, placements = np.eye(4), None
    if "scene_R" in recorded:
        matrix = _rigid(recorded["scene_R"], recorded["scene_t"])
        pairs = zip(recorded["object_R"], recorded["object_t"], strict=True)
        placements = [_rigid(*pair) for pair in pairs]
    ours, theirs = list(predicted), list(truth)
    scene, ious = score_scene(ours, theirs, truth_from_predicted=matrix, thresholds=thresholds)
    assert scene is not None
    reach = float(max(np.abs(predicted).max(), np.abs(truth).max(), np.abs(matrix[:3, 3]).max()))
    parts = ("scene_cd_pred_to_gt", "scene_cd_gt_to_pred")
    if "scene_cd_1" in recorded:
        parts = ("scene_cd_1", "scene_cd_2")
    values = (scene.chamfer, scene.predicted_to_truth, scene.truth_to_predicted)
    for key, value in zip(("scene_cd", *parts), values, strict=True):
        limit = _chamfer_tolerance(recorded[key], reach)
        tally.near(f"{name}/{key}", [value], recorded[key], tolerance=limit)
    pair = (transform_points(predicted.reshape(-1, 3), matrix), truth.reshape(-1, 3))
    for key, value in f_scores.items():
        _check_f_score(f"{name}/F {key}", value[0], pair, float(key), reach, tally)
    # A box gains or loses a rounding error of its corners, large for boxes far from the origin.
    rounding = 8 * _FLOAT * reach / max(float(np.ptp(truth, axis=1).max()), 1e-12)
    limits = _IOU_TOLERANCE + rounding
    tally.near(f"{name}/iou_bbox", ious, recorded["iou_bbox"], tolerance=limits)
    objects = score_objects(
        ours, theirs, normalize=stretch_to_cube, placements=placements, thresholds=(tau,)
    )
    _check_objects(name, recorded, objects, tally)
    return SceneScores(scene, ious, {"stretched": objects})


def _check_objects(
    name: str,
    recorded: Mapping[str, Any],
    objects: Sequence[PointSetDistance | None],
    tally: Tally,
) -> None:
    found = [one for one in objects if one is not None]
    chamfer = [one.chamfer for one in found]
    limit = _chamfer_tolerance(recorded["object_cd"], 1.0)
    tally.near(f"{name}/object_cd", chamfer, recorded["object_cd"], tolerance=limit)
    scores = [next(iter(one.f_score.values())) for one in found]
    tally.near(f"{name}/object_fscore", scores, recorded["object_fscore"], tolerance=_F_TOLERANCE)


def _chamfer_tolerance(recorded: Sequence[float], reach: float) -> Array:
    """Rounding of squared float32 distances between coordinates of a given size."""
    values = np.asarray(recorded, np.float64)
    step = 4 * _FLOAT * reach
    tolerance: Array = _RELATIVE * values + 2 * np.sqrt(values) * step + step**2
    return tolerance


def _check_f_score(
    name: str, recorded: float, pair: tuple[Array, Array], tau: float, reach: float, tally: Tally
) -> None:
    """A distance that equals the threshold up to rounding may count or not."""
    slack = min(8 * _FLOAT * max(reach, 1.0) ** 2 / tau, 1e-3 * tau)
    limits = (tau - slack, tau + slack)
    low, high = compare_point_sets(*pair, thresholds=limits).f_score.values()
    tally.within(name, recorded, low=low - _F_TOLERANCE, high=high + _F_TOLERANCE)


def _check_alignment(
    case: str, recorded: float, predicted: Array, truth: Array, tally: Tally
) -> None:
    """Our alignment is at least as good as FilterReg on the Chamfer distance of the scene."""
    matrix = align_robust(predicted.reshape(-1, 3), truth.reshape(-1, 3))
    scene, _ = score_scene(list(predicted), list(truth), truth_from_predicted=matrix)
    assert scene is not None
    limit = recorded + float(_chamfer_tolerance([recorded], 1.0)[0])
    tally.within(f"{case}/own alignment", scene.chamfer, low=0.0, high=limit)


def _check_means(
    expected: Mapping[str, Any], after: Mapping[str, SceneScores], tau: float, tally: Tally
) -> None:
    pooled = pool_scores([after[case] for case in expected["scenes"]], threshold=tau)
    values = {
        "scene_cd": pooled.scene_chamfer,
        "scene_cd_1": pooled.scene_predicted_to_truth,
        "scene_cd_2": pooled.scene_truth_to_predicted,
        "scene_fscore": pooled.scene_f_score,
        "iou_bbox": pooled.box_iou,
        "object_cd": pooled.object_chamfer["stretched"],
        "object_fscore": pooled.object_f_score["stretched"],
    }
    for key, value in expected["mean"].items():
        tally.near(f"means/{key}", values[key], value, tolerance=_IOU_TOLERANCE)
    for key, count in expected["values_counted"].items():
        known = pooled.num_scenes if key.startswith("scene") else pooled.num_objects
        tally.equal(f"means/number of {key}", known, count)


def _rigid(rotation: Any, translation: Any) -> Array:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix
