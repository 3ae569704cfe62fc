"""The inputs and settings of ``scenewright models``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class ModelsInputs:
    """Lists backends, describes them, downloads their weights, or checks that they run.

    `list` shows all backends, `info` their facts and the weights on this machine, `download` gets
    weights in advance, `check` loads a backend and runs it on a small image.

    Examples: `scenewright models list`, `scenewright models info masks/sam2`,
    `scenewright models download masks/sam2 embed/clip`,
    `scenewright models check masks/sam2 --weights file:my-folder/`,
    `scenewright models check sceneflow/iscene --weights file:iscene/ --base-weights file:trellis/`.
    """

    action: Annotated[Literal["list", "info", "download", "check"], Option(positional=True)] = (
        "list"
    )
    """What to do."""
    names: Annotated[tuple[str, ...], Option(metavar="NAME", positional=True)] = ()
    """Names of backends; for list also wildcards such as masks/*, for download also
    hub:ORG/REPO."""


@dataclass(frozen=True, kw_only=True)
class ModelsSettings(Settings):
    """Settings of ``models``."""

    weights: Annotated[str | None, Option(metavar="TEXT")] = None
    """For check: builtin:NAME, file:PATH or hub:ORG/REPO; default: the backend's default
    weights."""
    encoder_weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """For check of a generator: weights of the image encoder."""
    geometry_weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """For check of a generator: weights of VGGT."""
    base_weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """For check of a generator: weights of TRELLIS."""
    allow_pickles: bool = False
    """For check of a generator: read weights in files of PyTorch (.pt), with weights_only."""
    low_memory: bool = False
    """For check of a generator: load the networks one after the other."""
    dtype: Annotated[str | None, Option(metavar="NAME")] = None
    """For check of a generator: float32, bfloat16 or float16."""
    device: Annotated[str | None, Option(metavar="TEXT")] = None
    """For check: device, such as cpu or cuda; default: the backend's default."""
