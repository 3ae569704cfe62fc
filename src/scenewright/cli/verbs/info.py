"""``scenewright info``: what a file or folder is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from scenewright.cli.options import CommonOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Says what a file or folder is: a capture, a run, a scene, points, meshes, boxes.

    Example: `scenewright info my-run/objects.glb`
    """

    path: tyro.conf.Positional[Path]
    """File or folder."""


def run(options: Options, terminal: Terminal) -> int:
    """Shows the facts."""
    from scenewright.pipelines.info.run import describe_any

    terminal.table(("fact", "value"), list(describe_any(options.path).items()))
    return 0
