"""How ``scenewright models`` shows its tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.models.run import ModelTable
    from scenewright.pipelines.models.settings import ModelsSettings


def show(tables: Iterable[ModelTable], settings: ModelsSettings, out: Printer) -> int:
    """Shows a table of all backends, or one per backend."""
    for position, table in enumerate(tables):
        if position:
            out.write()
        out.table(table.columns, table.rows)
    return 0
