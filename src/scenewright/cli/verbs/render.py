"""``scenewright render``: pictures of surfels."""

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
    """Draws a scene of surfels: color, depth, normals and ids of its views, or a turn around it.

    Pictures are called VIEW.KIND.png; a turn is turntable.gif and, with --mp4, turntable.mp4. Walls
    that turn their backs to the camera are left out of a turn, so that one looks into a room.

    Examples: `scenewright render my-objects/ --view all -o pictures/`,
    `scenewright render my-objects/ --turntable --only 5`
    """

    scene: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SCENE")]
    """Run, scene folder or splats (.ply)."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")] = None
    """Folder to make; runs/NAME-OF-SCENE-pictures if left out."""
    view: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME|NUMBER|all")] = ()
    """Views to draw, by name or position from 0."""
    turntable: bool = False
    """Draw a turn around the scene."""
    mp4: bool = False
    """Write the turn as a film, too; needs the package av (extra 'video')."""
    kind: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME")] = (
        "color",
        "depth",
        "normals",
        "ids",
    )
    """Kinds of pictures, of color, depth, normals and ids; a turn shows the first of them."""
    without: Annotated[tuple[int, ...], tyro.conf.arg(metavar="ID")] = ()
    """Leave these instances out."""
    only: Annotated[tuple[int, ...], tyro.conf.arg(metavar="ID")] = ()
    """Draw these instances alone."""
    width: Count = None
    """Width of the pictures, pixels; that of the view if left out, and 480 for a turn."""
    frames: Annotated[int, tyro.conf.arg(metavar="N")] = 48
    """Pictures of one turn."""
    threads: Count = None
    """Processor cores to use; all if left out."""
    overwrite: bool = False
    """Replace an older folder of pictures."""


def run(options: Options, terminal: Terminal) -> int:
    """Draws, and shows where the pictures lie."""
    from scenewright.pipelines.render.run import RenderSettings, render_run

    settings = RenderSettings(
        views=options.view,
        turntable=options.turntable,
        mp4=options.mp4,
        kinds=options.kind,
        without=options.without,
        only=options.only,
        width=options.width,
        num_frames=options.frames,
    )
    name = options.scene.resolve().name or "scene"
    output = options.output or Path("runs") / f"{name}-pictures"
    with terminal.progress() as progress:
        report = render_run(
            options.scene,
            output,
            settings,
            threads=options.threads,
            overwrite=options.overwrite,
            progress=progress,
        )
    terminal.write(f"{len(report.files)} files in {report.folder}")
    return 0
