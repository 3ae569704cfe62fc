"""What the benchmarks of mask backends share: one loop, one table, one JSON file."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

import scenewright
from bench_common import Goal, goal_table, show
from scenewright.core import Camera, Frame, MaskSet
from scenewright.metrics import (
    InstanceQuality,
    format_quality,
    measure_id_maps,
    pool_quality,
    quality_to_dict,
)
from scenewright.models import MaskProposer

CONSOLE = Console()


@dataclass(frozen=True)
class View:
    """A frame, its truth, and which of its pixels and true ids count."""

    frame: Frame
    truth: NDArray[np.int32]
    scored: NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """Fit and time of one backend over all views."""

    per_view: dict[str, InstanceQuality]
    best_ious: NDArray[np.float64]
    milliseconds: NDArray[np.float64]


def read_camera(path: Path, *, width: int = 640, height: int = 480) -> Camera:
    """Reads a 3 x 3 matrix whose pixel centers are at integers."""
    K = np.loadtxt(path)
    K[:2, 2] += 0.5
    return Camera(K, width, height)


def read_image(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"))


def read_depth(path: Path) -> NDArray[np.float32]:
    """(H, W) meters of a 16-bit PNG in millimeters."""
    millimeters = np.asarray(Image.open(path))
    depth: NDArray[np.float32] = millimeters.astype(np.float32) / np.float32(1000)
    return depth


def measure(
    backend: MaskProposer, views: Iterable[View], *, first_id: int, min_size: int
) -> Outcome:
    """Runs a backend over views.

    Args:
        backend: The backend.
        views: The views; the first is also run once before, so that compiling is not timed.
        first_id: Smallest true id that is an object; smaller ones only count for P, R and F.
        min_size: True instances with fewer scored pixels are left out.
    """
    per_view: dict[str, InstanceQuality] = {}
    best: list[float] = []
    milliseconds: list[float] = []
    for view in views:
        if not milliseconds:
            backend.propose(view.frame)
        start = time.perf_counter()
        masks = backend.propose(view.frame)
        milliseconds.append((time.perf_counter() - start) * 1000)
        if masks is None:
            masks = MaskSet.empty(*view.frame.camera.size)
        quality = measure_id_maps(
            view.truth, masks.to_id_map(), scored=view.scored, min_size=min_size
        )
        per_view[view.frame.name] = quality
        best += quality.best_ious[quality.truth_ids >= first_id].tolist()
    return Outcome(per_view, np.array(best), np.array(milliseconds))


@dataclass(frozen=True)
class MaskGoals:
    """What is promised of the masks of a backend on a data set.

    Attributes:
        best_iou: Least mean best IoU of the objects, percent.
        overlap_f: Least overlap F, percent.
        milliseconds: Largest median time per frame.
    """

    best_iou: float
    overlap_f: float
    milliseconds: float


def make_goals(goals: MaskGoals, *, best_iou: float, overlap_f: float, median: float) -> list[Goal]:
    """The goals beside what was measured: shares, and milliseconds."""
    return [
        Goal("mean best IoU of the objects", 100 * best_iou, goals.best_iou, "%", at_most=False),
        Goal("overlap F", 100 * overlap_f, goals.overlap_f, "%", at_most=False),
        Goal("masks of a frame, median", median, goals.milliseconds, "ms"),
    ]


def report(
    name: str,
    outcome: Outcome,
    *,
    dataset: str,
    json_path: Path | None,
    goals: MaskGoals | None = None,
) -> None:
    """Prints the table and the goals and, if asked, writes them as JSON."""
    pooled = pool_quality(outcome.per_view.values())
    CONSOLE.print(format_quality({**outcome.per_view, "all": pooled}), highlight=False)
    best, median = float(outcome.best_ious.mean()), float(np.median(outcome.milliseconds))
    CONSOLE.print(
        f"\n{name} on {dataset}: mean best IoU {best:.3f} over {len(outcome.best_ious)} objects; "
        f"overlap P {pooled.overlap_precision:.3f} R {pooled.overlap_recall:.3f} "
        f"F {pooled.overlap_f:.3f}; {median:.1f} ms per frame (median)",
        highlight=False,
    )
    checked: list[Goal] = []
    if goals is not None:
        checked = make_goals(goals, best_iou=best, overlap_f=pooled.overlap_f, median=median)
        show(CONSOLE, goal_table(checked))
    if json_path is None:
        return
    result: dict[str, Any] = {
        "dataset": dataset,
        "backend": name,
        "mean_best_iou_of_objects": best,
        "num_objects": len(outcome.best_ious),
        "median_ms_per_frame": median,
        "pooled": quality_to_dict(pooled),
        "views": {key: quality_to_dict(value) for key, value in outcome.per_view.items()},
        "goals": [goal.as_dict() for goal in checked],
        "environment": describe_environment(),
    }
    json_path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def describe_environment() -> dict[str, str | int]:
    """Hardware, versions and commit."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "threads": numba.get_num_threads(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "scenewright": getattr(scenewright, "__version__", "unknown"),
        "commit": commit or "unknown",
    }
