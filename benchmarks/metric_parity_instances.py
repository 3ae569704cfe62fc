"""Parity of instance AP, of the transfer to true points, and of masks by prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from metric_parity_tally import Tally
from scenewright.metrics import (
    PROTOCOL_M_MASKCLUSTERING,
    APProtocol,
    InstancePrediction,
    InstanceTruth,
    PromptMask,
    measure_ap,
    measure_prompt_masks,
    transfer_aligned,
)

_AP_TOLERANCE = 1e-9
_MATRIX_TOLERANCE = 1e-4
_FEW_VERTICES = 3
_MASK_TOLERANCE = 1e-12


def check_instance_ap(expected: Mapping[str, Any], inputs: Mapping[str, Any], tally: Tally) -> None:
    """AP of all cases by all evaluators."""
    for case, entry in expected["cases"].items():
        scenes = [_scene(inputs, f"{case}/{i}") for i in range(entry["scenes"])]
        for evaluator, wanted in entry.items():
            if not isinstance(wanted, Mapping):
                continue
            program, mode = evaluator.rsplit("_", 1)
            protocol = PROTOCOL_M_MASKCLUSTERING
            if evaluator != "maskclustering_agnostic":
                valid = frozenset(expected["meta"]["valid_ids"][program])
                agnostic = mode == "agnostic"
                protocol = APProtocol(evaluator, class_agnostic=agnostic, valid_class_ids=valid)
            result = measure_ap(scenes, protocol)
            if "error" in wanted:
                tally.note("the original stops, ours gives a result")
                continue
            name = f"{case}/{evaluator}"
            values = [result.ap, result.ap50, result.ap25]
            recorded = [wanted[key] for key in ("AP", "AP50", "AP25")]
            tally.near(name, values, recorded, tolerance=_AP_TOLERANCE)
            found = [list(by_threshold.values()) for by_threshold in result.per_class.values()]
            per_class = list(wanted["per_class"].values())
            tally.near(f"{name}/classes", found, per_class, tolerance=_AP_TOLERANCE)


def _scene(inputs: Mapping[str, Any], key: str) -> tuple[InstanceTruth, InstancePrediction]:
    packed, shape = inputs[f"{key}/masks"], inputs[f"{key}/shape"]
    prediction = InstancePrediction.from_masks(
        np.unpackbits(packed, axis=0)[: shape[0]].astype(bool),
        scores=inputs[f"{key}/scores"],
        class_ids=inputs[f"{key}/classes"],
    )
    return InstanceTruth.from_benchmark(inputs[f"{key}/gt"]), prediction


def check_transfer(expected: Mapping[str, Any], inputs: Mapping[str, Any], tally: Tally) -> None:
    """The transfer with the recorded alignment exactly, with ours within a few vertices."""
    for case, wanted in expected.items():
        prediction = InstancePrediction.from_masks(inputs[f"{case}/masks"])
        for own in (False, True):
            result = transfer_aligned(
                prediction,
                inputs[f"{case}/recon_points"],
                truth_points=inputs[f"{case}/gt_points"],
                recon_from_truth=None if own else wanted["icp_matrix"],
            )
            sizes = result.prediction.sizes()
            counts = wanted["vertices_per_kept_instance"]
            tally.equal(f"{case}/kept", result.kept.tolist(), wanted["kept_instances"])
            if own:
                matrix = result.recon_from_truth
                tally.near(f"{case}/ICP", matrix, wanted["icp_matrix"], tolerance=_MATRIX_TOLERANCE)
                tally.near(f"{case}/counts", sizes, counts, tolerance=_FEW_VERTICES)
                continue
            tally.equal(
                f"{case}/nearest", result.nearest.tolist(), inputs[f"{case}/nearest"].tolist()
            )
            tally.equal(f"{case}/counts", sizes.tolist(), counts)
            unassigned = int(np.count_nonzero(result.nearest < 0))
            tally.equal(f"{case}/unassigned", unassigned, wanted["unassigned_vertices"])
            truth = InstanceTruth.from_benchmark(inputs[f"{case}/gt"])
            ap = measure_ap([(truth, result.prediction)])
            recorded = [wanted["result"][key] for key in ("AP", "AP50", "AP25")]
            tally.near(f"{case}/AP", [ap.ap, ap.ap50, ap.ap25], recorded, tolerance=_AP_TOLERANCE)


def check_prompt_masks(
    expected: Mapping[str, Any], inputs: Mapping[str, Any], tally: Tally
) -> None:
    """IoU and boundary IoU of masks by prompt; of two empty masks ours is 1, the original's NaN."""
    for case, wanted in expected.items():
        masks = [
            PromptMask(
                entry["image"],
                entry["prompt"],
                inputs[f"{case}/{i}/gt"],
                inputs[f"{case}/{i}/pred"] if entry["has_prediction"] else None,
            )
            for i, entry in enumerate(wanted["entries"])
        ]
        result = measure_prompt_masks(masks, skip_missing=True)
        entries = [entry for entry in wanted["entries"] if entry["has_prediction"]]
        tally.equal(f"{case}/entries", len(result.scores), len(entries))
        for entry, score in zip(entries, result.scores, strict=False):
            for name in ("iou", "boundary_iou"):
                if entry[name] is None:
                    tally.note("the original gives NaN for empty masks, ours 1")
                    tally.equal(f"{case}/{name}", getattr(score, name), 1.0)
                else:
                    found = getattr(score, name)
                    tally.near(f"{case}/{name}", found, entry[name], tolerance=_MASK_TOLERANCE)
        for key, found in (
            ("iou_per_prompt", result.ious), ("boundary_iou_per_prompt", result.boundary_ious),
        ):  # fmt: skip
            for prompt, value in wanted[key].items():
                if value is not None:
                    name = f"{case}/{prompt}"
                    tally.near(name, found[prompt], value, tolerance=_MASK_TOLERANCE)
        for key, mean in (("mIoU", result.mean_iou), ("boundary_mIoU", result.mean_boundary_iou)):
            if wanted[key] is not None:
                tally.near(f"{case}/{key}", mean, wanted[key], tolerance=_MASK_TOLERANCE)
