"""Accuracy of online segmentation in synthetic rooms that no network was trained on.

Ten rooms of seeds 0 to 9, filmed by hand-held sweeps with the default depth sensor's noise. The
networks of the package were trained on worlds of seeds from 1,000,000 on, made by the same program:
these figures are IN-DOMAIN, and rendered. They say nothing of real rooms; see mOSD for those.

Run: python benchmarks/rooms_accuracy.py --json benchmarks/results/rooms_accuracy.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro

from accuracy_baseline import BASELINE, ROOMS, Figures, baseline_name, read_baseline
from accuracy_goals import CONSTANT, OWN
from accuracy_measures import Judged, judge_scene, measure_together, percent
from accuracy_places import ROOM_FRAMES, ROOM_SIZE, SEEDS
from bench_common import Goal, Report, Table, run_main
from scenewright.core import MaskSet
from scenewright.fusion import OnlineSegmenter, fusion_preset
from scenewright.models import MaskProposer, create
from scenewright.pipelines.evaluate.scenes import SceneTruth
from scenewright.pipelines.sources.depth_range import with_depth_range
from scenewright.runs.threads import use_threads
from scenewright.worlds import SyntheticCapture, film_room

GOALS = {
    "true": {"M, own scores": {"AP": 85.0}, "M": {"AP": 85.0}},
    "default": {"M, own scores": OWN[ROOMS], "M": CONSTANT[ROOMS]},
}
"""What is promised of true masks, and of the masks that `segment` uses by default."""
MEASURES = ("M, own scores", "M", "E, own scores")


@dataclass
class Options:
    """What is measured, and how."""

    seeds: tuple[int, ...] = SEEDS
    """Seeds of the rooms."""
    masks: tuple[str, ...] = ("true", "masks/depth-edges", "masks/tiny-rgbd")
    """Kinds of masks: the true ones, or names of backends."""
    default_masks: str = "masks/depth-edges"
    """The backend that the goals of default masks hold for."""
    weights: str | None = None
    """Reference of the weights of masks/tiny-rgbd; None = those of the package."""
    num_frames: int = ROOM_FRAMES
    """Frames of each room."""
    width: int = ROOM_SIZE[0]
    """Of the pictures, pixels."""
    height: int = ROOM_SIZE[1]
    """Of the pictures, pixels."""
    baseline: Path | None = BASELINE
    """Result of open3d_baseline.py; None leaves it out."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


def make_backend(name: str, options: Options) -> MaskProposer | None:
    """The backend of a kind of masks; None for the true ones."""
    if name == "true":
        return None
    extra = {"weights": options.weights} if name.endswith("tiny-rgbd") and options.weights else {}
    backend: MaskProposer = create(name, **extra)
    return backend


def segment_room(
    room: SyntheticCapture, backend: MaskProposer | None
) -> tuple[OnlineSegmenter, list[float]]:
    """Fuses all frames; milliseconds that the masks of each took."""
    config, _ = with_depth_range(fusion_preset("default"), room)
    segmenter = OnlineSegmenter(config)
    times: list[float] = []
    for index, frame in enumerate(room):
        start = perf_counter()
        masks: MaskSet | None = room.masks(index) if backend is None else backend.propose(frame)
        times.append(1e3 * (perf_counter() - start))
        segmenter.update(frame, masks)
    segmenter.finish()
    return segmenter, times


def measure_rooms(options: Options, report: Report) -> dict[str, dict[str, Any]]:
    """Every kind of masks in every room."""
    judged: dict[str, list[Judged]] = {name: [] for name in options.masks}
    times: dict[str, list[float]] = {name: [] for name in options.masks}
    for seed in options.seeds:
        room = film_room(
            seed, num_frames=options.num_frames, width=options.width, height=options.height,
            depth_noise=True, num_threads=options.threads,
        )  # fmt: skip
        truth = SceneTruth(room.truth_points(), frozenset(room.stuff_ids), room.labels)
        for name in options.masks:
            segmenter, took = segment_room(room, make_backend(name, options))
            found = judge_scene(segmenter.result(), truth)
            judged[name].append(found)
            times[name] += took
            shares = percent(measure_together([found], "M, own scores"))
            report.remark(
                f"room {seed}, {name}: AP {shares[0]:.1f} AP50 {shares[1]:.1f} AP25 {shares[2]:.1f}"
            )
    return {name: summary(judged[name], times[name]) for name in options.masks}


def summary(judged: list[Judged], times: list[float]) -> dict[str, Any]:
    """AP over all rooms together, and of each, and the time of the masks."""
    return {
        "AP": {key: percent(measure_together(judged, key)) for key in MEASURES},
        "AP_by_room": [percent(measure_together([one], "M, own scores")) for one in judged],
        "mean_best_iou": float(np.mean([one.quality.mean_best_iou for one in judged])),
        "masks_ms_median": float(np.median(times)),
    }


def read_room_baseline(options: Options) -> Figures:
    """The baseline in the same rooms; empty if there is none."""
    same = (options.num_frames, options.width, options.height) == (ROOM_FRAMES, *ROOM_SIZE)
    if options.baseline is None or not same:
        return {}
    return read_baseline(options.baseline, seeds=options.seeds).get(ROOMS, {})


def make_table(results: dict[str, dict[str, Any]], baseline: Figures, *, num_rooms: int) -> Table:
    """One line per kind of masks, and those of the baseline, which has no scores."""
    rows = tuple(
        (
            name,
            *(f"{value:.1f}" for key in MEASURES for value in found["AP"][key]),
            f"{100 * found['mean_best_iou']:.1f}",
            "" if name == "true" else f"{found['masks_ms_median']:.0f}",
        )
        for name, found in results.items()
    )
    rows += tuple(
        (
            baseline_name(radius),
            *("", "", ""),
            *(f"{value:.1f}" for value in found["constant"]),
            *("", "", "", "", ""),
        )
        for radius, found in baseline.items()
    )
    columns = (
        "masks", "AP", "AP50", "AP25", "equal: AP", "AP50", "AP25", "objects: AP", "AP50", "AP25",
        "best IoU", "ms/frame",
    )  # fmt: skip
    note = (
        "All rooms together. First three: floor, walls and ceiling are instances, ranked by the "
        "scene's own scores (the usual AP). Equal: the same if all scores were equal. Objects: own "
        "scores, floor, walls and ceiling are void. ms/frame: time of the masks, median. Open3D: "
        "planes and clusters without masks (open3d_baseline.py)."
    )
    return Table(f"{num_rooms} synthetic rooms (rendered, in-domain)", columns, rows, note)


def make_goals(results: dict[str, dict[str, Any]], default_masks: str) -> list[Goal]:
    """Promised and measured, by the scenes' own scores and with equal ones."""
    kinds = {"true": "true", default_masks: "default", "masks/tiny-rgbd": "default"}
    goals = []
    for name, kind in kinds.items():
        if name not in results:
            continue
        for key, words in (("M, own scores", "own scores"), ("M", "equal scores")):
            measured = dict(zip(("AP", "AP50", "AP25"), results[name]["AP"][key], strict=True))
            for metric, limit in GOALS[kind][key].items():
                what = f"{name} masks, {words}: {metric}"
                goals.append(Goal(what, measured[metric], limit, at_most=False))
    return goals


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("rooms_accuracy", asdict(options))
    use_threads(options.threads)
    baseline = read_room_baseline(options)
    results = measure_rooms(options, report)
    report.add(make_table(results, baseline, num_rooms=len(options.seeds)))
    report.results["masks"] = results
    report.goals += make_goals(results, options.default_masks)
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
