"""Parity of the metrics of grounding: ScanRefer and Multi3DRefer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metric_parity_tally import Tally
from scenewright.metrics.language.boxes import IOU_M3DREF, IOU_SCANREFER
from scenewright.metrics.language.grounding import (
    GroundedBox,
    GroundedSet,
    GroundingScores,
    MeanScore,
    measure_grounding,
    measure_sets,
    nyu40_class,
    read_identifiers,
    scanrefer_class,
    unique_objects,
)

_TOLERANCE = 1e-6

Record = Mapping[str, Any]


def check_scanrefer(expected: Record, inputs: Record, tally: Tally) -> None:
    """Chosen objects, IoU, unique and multiple by both labelings, and accuracies."""
    items = expected["items"]
    names = {row["raw"]: row["nyu40class"] for row in expected["label_table"]}
    numbers = {row["raw"]: row["nyu40id"] for row in expected["label_table"]}
    totals = expected["expected"]
    classes = [scanrefer_class(item["object_name"], names) for item in items]
    boxes = _grounded(expected, classes, tally)
    published = measure_grounding(boxes, rule=IOU_SCANREFER)
    for field in ("iou_inst3dlmm", "iou_scanrefer"):
        tally.near(field, published.ious, [i[field] for i in items], tolerance=_TOLERANCE)
    for field in ("unique_multiple_scanrefer", "unique_multiple_inst3dlmm"):
        tally.equal(field, [int(not box.unique) for box in boxes], [i[field] for i in items])
    for group in ("", "Unique ", "Multiple "):
        accuracy = _group(published, group.strip().lower() or "overall")
        for limit, value in accuracy.items():
            key = f"[scanrefer] {group}Acc@{limit:.2f}"
            tally.near(key, value, totals["inst3dlmm"][key], tolerance=_TOLERANCE)
    nyu40 = [nyu40_class(item["object_name"], numbers) for item in items]
    boxes = _grounded(expected, nyu40, tally)
    clip = measure_grounding(boxes, rule=IOU_M3DREF)
    field = "iou_m3drefclip"
    tally.near(field, clip.ious, [item[field] for item in items], tolerance=_TOLERANCE)
    words = ["unique" if box.unique else "multiple" for box in boxes]
    tally.equal("M3DRef-CLIP", words, [item["unique_multiple_m3drefclip"] for item in items])
    for key, groups in totals["m3drefclip"].items():
        for group, value in groups.items():
            found = _group(clip, group)[float(key.partition("@")[2])]
            tally.near(f"M3DRef-CLIP {group} {key}", found, value, tolerance=_TOLERANCE)


def _grounded(expected: Record, classes: Sequence[str | int], tally: Tally) -> list[GroundedBox]:
    """The boxes of all sentences; the originals take object 0 if an answer names none."""
    items = expected["items"]
    unique = unique_objects(
        (item["scene_id"], item["object_id"], name)
        for item, name in zip(items, classes, strict=True)
    )
    boxes = []
    for position, item in enumerate(items):
        scene = expected["scenes"][item["scene_id"]]
        named = read_identifiers(item["pred"], num_objects=len(scene["proposals"]))
        chosen = named[0] if named else 0
        tally.equal(f"object of sentence {position}", chosen, item["chosen"])
        truth = scene["gt_boxes"][int(item["object_id"])]
        is_unique = unique[item["scene_id"], item["object_id"]]
        boxes.append(GroundedBox(scene["proposals"][chosen], truth, is_unique))
    return boxes


def _group(scores: GroundingScores, name: str) -> dict[float, float]:
    groups = {"overall": scores.all, "unique": scores.unique, "multiple": scores.multiple}
    return groups[name].at


def check_multi3drefer(expected: Record, inputs: Record, tally: Tally) -> None:
    """F1 per sentence and per type, by two programs."""
    items = expected["items"]
    sets = []
    for position, item in enumerate(items):
        scene = expected["scenes"][item["scene_id"]]
        proposals = scene["proposals"]
        chosen = read_identifiers(item["pred"], num_objects=len(proposals), repeated=True)
        tally.equal(f"objects of sentence {position}", chosen, item["pred_ids"])
        truth = [scene["gt_boxes"][number] for number in item["gt_ids"]]
        sets.append(GroundedSet([proposals[i] for i in chosen], truth, item["eval_type"]))
    result = measure_sets(sets)
    for field in ("f1_inst3dlmm", "f1_m3drefclip"):
        tally.near(field, result.f1, [item[field] for item in items], tolerance=_TOLERANCE)
    totals = expected["expected"]
    for key, value in totals["inst3dlmm"].items():
        kind, _, limit = key.removeprefix("[multi3dref] ").partition(" F1@")
        found = _kind(result.all, result.kinds, kind)[float(limit)]
        tally.near(key, found, value, tolerance=_TOLERANCE)
    zero = measure_sets([one for one in sets if np.size(one.truth) == 0])
    for name, scores in (("m3drefclip", result), ("m3drefclip_zero_target_items_only", zero)):
        for key, kinds in totals.get(name, {}).items():
            for kind, value in kinds.items():
                found = _kind(scores.all, scores.kinds, kind)[float(key.partition("@")[2])]
                tally.near(f"{name} {key} {kind}", found, value, tolerance=_TOLERANCE)


def _kind(overall: MeanScore, kinds: Mapping[str, MeanScore], name: str) -> dict[float, float]:
    if name in ("all", "overall"):
        return overall.at
    return kinds[name].at if name in kinds else dict.fromkeys(overall.at, float("nan"))
