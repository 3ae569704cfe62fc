"""Tables and JSON values of generated scenes against true ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from scenewright.metrics.reports.tables import (
    format_fixed,
    format_percent,
    format_table,
    json_number,
)
from scenewright.metrics.shapes.layout import PlacementError
from scenewright.metrics.shapes.point_sets import F_THRESHOLD, PointSetDistance
from scenewright.metrics.shapes.scene_shapes import SceneComparison
from scenewright.metrics.shapes.scores import PooledScores, SceneScores, pool_scores

TRUTH_ITSELF: Final = "the truth against itself"


def format_scores(rows: Mapping[str, PooledScores]) -> str:
    """A table of Chamfer distances, F-scores and box IoU, one row per name.

    CD is squared and summed over both directions, in normalized units; F-scores (threshold 0.1) and
    IoU are percentages. S is the scene, O its objects, each axis stretched to the same length; iso
    keeps their proportions.
    """
    header = (
        "",
        "CD-S",
        "to truth",
        "to pred",
        "F-S",
        "IoU-B",
        "CD-O",
        "F-O",
        "CD-O iso",
        "F-O iso",
    )
    cells = []
    for name, one in rows.items():
        objects = []
        for kind in ("stretched", "isotropic"):
            objects.append(format_fixed(one.object_chamfer.get(kind), 4))
            objects.append(format_percent(one.object_f_score.get(kind, float("nan"))))
        cells.append(
            (
                name,
                format_fixed(one.scene_chamfer, 4),
                format_fixed(one.scene_predicted_to_truth, 4),
                format_fixed(one.scene_truth_to_predicted, 4),
                format_percent(one.scene_f_score),
                format_percent(one.box_iou),
                *objects,
            )
        )
    return format_table(header, cells)


def format_comparison(result: SceneComparison, truth_itself: SceneComparison) -> str:
    """Scores, errors of the layout, and faults of one scene, beside those of a perfect one.

    Args:
        result: The scene.
        truth_itself: The true scene compared with itself, from other samples. An alignment that
            moves a perfect scene shows here.
    """
    scores, layout = {}, []
    for name, by_count in result.scores.items():
        for count in by_count:
            for remark, one in (("", result), (f", {TRUTH_ITSELF}", truth_itself)):
                scores[f"{name}, {count} points{remark}"] = pool_scores([one.scores[name][count]])
        for remark, one in (("", result), (f", {TRUTH_ITSELF}", truth_itself)):
            layout.append((f"{name}{remark}", *_layout_cells(one.placements[name].values())))
    faults = [
        (
            name,
            format_percent(one.contacts.mean_interpenetration),
            str(len(one.contacts.interpenetration)),
            format_percent(one.contacts.mean_floating),
        )
        for name, one in (("prediction", result), ("truth", truth_itself))
    ]
    parts = [
        _counts(result),
        format_scores(scores),
        format_table(("layout", "center %", "yaw deg", "|log scale|"), layout),
        format_table(("contacts", "interpenetration %", "pairs", "floating %"), faults),
    ]
    return "\n\n".join(parts)


def _counts(result: SceneComparison) -> str:
    num = len(result.truth_ids)
    lines = [f"{num - len(result.failures)} of {num} true objects were predicted"]
    reasons: dict[str, list[int]] = {}
    for number, reason in result.failures.items():
        reasons.setdefault(reason, []).append(number)
    lines += [
        f"failed, counted as 0: {', '.join(map(str, ids))} ({reason})"
        for reason, ids in reasons.items()
    ]
    if result.extra_ids:
        ids = ", ".join(map(str, result.extra_ids))
        lines.append(f"predicted objects that belong to no true one: {ids}")
    return "\n".join(lines)


def _layout_cells(errors: Any) -> tuple[str, str, str]:
    placed: list[PlacementError] = list(errors)
    columns = (
        [one.center for one in placed],
        [np.rad2deg(one.yaw) for one in placed],
        [abs(one.log_scale) for one in placed],
    )
    center, yaw, scale = (_mean_known(column) for column in columns)
    return format_percent(center), format_fixed(yaw, 1), format_fixed(scale, 3)


def _mean_known(values: list[float]) -> float:
    """Mean of the values that are not NaN; NaN without any."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def comparison_to_dict(result: SceneComparison) -> dict[str, Any]:
    """All numbers of one scene as JSON values, with those of each object by its true id."""
    return {
        "scores": {
            name: {str(count): scores_to_dict(one, result.truth_ids) for count, one in by.items()}
            for name, by in result.scores.items()
        },
        "layout": {
            name: {
                str(number): {
                    "center": one.center,
                    "yaw": json_number(one.yaw),
                    "log_scale": json_number(one.log_scale),
                }
                for number, one in errors.items()
            }
            for name, errors in result.placements.items()
        },
        "truth_from_predicted": {name: m.tolist() for name, m in result.alignments.items()},
        "interpenetration": {
            f"{a}-{b}": share for (a, b), share in result.contacts.interpenetration.items()
        },
        "floating": {str(number): gap for number, gap in result.contacts.floating.items()},
        "failures": {str(number): reason for number, reason in result.failures.items()},
        "extra_ids": list(result.extra_ids),
    }


def scores_to_dict(scores: SceneScores, truth_ids: tuple[int, ...]) -> dict[str, Any]:
    """Scores of a scene under one alignment as JSON values.

    Args:
        scores: The scores.
        truth_ids: True instance ids, in the order of the scores of objects.
    """
    return {
        "scene": _distance_to_dict(scores.scene),
        "box_iou": dict(zip(map(str, truth_ids), scores.box_iou, strict=True)),
        "objects": {
            kind: {
                str(number): _distance_to_dict(one)
                for number, one in zip(truth_ids, found, strict=True)
            }
            for kind, found in scores.objects.items()
        },
        "num_failed": scores.num_failed,
    }


def pooled_to_dict(scores: PooledScores) -> dict[str, Any]:
    """Means over scenes as JSON values; NaN becomes None."""

    def plain(value: Any) -> Any:
        """The value with None for NaN, also inside a mapping."""
        if isinstance(value, Mapping):
            return {name: plain(one) for name, one in value.items()}
        return json_number(value) if isinstance(value, float) else value

    return {name: plain(value) for name, value in vars(scores).items()}


def _distance_to_dict(distance: PointSetDistance | None) -> dict[str, float] | None:
    if distance is None:
        return None
    return {
        "chamfer": distance.chamfer,
        "predicted_to_truth": distance.predicted_to_truth,
        "truth_to_predicted": distance.truth_to_predicted,
        "f_score": distance.f_score[F_THRESHOLD],
    }
