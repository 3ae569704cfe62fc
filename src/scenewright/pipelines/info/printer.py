"""How ``scenewright info`` shows its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.io import json_text
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.info.settings import InfoSettings


def show(facts: dict[str, str], settings: InfoSettings, out: Printer) -> int:
    """Shows the facts."""
    if settings.json:
        out.write(json_text(facts).rstrip())
    else:
        out.table(("fact", "value"), list(facts.items()))
    return 0
