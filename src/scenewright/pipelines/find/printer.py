"""How ``scenewright find`` shows the objects of many scenes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.pipelines.find.catalog import shown_path
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.language.finding import FoundObjects
    from scenewright.pipelines.find.settings import FindSettings

_EXPLAINED = 3
"""Objects of which it is told what was checked."""


def show(found: FoundObjects, settings: FindSettings, out: Printer) -> int:
    """Shows a row per object, and what was checked of the best; returns 1 if nothing matches."""
    code = 0 if found.objects else 1
    if settings.json:
        out.write(json.dumps(_as_dict(found), ensure_ascii=False))
        return code
    out.write(found.sentence)
    if found.objects:
        rows = [
            (shown_path(one.scene), str(one.id), one.label or "-", f"{one.score:.2f}")
            for one in found.objects
        ]
        out.table(("scene", "id", "label", "score"), rows)
        out.write("checked:")
        for why in dict.fromkeys(one.why for one in found.objects[:_EXPLAINED]):
            out.write(f"  {why}")
    for note in found.notes:
        out.write(f"note: {note}")
    out.write(
        f"searched: {counted(found.num_scenes, 'scene')}, {counted(found.num_objects, 'object')}"
    )
    return code


def _as_dict(found: FoundObjects) -> dict[str, object]:
    return {
        "phrase": found.phrase,
        "sentence": found.sentence,
        "objects": [
            {
                "scene": one.scene, "id": one.id, "label": one.label,
                "score": round(one.score, 4), "why": one.why, "anchors": list(one.anchors),
            }
            for one in found.objects
        ],
        "notes": list(found.notes),
        "num_scenes": found.num_scenes,
        "num_objects": found.num_objects,
    }  # fmt: skip
