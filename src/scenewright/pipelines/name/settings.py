"""The inputs and settings of ``scenewright name``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Name, Number, Option, Settings


@dataclass(frozen=True, kw_only=True)
class NameInputs:
    """Names the objects of a scene, with scores and other candidates.

    names/tiny knows the 49 kinds of things of synthetic worlds by their shape, size, place and
    color; it needs neither images nor downloads. embed/siglip2 and embed/clip cut each object out
    of the images that show most of it, and choose the word whose text is most like these pictures;
    they need the images of the capture, and the extra 'models' with downloaded weights. Objects
    whose best word scores too low keep the label that they have, if any.

    Examples: `scenewright name my-run/ named/`,
    `scenewright name my-run/ named/ --model embed/siglip2 --words "chair, desk, plant"`
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
    """Words to choose from: a file with one per line, or a list with commas; names/tiny takes only
    words that it knows. Default: all of these, or, for an encoder, 359 names of things in homes and
    offices."""
    model: Annotated[str, Option(metavar="NAME")] = "names/tiny"
    """Model: names/tiny, embed/clip or embed/siglip2, or one of another package."""
    weights: Name = None
    """Weights of the model, such as file:clip/; default: those of its card."""
    views: Number = 3
    """Pictures of each object, for an encoder."""
    min_score: Annotated[float, Option(metavar="0..1")] = 0.4
    """Objects whose best word is less likely keep the label that they have, if any."""
