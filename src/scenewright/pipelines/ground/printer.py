"""How ``scenewright ground`` shows the objects of a phrase."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.ground.run import Grounded
    from scenewright.pipelines.ground.settings import GroundSettings

_SHOWN = 12


def show(found: Grounded, settings: GroundSettings, out: Printer) -> int:
    """Shows ids with probabilities, and how they were found; returns 1 if nothing matches."""
    grounding = found.grounding
    code = 0 if grounding.ids else 1
    if settings.json:
        value = {
            "phrase": grounding.phrase,
            "ids": list(grounding.ids),
            "probabilities": {str(i): round(p, 4) for i, p in grounding.probabilities.items()},
            "none": round(grounding.none, 4),
            "sentence": grounding.sentence,
            "steps": [{"text": one.text, "ids": list(one.ids)} for one in grounding.steps],
            "notes": list(grounding.notes),
            "picture": None if found.picture is None else str(found.picture),
        }
        out.write(json.dumps(value, ensure_ascii=False))
        return code
    out.write(grounding.sentence)
    rows = [
        (str(number), found.labels.get(number) or "-", f"{chance:.2f}")
        for number, chance in list(grounding.probabilities.items())[:_SHOWN]
    ]
    out.table(("id", "label", "probability"), [*rows, ("none", "-", f"{grounding.none:.2f}")])
    if grounding.steps:
        out.write("why:")
    for step in grounding.steps:
        out.write(f"  {step.text}")
    for note in grounding.notes:
        out.write(f"note: {note}")
    if found.picture is not None:
        out.write(f"picture: {found.picture}")
    return code
