"""The inputs and settings of ``scenewright ground``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Option, Settings


@dataclass(frozen=True, kw_only=True)
class GroundInputs:
    """Finds the objects that a phrase means, with probabilities, and draws boxes around them.

    Says so if nothing matches. Read by the same rules as the questions of 'ask'.

    Example: `scenewright ground my-run/ "the red chair left of the desk"`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run, scene folder, .glb, .ply with instance_id, or .json with boxes."""
    phrase: Annotated[str, Option(metavar="PHRASE", positional=True)]
    """The phrase."""
    picture: Annotated[Path | None, Option(metavar="PNG", short="-o")] = None
    """Picture to write; default: runs/NAME-OF-SCENE-found.png."""
    overwrite: bool = False
    """Replace an existing picture; one with the default name is always replaced."""


@dataclass(frozen=True, kw_only=True)
class GroundSettings(Settings):
    """Settings of ``ground``."""

    model: Annotated[str, Option(metavar="NAME")] = "lm/symbolic"
    """Model of language."""
    weights: Name = None
    """Weights of the model, such as a folder of 'train lora'; default: those of its card."""
    draw: Annotated[bool, Option(negated_help="Do not write a picture.")] = True
    """Write a picture."""
    json: bool = False
    """Print the result as JSON."""
