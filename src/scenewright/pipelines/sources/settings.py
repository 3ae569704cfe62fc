"""Settings that several verbs share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Option, Settings

MAX_WIDTH = 1600
"""Pixels; wider images are scaled down to it, as published for Gaussian splatting."""


def parse_concepts(text: str) -> tuple[str, ...]:
    """Words or phrases written as ``chair, coffee table``."""
    concepts = tuple(word.strip() for word in text.split(","))
    if not all(concepts):
        from scenewright.core import ConventionError

        raise ConventionError(
            "--concepts", expected='words separated by commas, such as "chair, coffee table"',
            got=f"{text!r:.60}",
        )  # fmt: skip
    return concepts


_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def parse_up(text: str) -> tuple[float, float, float]:
    """A direction written as an axis, ``z`` or ``-y``, or as three numbers, ``0,0,1``."""
    word = text.strip().lower().lstrip("+")
    sign = -1.0 if word.startswith("-") else 1.0
    axis = _AXES.get(word.lstrip("-"))
    try:
        x, y, z = (float(n) for n in word.split(",")) if axis is None else (sign * v for v in axis)
        length = (x * x + y * y + z * z) ** 0.5
        if not 1e-9 < length < 1e9:
            raise ValueError
    except ValueError:
        from scenewright.core import ConventionError

        raise ConventionError(
            "--up", expected="an axis such as z or -y, or three numbers such as 0,0,1",
            got=f"{text!r:.60}",
        ) from None  # fmt: skip
    return x / length, y / length, z / length


Up = Annotated[tuple[float, float, float] | None, Option(metavar="AXIS|X,Y,Z", parse=parse_up)]
"""The direction against gravity, world frame."""


@dataclass(frozen=True, kw_only=True)
class MaskSettings(Settings):
    """The masks to use."""

    masks: Annotated[str, Option(metavar="NAME|FOLDER")] = "masks/depth-edges"
    """Mask backend (see 'scenewright models list'), or a folder of masks."""
    mask_suffix: Annotated[str, Option(metavar="TEXT")] = ""
    """Text between frame name and file extension in a folder of masks, such as '.segm'."""
    undistort_masks: Annotated[
        bool,
        Option(
            negated_help="The masks of a folder were made on undistorted images, not on those of "
            "the capture as stored."
        ),
    ] = True
    """Whether a folder of masks belongs to the images as stored, and is undistorted with them;
    turn off if the masks were made on undistorted images."""
    concepts: Annotated[tuple[str, ...], Option(metavar="WORDS", parse=parse_concepts)] = ()
    """What masks/sam3 looks for, separated by commas, such as "chair, coffee table"; the words
    become the labels of the objects."""
    weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """Weights of the backend: a path, builtin:NAME, file:PATH or hub:ORG/REPO; default: from the
    backend."""
    device: Annotated[str | None, Option(metavar="NAME", incidental=True)] = None
    """Device of the backend's network, such as cuda; default: CPU."""

    @property
    def uses_backend(self) -> bool:
        """Whether the masks come from a backend, not from files."""
        from scenewright.models import available

        return self.masks in available("masks/*")

    def absolute_masks(self) -> str:
        """The setting with an absolute path, if it is a path."""
        is_path = not self.uses_backend and os.path.exists(self.masks)
        return os.path.abspath(self.masks) if is_path else self.masks
