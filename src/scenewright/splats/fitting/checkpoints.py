"""Checkpoints of a fit on disk: safetensors and JSON, which cannot run code."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from scenewright.core import FormatError
from scenewright.io import reading, write_bytes
from scenewright.splats.fitting.adam import Moments
from scenewright.splats.fitting.config import DensifyConfig, FitConfig, LossConfig, RateConfig
from scenewright.splats.fitting.densify import Statistics
from scenewright.splats.fitting.engine import EngineState
from scenewright.splats.fitting.parameters import RawSurfels

FORMAT = "scenewright-fit"
VERSION = 1


@dataclass(frozen=True)
class Clock:
    """Progress of a fit.

    Attributes:
        step: Steps done.
        progress: Share of the schedule that is done.
        seconds: Time of the steps.
        was_reset: Whether opacities were ever reset.
        order: Indices of the remaining views before the next shuffle.
        rng: State of the `numpy.random.Generator`.
    """

    step: int
    progress: float
    seconds: float
    was_reset: bool
    order: tuple[int, ...]
    rng: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything needed to resume a fit, except the images.

    Attributes:
        state: Surfels, moments, statistics.
        clock: Progress.
        config: Settings.
        extent: Extent of the scene.
        near: Near distance.
        views: Names of the views, in order.
    """

    state: EngineState
    clock: Clock
    config: FitConfig
    extent: float
    near: float
    views: tuple[str, ...]


def write_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Writes a checkpoint atomically."""
    state = checkpoint.state
    arrays: dict[str, NDArray[Any]] = {
        **state.surfels.to_arrays("surfels/"),
        **state.moments.first.to_arrays("first/"),
        **state.moments.second.to_arrays("second/"),
        "count": state.moments.count,
        "pull": state.statistics.pull,
        "seen": state.statistics.seen,
    }
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "clock": asdict(checkpoint.clock),
        "config": asdict(checkpoint.config),
        "extent": checkpoint.extent,
        "near": checkpoint.near,
        "views": checkpoint.views,
    }
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_bytes(path, save(whole, metadata={"facts": json.dumps(facts)}))


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Reads what `write_checkpoint` wrote.

    Raises:
        FormatError: The file is missing, damaged, not a checkpoint, or of another version.
    """
    with reading(path, "checkpoint of a fit"):
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        if facts.get("format") != FORMAT or facts.get("version") != VERSION:
            raise FormatError(
                f"{path}",
                expected=f"a {FORMAT} of version {VERSION}",
                got=f"{facts.get('format')} of version {facts.get('version')}",
            )
        moments = Moments(
            RawSurfels.from_arrays(arrays, "first/"),
            RawSurfels.from_arrays(arrays, "second/"),
            np.array(arrays["count"], np.int32),
        )
        statistics = Statistics(
            np.array(arrays["pull"], np.float32), np.array(arrays["seen"], np.int32)
        )
        clock = dict(facts["clock"])
        return Checkpoint(
            EngineState(RawSurfels.from_arrays(arrays, "surfels/"), moments, statistics),
            Clock(**{**clock, "order": tuple(clock["order"])}),
            config_from_json(facts["config"]),
            facts["extent"],
            facts["near"],
            tuple(facts["views"]),
        )


def config_from_json(values: dict[str, Any]) -> FitConfig:
    """Settings from the values of `dataclasses.asdict`."""
    densify = values["densify"]
    return FitConfig(
        **{
            **values,
            "rates": RateConfig(**values["rates"]),
            "losses": LossConfig(**values["losses"]),
            "densify": None if densify is None else DensifyConfig(**densify),
            "resolutions": tuple((float(a), int(b)) for a, b in values["resolutions"]),
            "held_out_names": tuple(str(name) for name in values["held_out_names"]),
            "background": tuple(values["background"]),
        }
    )
