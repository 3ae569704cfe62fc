"""Completed scenes against the true objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scenewright.core import ConventionError, Mesh, Progress, Scene, no_progress
from scenewright.io import load_scene
from scenewright.metrics.reports.tables import format_fixed, format_percent, format_table
from scenewright.metrics.shapes.completion import (
    CompletionScores,
    mean_scores,
    measure_completion,
    overlap_share,
)
from scenewright.pipelines.evaluate.object_scenes import object_scene, read_object_scene

_LEAST_OVERLAP = 0.1
"""Smallest IoU of boxes of a pair of objects."""
_SHARES = (0.25, 0.5, 0.75, 1.01)


@dataclass(frozen=True, eq=False)
class CompletionEvaluation:
    """Measures of a completed scene.

    Attributes:
        scores: By id of the completed object.
        labels: Category of each.
        seen_shares: Share of the surface of each that cameras saw; NaN if unknown.
        pairs: Id of the true object of each.
        num_true: Number of true objects.
        overlap: Largest share of an object that lies in another one.
    """

    scores: Mapping[int, CompletionScores]
    labels: Mapping[int, str]
    seen_shares: Mapping[int, float]
    pairs: Mapping[int, int]
    num_true: int
    overlap: float

    def tables(self) -> str:
        """The numbers as text: all objects, by share seen, by category."""
        rows = [_row("all", list(self.scores.values()))]
        low = 0.0
        for high in _SHARES:
            part = [s for i, s in self.scores.items() if low <= self.seen_shares[i] < high]
            if part:
                rows.append(_row(f"seen {100 * low:.0f} to {min(100 * high, 100):.0f} %", part))
            low = high
        for label in sorted({label for label in self.labels.values() if label}):
            rows.append(_row(label, [s for i, s in self.scores.items() if self.labels[i] == label]))
        header = (
            "objects", "count", "IoU", "IoU unseen", "Chamfer (cm)", "F 1 cm", "F 2 %", "normals",
            "seen recall", "in free", "closed",
        )  # fmt: skip
        return (
            f"{len(self.scores)} of {self.num_true} true objects have a completed one; largest "
            f"overlap of two objects {format_percent(self.overlap)} %\n\n"
            + format_table(header, rows)
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        objects = [
            {"id": i, "true_id": self.pairs[i], "label": self.labels[i],
             "seen_share": _json(self.seen_shares[i]), **_as_json(one)}
            for i, one in self.scores.items()
        ]  # fmt: skip
        mean = mean_scores(list(self.scores.values()))
        return {
            "completion": {
                "num_true": self.num_true, "overlap": self.overlap, "mean": _as_json(mean),
                "objects": objects,
            }
        }  # fmt: skip


def evaluate_completion(
    scene: str | Path, truth: str | Path, *, progress: Progress = no_progress
) -> CompletionEvaluation:
    """Measures the objects of a completed scene against the true meshes, in one frame.

    Objects are paired by their boxes, one to one, the best first.

    Args:
        scene: A run of `complete_run`, or any scene with meshes.
        truth: What `read_object_scene` reads.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: No object overlaps a true one.
        FormatError: A file is missing or damaged, or no object has a mesh.
    """
    loaded = load_scene(scene)
    ours, theirs = object_scene(loaded).meshes, read_object_scene(truth).meshes
    pairs = _pairs(ours, theirs)
    if not pairs:
        raise ConventionError(
            "Objects to compare", expected="boxes that overlap those of true objects", got="none",
            do="Check that both are in the same frame and unit.",
        )  # fmt: skip
    scores: dict[int, CompletionScores] = {}
    shares: dict[int, float] = {}
    for done, (i, j) in enumerate(pairs.items(), start=1):
        grid = loaded.grids.get(i)
        scores[i] = measure_completion(ours[i], theirs[j], grid=grid, seen=_seen_points(loaded, i))
        share = loaded.assets[i].observed_share
        shares[i] = np.nan if share is None else share
        progress("evaluate", done, len(pairs), "objects")
    labels = {i: loaded.instances.by_id(i).label for i in scores}
    overlap = overlap_share({i: ours[i] for i in scores})
    return CompletionEvaluation(scores, labels, shares, pairs, len(theirs), overlap)


def _seen_points(scene: Scene, instance: int) -> np.ndarray | None:
    """Points on what was seen of an object."""
    cloud = scene.points
    if cloud is None or cloud.instance_id is None:
        return None
    points: np.ndarray = cloud.points[cloud.instance_id == instance].astype(np.float64)
    return points


def _pairs(ours: Mapping[int, Mesh], theirs: Mapping[int, Mesh]) -> dict[int, int]:
    """True id by id, one to one, by the IoU of boxes along the axes."""
    found = [(_box_iou(one, other), i, j) for i, one in ours.items() for j, other in theirs.items()]
    pairs: dict[int, int] = {}
    for iou, i, j in sorted(found, key=lambda row: (-row[0], row[1], row[2])):
        if iou >= _LEAST_OVERLAP and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return dict(sorted(pairs.items()))


def _box_iou(one: Mesh, other: Mesh) -> float:
    low = np.maximum(one.vertices.min(axis=0), other.vertices.min(axis=0)).astype(np.float64)
    high = np.minimum(one.vertices.max(axis=0), other.vertices.max(axis=0))
    shared = float(np.prod(np.clip(high - low, 0, None)))
    volumes = [float(np.prod(np.ptp(m.vertices.astype(np.float64), axis=0))) for m in (one, other)]
    return shared / max(sum(volumes) - shared, 1e-12)


def _row(name: str, scores: list[CompletionScores]) -> tuple[str, ...]:
    mean = mean_scores(scores)
    return (
        name, str(len(scores)), format_fixed(mean.iou, 3), format_fixed(mean.hidden_iou, 3),
        format_fixed(100 * mean.chamfer, 2), format_percent(mean.f_score),
        format_percent(mean.f_score_relative), format_fixed(mean.normal_consistency, 3),
        format_percent(mean.seen_recall), format_percent(mean.free_violation),
        format_percent(mean.watertight),
    )  # fmt: skip


def _json(value: float) -> float | None:
    return None if np.isnan(value) else value


def _as_json(scores: CompletionScores) -> dict[str, float | None]:
    return {name: _json(value) for name, value in asdict(scores).items()}
