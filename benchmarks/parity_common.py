"""What the parity checks of all networks share: recorded runs, and how results are compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor, nn

from scenewright.models.networks.samplers import SamplerSettings

SINGLE_LIMIT, SAMPLER_LIMIT = 3e-5, 1e-4
"""Largest error in units of the reference's standard deviation: single calls, sampler runs."""
_INPUTS = ("in.", "sampler.noise")
_EXTRACTED = "mesh."
"""Results of the surface extraction of the originals."""


@dataclass(frozen=True)
class Recording:
    """One recorded run of a published network.

    Attributes:
        name: Name of its folder.
        config: Class, arguments, call and sampler settings.
        weights: State dict, in float32.
        arrays: Inputs (``in.*``, ``sampler.noise``) and results, floats in float32.
    """

    name: str
    config: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    arrays: Mapping[str, Tensor]

    @property
    def network(self) -> str:
        """Name of the published class, without the remarks behind it; without one, the origin."""
        return str(self.config.get("cls") or self.config["origin"]).split(" ")[0]

    def results(self) -> dict[str, Tensor]:
        """The recorded results by name."""
        return {k: v for k, v in self.arrays.items() if not k.startswith(_INPUTS)}


Runner = Callable[[Recording], Mapping[str, Tensor]]
"""Runs the network of a recording and returns results by their recorded names, in their order."""


@dataclass(frozen=True)
class Entry:
    """One compared result.

    Attributes:
        name: ``folder/name``.
        error: Largest error in units of the reference's standard deviation; infinite where the
            result is missing or has another shape.
        limit: Largest allowed `error`.
        remark: What is wrong besides the size of the error.
        is_skipped: Whether nothing was compared; the remark says why.
    """

    name: str
    error: float
    limit: float
    remark: str = ""
    is_skipped: bool = False

    @property
    def ok(self) -> bool:
        """Whether the error is within the limit; one that is not a number is not."""
        return self.is_skipped or self.error <= self.limit

    def __str__(self) -> str:
        if self.is_skipped:
            return f"{self.name:<48}  skipped: {self.remark}"
        verdict = "ok" if self.ok else "OVER"
        text = f"{self.name:<48}  {self.error:9.2e}  limit {self.limit:.0e}  {verdict}"
        return f"{text}  {self.remark}".rstrip()


def read_recording(folder: Path) -> Recording:
    """Reads ``config.json``, ``io.safetensors`` and, if there are any, ``weights.safetensors``."""
    weights = folder / "weights.safetensors"
    return Recording(
        name=folder.name,
        config=json.loads((folder / "config.json").read_text("utf-8")),
        weights=_float32(load_file(weights)) if weights.is_file() else {},
        arrays=_float32(load_file(folder / "io.safetensors")),
    )


def skipped(name: str) -> Entry:
    """A result that is not compared."""
    why = "surfaces are extracted by our method; the original's code is non-commercial"
    return Entry(name, float("nan"), SINGLE_LIMIT, why, is_skipped=True)


def compare(recording: Recording, results: Mapping[str, Tensor]) -> Iterator[Entry]:
    """Compares the results of a run with the recorded ones, entry by entry."""
    for name, reference in recording.results().items():
        limit = SAMPLER_LIMIT if name.startswith("sampler.") else SINGLE_LIMIT
        where = f"{recording.name}/{name}"
        if name.startswith(_EXTRACTED):
            yield skipped(where)
            continue
        result = results.get(name)
        if result is None:
            yield Entry(where, float("inf"), limit, "missing")
        elif result.shape != reference.shape:
            shapes = f"shape {tuple(result.shape)}, recorded {tuple(reference.shape)}"
            yield Entry(where, float("inf"), limit, shapes)
        else:
            yield Entry(where, _relative_error(result, reference), limit)


def sampler_settings(config: Mapping[str, Any]) -> SamplerSettings:
    """The settings of a recorded sampler run."""
    low, high = config.get("cfg_interval", (0.0, 1.0))
    return SamplerSettings(
        steps=config["steps"],
        guidance=config.get("cfg_strength", 0.0),
        interval=(low, high),
        rescale=config.get("rescale_t", 1.0),
        sigma_min=config["sigma_min"],
    )


@contextmanager
def captured(network: nn.Module, recording: Recording) -> Iterator[dict[str, Tensor]]:
    """Collects the outputs of the modules that the recording names as ``mid.MODULE``."""
    seen: dict[str, Tensor] = {}
    modules = dict(network.named_modules())
    names = [name for name in recording.arrays if name.removeprefix("mid.") in modules]
    handles = [
        modules[name.removeprefix("mid.")].register_forward_hook(_keeper(seen, name))
        for name in names
        if name.startswith("mid.")
    ]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _keeper(seen: dict[str, Tensor], name: str) -> Callable[..., None]:
    def keep(_module: nn.Module, _inputs: object, output: Any) -> None:
        seen[name] = output

    return keep


def _float32(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def _relative_error(result: Tensor, reference: Tensor) -> float:
    if reference.numel() == 0:
        return 0.0
    expected = reference.double()
    error = float((result.double() - expected).abs().max())
    deviation = float(expected.std(correction=0)) or 1.0
    return error / deviation
