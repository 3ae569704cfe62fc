"""The inputs and settings of ``scenewright info``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class InfoInputs:
    """Describes a file or folder: a capture, a run, a scene, points, meshes, boxes.

    Example: `scenewright info my-run/objects.glb`
    """

    path: Annotated[Path, Option(metavar="PATH", positional=True)]
    """File or folder."""


@dataclass(frozen=True, kw_only=True)
class InfoSettings(Settings):
    """Settings of ``info``."""

    json: bool = False
    """Print the facts as JSON."""
