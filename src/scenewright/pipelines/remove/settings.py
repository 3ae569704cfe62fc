"""The inputs and settings of ``scenewright remove``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class RemoveInputs:
    """Removes objects from a scene, and closes floor, walls and ceiling behind them.

    What stood on a removed object stays where it is. A table below a removed object has no hole if
    'scenewright complete' has made it whole first.

    Examples: `scenewright remove my-run/ --ids 4 7 -o without-chairs/`,
    `scenewright remove my-run/ --ids 4 -o room.glb`
    """

    scene: Annotated[Path, Option(metavar="RUN|SCENE", positional=True)]
    """Run, or scene folder."""
    output: Annotated[Path, Option(metavar="OUT", short="-o")]
    """File or folder to write, by suffix as in 'scenewright convert'."""
    overwrite: bool = False
    """Replace an existing output."""


@dataclass(frozen=True, kw_only=True)
class RemoveSettings(Settings):
    """Settings of ``remove``."""

    ids: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Objects to remove; at least one."""
