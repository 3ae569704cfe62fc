"""The inputs and settings of ``scenewright complete``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Number, Option, Settings, Threads

DEFAULT_MODEL = "complete/symmetry"


@dataclass(frozen=True, kw_only=True)
class CompleteInputs:
    """Completes the hidden sides of objects where they stand, and closes the room behind them.

    What was seen stays as it was scanned, free space stays empty, and no object grows into
    another. The run folder holds the scene, a closed mesh per object (objects.glb), boxes of what
    was seen and of the whole (completion.json), a picture per object before and after, from the
    side that was seen and from behind (objects/ID.jpg), and the page view.html.

    Which space is free comes from the frames of the capture, or from the grids that 'decompose' or
    'segment --grids' stored in the scene.

    Examples: `scenewright complete my-run/ -o my-whole-run/`,
    `scenewright complete my-run/ --ids 4 7 -o chairs/`
    """

    scene: Annotated[Path, Option(metavar="RUN|SCENE", positional=True)]
    """Run of 'scenewright segment' or 'decompose', or scene folder."""
    capture: Annotated[Path | None, Option(metavar="CAPTURE")] = None
    """Folder of the frames; default: the capture that the scene was made from."""


@dataclass(frozen=True, kw_only=True)
class CompleteSettings(Settings):
    """Settings of ``complete``."""

    ids: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Objects to complete; default: all, without floor, walls and ceiling."""
    model: Annotated[str, Option(metavar="NAME")] = DEFAULT_MODEL
    """Backend that completes objects (see 'scenewright models list')."""
    weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """Weights of the backend; default: from the backend."""
    seeds: Number = 1
    """Guesses that a random backend draws per object; the best is kept."""
    seed: Number = 0
    """Random seed; the same seed gives the same scene on a CPU."""
    background: Annotated[
        bool, Option(negated_help="Leave holes of floor, walls and ceiling open.")
    ] = True
    """Close floor, walls and ceiling behind objects."""
    refine: Number = 0
    """Steps in which new surfels of a surfel scene are fitted to the photographs, such as 1000;
    default: none. Old surfels stay as they are."""
    layout: Name = None
    """Layout of the capture; default: found by its files."""
    threads: Threads = None
    """CPU cores to use; default: all."""
