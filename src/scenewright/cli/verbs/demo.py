"""``scenewright demo``: everything at once, without any data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from scenewright.cli.options import CommonOptions, Count

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Makes a furnished room, films it, segments the film and measures the result.

    Needs no data and no network. The folder gets the capture and two runs: one with masks found
    from depth edges, one with the true masks. Open objects.glb of either in any 3D viewer.

    Example: `scenewright demo -o my-demo/`
    """

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")] = Path("runs/demo")
    """Folder to make."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Decides the room."""
    frames: Annotated[int, tyro.conf.arg(metavar="N")] = 60
    """Frames to film."""
    clean_depth: bool = False
    """Film exact depth, without the errors of a depth camera."""
    threads: Count = None
    """Processor cores to use; all if left out."""
    overwrite: bool = False
    """Replace an older demo of the same name."""


def run(options: Options, terminal: Terminal) -> int:
    """Runs the demo, and shows how well it did."""
    from scenewright.pipelines.demo.run import run_demo

    with terminal.progress() as progress:
        report = run_demo(
            options.output,
            seed=options.seed,
            num_frames=options.frames,
            depth_noise=not options.clean_depth,
            threads=options.threads,
            overwrite=options.overwrite,
            progress=progress,
        )
    columns, rows = report.table()
    terminal.table(columns, rows)
    terminal.write()
    for name, part in report.runs.items():
        terminal.write(f"{name}: {part.run}")
    return 0
