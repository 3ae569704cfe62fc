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
from scenewright.runs.report import RunReport


@dataclass(frozen=True)
class Citations:
    """What to cite for a run.

    Attributes:
        references: Publications with complete data.
        backends: Papers of the mask backends, as stated on their cards.
    """

    references: tuple[Reference, ...]
    backends: Mapping[str, str]


def cite_run(run: str | Path, settings: CiteSettings | None = None) -> Citations:
    """Lists what to cite for a run and for the runs that it was made from.

    Args:
        run: Run folder.
        settings: How the references are shown; changes nothing here.

    Raises:
        FormatError: It is not a run folder.
    """
    references: list[Reference] = [SCENEWRIGHT]
    backends: dict[str, str] = {}
    for report in _lineage(RunFolder.open(run)):
        # A batch has the settings of the verb that it ran.
        verb = str(report.inputs.get("runs of", report.verb))
        references += _methods(verb, report.settings)
        for masks in _masks_of(report.settings):
            if masks in available("*") and card(masks).paper:
                backends[masks] = str(card(masks).paper)
    return Citations(tuple(dict.fromkeys(references)), backends)


def _masks_of(settings: Mapping[str, Any]) -> list[str]:
    """The masks that settings name: one, several, or none."""
    masks = settings.get("masks", [])
    return [masks] if isinstance(masks, str) else list(masks)


def _lineage(run: RunFolder) -> list[RunReport]:
    """The reports of a run and of the runs that it was made from, newest first."""
    reports, seen = [], set()
    todo = [run]
    while todo:
        folder = todo.pop()
        seen.add(folder.path.resolve())
        reports.append(folder.report)
        for name in ("scene", "run"):
            earlier = _run_of(folder.report.inputs.get(name))
            if earlier is not None and earlier.resolve() not in seen:
                todo.append(RunFolder.open(earlier))
    return reports


def _run_of(source: Any) -> Path | None:
    """The run folder that an input is or is in; None if it belongs to no run."""
    if not isinstance(source, str):
        return None
    path = Path(source)
    return next((folder for folder in (path, path.parent) if RunFolder.is_run(folder)), None)


def _methods(verb: str, settings: Mapping[str, Any]) -> list[Reference]:
    """The published methods that a verb follows with these settings."""
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
