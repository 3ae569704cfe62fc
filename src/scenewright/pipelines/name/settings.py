"""The inputs and settings of ``scenewright name``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Number, Option, Settings


@dataclass(frozen=True, kw_only=True)
class NameInputs:
    """Names the objects of a scene by an encoder of images and texts, and a list of words.

    Each object is cut out of the images that show most of it, and gets the word whose text is most
    like these pictures, with a score and other candidates, if the score is high enough. Needs the
    images of the capture, and the extra 'models' with downloaded weights.

    Example: `scenewright name my-run/ named/ --words "chair, desk, plant"`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run or scene folder of a segmented capture."""
    output: Annotated[Path, Option(metavar="OUT", positional=True)]
    """Scene folder to write."""
    capture: Annotated[Path | None, Option(metavar="CAPTURE")] = None
    """Folder of the images; default: the capture that the scene was made from."""
    overwrite: bool = False
    """Replace an existing output."""


@dataclass(frozen=True, kw_only=True)
class NameSettings(Settings):
    """Settings of ``name``."""

    words: Annotated[str | None, Option(metavar="FILE|LIST")] = None
    """Words to choose from: a file with one per line, or a list with commas; default: 359 names of
    things in homes and offices."""
    model: Annotated[str, Option(metavar="NAME")] = "embed/siglip2"
    """Encoder: embed/clip or embed/siglip2, or one of another package."""
    weights: Name = None
    """Weights of the encoder, such as file:clip/; default: those of its card."""
    views: Number = 3
    """Pictures of each object."""
    min_score: Annotated[float, Option(metavar="0..1")] = 0.2
    """Objects whose best word is less likely keep no name."""
