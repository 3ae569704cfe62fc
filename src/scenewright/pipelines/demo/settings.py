"""The inputs and settings of ``scenewright demo``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Number, Option, Settings, Threads


@dataclass(frozen=True, kw_only=True)
class DemoInputs:
    """Makes a furnished room, films it, segments the film and measures the result.

    Needs no data and no network access. The output folder holds the capture and two runs: one with
    the default masks, one with the true masks. Open view.html of either in a browser. Three
    questions are asked about the last run; names of objects are taken from the truth for that.

    Example: `scenewright demo -o my-demo/`
    """


@dataclass(frozen=True, kw_only=True)
class DemoSettings(Settings):
    """Settings of ``demo``."""

    seed: Number = 0
    """Random seed of the room."""
    num_frames: Annotated[int, Option(metavar="N", name="frames")] = 60
    """Number of frames."""
    clean_depth: bool = False
    """Render exact depth, without the errors of a depth camera."""
    size: Annotated[tuple[int, int], Option(metavar="WIDTH HEIGHT")] = (320, 240)
    """Width and height of the images, pixels."""
    masks: Annotated[tuple[str, ...], Option(metavar="NAME")] = ("masks/parts", "true masks")
    """Mask backends, one run each; "true masks" stands for the ground truth masks."""
    threads: Threads = None
    """CPU cores to use; default: all."""
