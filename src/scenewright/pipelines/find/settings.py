"""The inputs and settings of ``scenewright find``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from scenewright.runs.options import Name, Number, Option, Settings


@dataclass(frozen=True, kw_only=True)
class FindInputs:
    """Finds the objects that a phrase means in many scenes.

    Objects are found by vectors of their names, colors and sizes; then what the phrase says about
    their places is checked in the best scenes by the rules of 'ground', each scene by itself. With
    --index, vectors and facts are kept in a folder, so that scenes are read only once; scenes that
    have changed since are noticed and read again. With --model embed/siglip2 or embed/clip, names
    are found in the pictures of objects too, whose vectors 'name' has left in the scenes.

    Examples: `scenewright find "the red chair left of the desk" runs/*`,
    `scenewright find "a mug on a table" runs/ --index runs-index/`,
    `scenewright find "all plants" --index runs-index/`
    """

    phrase: Annotated[str, Option(metavar="PHRASE", positional=True)]
    """The phrase."""
    scenes: Annotated[tuple[Path, ...], Option(metavar="SCENES", positional=True)] = ()
    """Runs, scene folders or files, or folders that hold some; default: all of the index."""
    index: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of the index; made if there is none."""


@dataclass(frozen=True, kw_only=True)
class FindSettings(Settings):
    """Settings of ``find``."""

    top: Number = 10
    """Objects to show at most."""
    model: Annotated[str, Option(metavar="NAME")] = "words"
    """What names are found by: words (labels alone), or also an encoder, such as embed/siglip2."""
    weights: Name = None
    """Weights of the encoder, such as file:clip/; default: those of its card."""
    engine: Literal["exact", "approximate"] = "exact"
    """How vectors are compared; approximate is for some 100,000 objects and more (extra index)."""
    json: bool = False
    """Print the result as JSON."""
