"""Tables of the time and memory of stages."""

from __future__ import annotations

from collections.abc import Mapping

from scenewright.metrics.reports.tables import format_fixed, format_table
from scenewright.runs.timing import StageCost


def format_stages(stages: Mapping[str, StageCost]) -> str:
    """A table of seconds and peak memory (MB), one row per stage and one for all."""
    rows = [
        (name, format_fixed(one.seconds, 1), format_fixed(one.peak_memory_mb, 0))
        for name, one in stages.items()
    ]
    peaks = [one.peak_memory_mb for one in stages.values() if one.peak_memory_mb is not None]
    total = format_fixed(sum(one.seconds for one in stages.values()), 1)
    rows.append(("all", total, format_fixed(max(peaks, default=None), 0)))
    return format_table(("stage", "seconds", "peak MB"), rows)
