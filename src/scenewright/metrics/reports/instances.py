"""Tables and JSON values of instance measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scenewright.metrics.instances.average_precision import APProtocol, InstanceAP
from scenewright.metrics.instances.best_iou import InstanceQuality
from scenewright.metrics.reports.tables import format_percent, format_table, json_number


def format_ap(results: Mapping[str, InstanceAP]) -> str:
    """A table of AP, AP50, AP25 and of precision and recall at IoU 0.5, in percent.

    Args:
        results: Result of each row by name.
    """
    header = ("", "protocol", "AP", "AP50", "AP25", "P50", "R50")
    rows = []
    for name, result in results.items():
        at_half = result.counts[0.5]
        values = (result.ap, result.ap50, result.ap25, at_half.precision, at_half.recall)
        rows.append((name, result.protocol.name, *map(format_percent, values)))
    return format_table(header, rows)


def format_quality(results: Mapping[str, InstanceQuality]) -> str:
    """A table of best IoU and overlap P, R, F in percent, and of counts of instances.

    Args:
        results: Result of each row by name.
    """
    header = ("", "best IoU", "P", "R", "F", "true", "predicted", "split", "merged")
    rows = []
    for name, result in results.items():
        shares = (
            result.mean_best_iou,
            result.overlap_precision,
            result.overlap_recall,
            result.overlap_f,
        )
        counts = (result.num_truth, result.num_predicted, result.num_split, result.num_merged)
        rows.append((name, *map(format_percent, shares), *map(str, counts)))
    return format_table(header, rows)


def ap_to_dict(result: InstanceAP) -> dict[str, Any]:
    """All of `result` as JSON values; NaN becomes None."""
    counts = [
        {
            **asdict(item),
            "precision": json_number(item.precision),
            "recall": json_number(item.recall),
        }
        for item in result.counts.values()
    ]
    return {
        "AP": json_number(result.ap),
        "AP50": json_number(result.ap50),
        "AP25": json_number(result.ap25),
        "per_threshold": _by_threshold(result.per_threshold),
        "per_class": {str(key): _by_threshold(item) for key, item in result.per_class.items()},
        "counts": counts,
        "num_scenes": result.num_scenes,
        "protocol": _protocol_to_dict(result.protocol),
    }


def quality_to_dict(result: InstanceQuality) -> dict[str, Any]:
    """All of `result` as JSON values; NaN becomes None."""
    return {
        "mean_best_iou": json_number(result.mean_best_iou),
        "overlap_precision": json_number(result.overlap_precision),
        "overlap_recall": json_number(result.overlap_recall),
        "overlap_f": json_number(result.overlap_f),
        "num_truth": result.num_truth,
        "num_predicted": result.num_predicted,
        "num_split": result.num_split,
        "num_merged": result.num_merged,
        "num_merging": result.num_merging,
        "best_ious": result.best_ious.tolist(),
        "truth_ids": result.truth_ids.tolist(),
    }


def _protocol_to_dict(protocol: APProtocol) -> dict[str, Any]:
    valid = protocol.valid_class_ids
    return {
        **asdict(protocol),
        "thresholds": list(protocol.thresholds),
        "valid_class_ids": None if valid is None else sorted(valid),
        "stuff_class_ids": sorted(protocol.stuff_class_ids),
    }


def _by_threshold(values: Mapping[float, float]) -> dict[str, float | None]:
    return {f"{threshold:g}": json_number(value) for threshold, value in values.items()}
