"""The inputs and settings of ``scenewright ask``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Option, Settings


@dataclass(frozen=True, kw_only=True)
class AskInputs:
    """Answers a question about a scene: the answer, the objects that it cites, and how.

    Names, colors, sizes, numbers, and places relative to other objects can be asked for. Left,
    right, in front of and behind are seen from the middle of the room, unless the question says
    otherwise. Without a question, questions are read line by line, and 'it' and 'them' mean the
    objects of the answer before. Names come from the labels of the scene; objects without labels
    can be asked for by color, size, place and id.

    Examples: `scenewright ask my-run/ "how many chairs are left of the desk?"`,
    `scenewright ask my-run/`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run, scene folder, .glb, .ply with instance_id, or .json with boxes."""
    question: Annotated[str | None, Option(metavar="QUESTION", positional=True)] = None
    """The question; without one, questions are read from the standard input."""
    picture: Annotated[Path | None, Option(metavar="PNG", short="-o")] = None
    """Picture to write, with the cited objects marked; default: runs/NAME-OF-SCENE-answer.png."""
    overwrite: bool = False
    """Replace an existing picture; one with the default name is always replaced."""


@dataclass(frozen=True, kw_only=True)
class AskSettings(Settings):
    """Settings of ``ask``."""

    model: Annotated[str, Option(metavar="NAME")] = "lm/symbolic"
    """Model of language."""
    weights: Name = None
    """Weights of the model, such as a folder of 'train lora'; default: those of its card."""
    draw: Annotated[bool, Option(negated_help="Do not write a picture.")] = True
    """Write a picture."""
    json: bool = False
    """Print the answers as JSON, one line each."""
