"""The inputs and settings of ``scenewright check``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Option, Settings


@dataclass(frozen=True, kw_only=True)
class CheckInputs:
    """Looks for problems in a capture: files, depth scale, intrinsics, poses.

    Example: `scenewright check my-capture/`
    """

    capture: Annotated[Path, Option(metavar="CAPTURE", positional=True)]
    """Folder of the capture."""


@dataclass(frozen=True, kw_only=True)
class CheckSettings(Settings):
    """Settings of ``check``."""

    layout: Name = None
    """Layout of the capture; default: detected."""
    full: bool = False
    """Decode every frame, not just a sample."""
    json: bool = False
    """Print the report as JSON."""
