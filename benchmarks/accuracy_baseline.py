"""The figures of `open3d_baseline.py`, which tables print beside ours.

Open3D is not installed where the other benchmarks run, and the baseline does not change with
Scenewright: its figures are read from the result of its last run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_common import CHECKOUT, FORMAT
from scenewright.core import CaptureError, FormatError
from scenewright.io import read_json

BASELINE = CHECKOUT / "benchmarks" / "results" / "open3d_baseline.json"
RADII = (0.05, 0.08)
"""Radii of DBSCAN, meters."""
ROOMS = "rooms"
"""Name of the held-out rooms, the only place that depends on seeds."""

Figures = dict[str, dict[str, Any]]
"""What `Summary.as_dict` says, by radius in meters as text."""


def read_baseline(path: Path, *, seeds: Sequence[int]) -> dict[str, Figures]:
    """The figures by place; the held-out rooms only if they are those of the same seeds.

    Args:
        path: Result of `open3d_baseline.py`.
        seeds: Seeds of the held-out rooms.

    Raises:
        CaptureError: There is no such file.
        FormatError: It is the result of something else.
    """
    if not path.is_file():
        raise CaptureError(
            f"There are no figures of the baseline at {path}",
            expected="the result of open3d_baseline.py",
            got="no such file",
            do="Run benchmarks/open3d_baseline.py --json FILE in an environment with Open3D.",
        )
    value = read_json(path)
    if (
        not isinstance(value, dict)
        or value.get("format") != FORMAT
        or value.get("benchmark") != "open3d_baseline"
    ):
        raise FormatError(
            f"{path}", expected="the result of open3d_baseline.py", got="another JSON file"
        )
    places: dict[str, Figures] = value["results"]["places"]
    if value["settings"]["seeds"] != list(seeds):
        places.pop(ROOMS, None)
    return places


def baseline_cells(found: Mapping[str, Any]) -> tuple[str, ...]:
    """AP, AP50, AP25, listed / true and the floor, as tables show them."""
    return (
        *(f"{value:.1f}" for value in found["constant"]),
        f"{found['num_listed']}/{found['num_true']}",
        share(found["floor_iou"]),
    )


def better_ap50(figures: Figures) -> float:
    """AP50 of the better radius."""
    return max(float(found["constant"][1]) for found in figures.values())


def share(value: float | None) -> str:
    """A share in percent; empty if it is unknown."""
    return "" if value is None or value != value else f"{100 * value:.1f}"


def baseline_name(radius: str) -> str:
    """How tables call the baseline with a radius in meters."""
    return f"Open3D, {100 * float(radius):g} cm"
