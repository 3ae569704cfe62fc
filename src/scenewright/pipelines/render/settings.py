"""The inputs and settings of ``scenewright render``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.pipelines.pictures.kinds import KINDS
from scenewright.pipelines.sources.settings import Up
from scenewright.runs.options import Count, Option, Settings, Threads


@dataclass(frozen=True, kw_only=True)
class RenderInputs:
    """Renders a scene of surfels: color, depth, normals and ids of its views, or a turntable.

    Pictures are named VIEW.KIND.png; a turntable is turntable.gif and, with --mp4, turntable.mp4. A
    turntable omits walls that face away from the camera, so that the inside of a room is visible.
    With --grids, slices of the grids that completion rests on are drawn as grid-ID.png; these need
    no surfels.

    Examples: `scenewright render my-objects/ --view all -o pictures/`,
    `scenewright render my-objects/ --turntable --only 5`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run, scene folder or splats (.ply)."""


@dataclass(frozen=True, kw_only=True)
class RenderSettings(Settings):
    """Settings of ``render``."""

    views: Annotated[tuple[str, ...], Option(metavar="NAME|NUMBER|all", name="view")] = ()
    """Views to render, by name or by index from 0."""
    turntable: bool = False
    """Render a turntable around the scene."""
    mp4: bool = False
    """Also write the turntable as a video; needs the package av (extra 'video')."""
    kinds: Annotated[tuple[str, ...], Option(metavar="NAME", name="kind")] = KINDS
    """Kinds of pictures: color, depth, normals, ids; a turntable uses the first one given."""
    grids: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Draw what is known of the space around these objects: occupied, free and unknown cells."""
    without: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Leave these instances out."""
    only: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Render only these instances."""
    up: Up = None
    """Direction against gravity, around which a turntable turns; default: that of the scene."""
    width: Count = None
    """Width of the pictures, pixels; default: the width of the view, or 480 for a turntable."""
    num_frames: Annotated[int, Option(metavar="N", name="frames")] = 48
    """Number of frames in one turn."""
    threads: Threads = None
    """CPU cores to use; default: all."""
