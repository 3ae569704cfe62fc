"""The inputs and settings of ``scenewright caption``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Option, Settings


@dataclass(frozen=True, kw_only=True)
class CaptionInputs:
    """Describes the objects of a scene: name, color, size, and place relative to others.

    The phrase of each object is checked: 'ground' finds that object by it, and no other.

    Examples: `scenewright caption my-run/`, `scenewright caption my-run/ --id 7`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run, scene folder, .glb, .ply with instance_id, or .json with boxes."""
    output: Annotated[Path | None, Option(metavar="JSON", short="-o")] = None
    """File to write the captions to; an older one is replaced."""


@dataclass(frozen=True, kw_only=True)
class CaptionSettings(Settings):
    """Settings of ``caption``."""

    id: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Describe only these objects; default: all but floor, walls and ceiling."""
    model: Annotated[str, Option(metavar="NAME")] = "lm/symbolic"
    """Model of language."""
    weights: Name = None
    """Weights of the model, such as a folder of 'train lora'; default: those of its card."""
