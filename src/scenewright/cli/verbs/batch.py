"""``scenewright batch segment``: many captures become a run folder each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from scenewright.cli.options import Count, Name
from scenewright.cli.verbs.segment import SegmentOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(SegmentOptions):
    """Segments many captures at once, and writes a run folder for each.

    A capture whose run is there already is skipped, so the same line once more goes on where a
    batch stopped. Where --masks is a path, {capture} in it stands for the folder of a capture and
    {name} for the name of its run. Needs the extra 'batch'.

    Example: `scenewright batch segment captures/* -o my-runs/`
    """

    action: Annotated[Literal["segment"], tyro.conf.Positional]
    """What to do with each capture."""
    captures: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="CAPTURES")]
    """Folders of the captures."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="OUT")] = Path("runs")
    """Folder for the run folders, which are named like the captures."""
    overwrite: bool = False
    """Replace older runs that were made with other settings; others are skipped all the same."""
    address: Name = None
    """Address of a Ray cluster that sees all paths; this machine if left out."""
    num_workers: Count = None
    """Captures to work on at the same time; one per core if left out."""
    retries: Annotated[int, tyro.conf.arg(metavar="N")] = 2
    """How often a capture is begun again after its worker was killed or ran out of memory."""


def run(options: Options, terminal: Terminal) -> int:
    """Segments, and shows what became of each capture; 1 if any failed."""
    from scenewright.pipelines.batch.run import segment_batch

    with terminal.progress() as progress:
        report = segment_batch(
            options.captures,
            options.output,
            **options.keywords(),
            address=options.address,
            num_workers=options.num_workers,
            retries=options.retries,
            progress=progress,
        )
    terminal.table(report.COLUMNS, report.cells())
    terminal.write()
    terminal.write(report.summary())
    terminal.write(f"run folders: {report.out}")
    if report.num_failed:
        terminal.complain(f"{report.num_failed} of {len(report.rows)} captures failed")
        return 1
    return 0
