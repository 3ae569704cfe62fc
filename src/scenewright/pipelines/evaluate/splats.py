"""The measurements of surfels and their objects, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenewright.metrics import (
    IdMapMatch,
    ImageQuality,
    MeshComparison,
    PromptScores,
    format_images,
    format_masks,
    format_meshes,
    images_to_dict,
    masks_to_dict,
    meshes_to_dict,
)
from scenewright.runs.folder import RunFolder
from scenewright.runs.stages import StageCost


@dataclass(frozen=True, eq=False)
class SplatEvaluation:
    """Measurements by name.

    Attributes:
        images: Rendered views compared with photographs.
        masks: Id maps compared with true ones.
        meshes: Surfaces compared with true ones.
        stages: Time and memory of each stage of the run, if known.
        notes: Remarks on the numbers.
    """

    images: Mapping[str, ImageQuality] = field(default_factory=dict)
    masks: Mapping[str, IdMapMatch | PromptScores] = field(default_factory=dict)
    meshes: Mapping[str, MeshComparison] = field(default_factory=dict)
    stages: Mapping[str, StageCost] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def joined(self, other: SplatEvaluation) -> SplatEvaluation:
        """The two evaluations merged."""
        return SplatEvaluation(
            {**self.images, **other.images},
            {**self.masks, **other.masks},
            {**self.meshes, **other.meshes},
            {**self.stages, **other.stages},
            tuple(dict.fromkeys((*self.notes, *other.notes))),
        )

    def tables(self) -> str:
        """The numbers as text, without the costs of the stages."""
        parts = []
        if self.images:
            parts.append(format_images(self.images))
        if self.masks:
            parts.append(format_masks(self.masks))
        if self.meshes:
            parts.append(format_meshes(self.meshes))
        return "\n\n".join([*parts, *self.notes])

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "images": {name: images_to_dict(one) for name, one in self.images.items()},
            "masks": {name: masks_to_dict(one) for name, one in self.masks.items()},
            "meshes": {name: meshes_to_dict(one) for name, one in self.meshes.items()},
            "stages": {name: cost.as_dict() for name, cost in self.stages.items()},
            "notes": list(self.notes),
        }


def run_stages(run: Path) -> Mapping[str, StageCost]:
    """Time and memory of the stages of a run; empty for other folders."""
    return RunFolder.open(run).report.stages if RunFolder.is_run(run) else {}
