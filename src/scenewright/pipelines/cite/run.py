"""``scenewright cite``: what to cite for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.models import available, card
from scenewright.pipelines.cite.references import (
    INSTASCENE,
    ONLINEANYSEG,
    SCENEWRIGHT,
    SURFELS,
    Reference,
)
from scenewright.pipelines.cite.settings import CiteSettings
from scenewright.runs.folder import RunFolder


@dataclass(frozen=True)
class Citations:
    """What to cite for a run.

    Attributes:
        references: Works that are known in full.
        backends: Papers of the mask backends, as their cards name them.
    """

    references: tuple[Reference, ...]
    backends: Mapping[str, str]


def cite_run(run: str | Path, settings: CiteSettings | None = None) -> Citations:
    """Lists what to cite for a run and for the runs that it was made from.

    Args:
        run: Run folder.
        settings: How the references are shown; changes nothing here.

    Raises:
        FormatError: It is no run folder.
    """
    references, backends = [SCENEWRIGHT], {}
    for report in _lineage(RunFolder.open(run)):
        references += _methods(report.verb, report.settings)
        masks = report.settings.get("masks")
        if isinstance(masks, str) and masks in available("*") and card(masks).paper:
            backends[masks] = str(card(masks).paper)
    return Citations(tuple(dict.fromkeys(references)), backends)


def _lineage(run: RunFolder) -> list[Any]:
    """The reports of a run and of those that it was made from, the first one last."""
    reports, seen = [], set()
    todo = [run]
    while todo:
        folder = todo.pop()
        seen.add(folder.path.resolve())
        reports.append(folder.report)
        for name in ("scene", "run"):
            earlier = folder.report.inputs.get(name)
            if earlier and RunFolder.is_run(earlier) and Path(earlier).resolve() not in seen:
                todo.append(RunFolder.open(earlier))
    return reports


def _methods(verb: str, settings: Mapping[str, Any]) -> list[Reference]:
    """The published methods that a verb follows with some settings."""
    preset = settings.get("preset")
    if verb == "segment":
        method = preset.get("method", {}) if isinstance(preset, Mapping) else {}
        return [ONLINEANYSEG] if "keyframe_interval" in method else []
    if verb == "fit-splats":
        return [SURFELS]
    if verb == "decompose":
        follows = isinstance(preset, Mapping) and "consensus" in preset
        return [SURFELS, INSTASCENE] if follows else [SURFELS]
    return []
