"""How ``scenewright name`` shows names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.name.run import Named
    from scenewright.pipelines.name.settings import NameSettings


def show(named: Named, settings: NameSettings, out: Printer) -> int:
    """Shows name, score, other candidates, color and size of each object."""
    rows = []
    count = 0
    for row, (color, size) in zip(named.scene.instances, named.descriptions, strict=True):
        if row.role != "object":
            continue
        count += bool(row.label)
        score = f"{row.label_scores[row.label]:.2f}" if row.label in row.label_scores else "-"
        others = ", ".join(word for word in row.label_scores if word != row.label)
        rows.append((str(row.id), row.label or "-", score, color or "-", size, others or "-"))
    out.table(("id", "name", "score", "color", "size", "or"), rows)
    before = ""
    if named.num_kept or named.num_changed:
        before = f"; labels from before: {named.num_kept} kept, {named.num_changed} changed"
    out.write()
    out.write(f"{named.path}: {counted(len(rows), 'object')}, {count} with a name{before}")
    return 0
