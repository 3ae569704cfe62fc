"""Accuracy of online segmentation on house-rgbd, against exact instances.

The pictures are RENDERED from a modelled house: no sensor noise, exact poses. The numbers compare
ways to merge masks; they are no promise for real captures.

Kinds of masks: the true ones, damaged ones (a fifth dropped, others split, merged and with moved
borders), those of the backend masks/depth-edges, and on request (--masks tiny-rgbd) those of
masks/tiny-rgbd, which was trained on synthetic rooms, never on this house.

Three methods: the preset `default`; the preset `onlineanyseg` (our implementation of the published
rules) with every frame; the same with its published schedule, one frame in ten.

Run: python benchmarks/segmentation_accuracy.py --json benchmarks/results/segmentation_accuracy.json
Quick look: add --methods default
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import tyro

from accuracy_baseline import BASELINE, Figures, baseline_name, read_baseline
from accuracy_measures import MEASURES, Accuracy, measure_scene, percent
from accuracy_references import FLOORS, LEAD_AP, REFERENCES
from bench_common import DATA, Goal, Report, Table, require_folder, run_main
from bench_stream import Pair, prepare, time_run, warm_up
from scenewright.core import FrameList, FrameSource
from scenewright.data import open_capture
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, OnlineSegmenter, fusion_preset
from scenewright.pipelines.evaluate.scenes import SceneTruth, read_scene_truth
from scenewright.pipelines.sources.depth_range import with_depth_range
from scenewright.runs.threads import use_threads

Sequence = Literal["living-room", "bedroom"]
Masks = Literal["true", "damaged", "depth-edges", "tiny-rgbd"]
Method = Literal["default", "onlineanyseg", "onlineanyseg-published"]

METHODS: dict[str, str] = {
    "default": "default",
    "onlineanyseg": "onlineanyseg, every frame",
    "onlineanyseg-published": "onlineanyseg, one frame in ten",
}
"""How the tables call the methods."""
COLUMNS = (
    "masks", "method", "AP", "AP50", "AP25",
    "best IoU", "split", "merged", "found/true", "ms/frame",
)  # fmt: skip


@dataclass
class Options:
    """What is measured, and how."""

    sequences: tuple[Sequence, ...] = ("living-room", "bedroom")
    """Sequences of house-rgbd."""
    masks: tuple[Masks, ...] = ("true", "damaged", "depth-edges")
    """Kinds of masks."""
    methods: tuple[Method, ...] = ("default", "onlineanyseg", "onlineanyseg-published")
    """Methods that merge them."""
    voxel_size: float | None = None
    """Meters; None keeps the presets'."""
    max_depth: float | None = None
    """Meters; None chooses it from the readings, the same for all methods."""
    frames: int | None = None
    """Use only the first frames; for a quick look, the truth is that of all frames."""
    data: Path = DATA / "house-rgbd"
    """Folder of house-rgbd."""
    masks_data: Path = DATA / "house-masks"
    """Folder of house-masks."""
    baseline: Path | None = BASELINE
    """Result of open3d_baseline.py; None leaves it out."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """One method on one sequence with one kind of masks."""

    sequence: str
    masks: str
    method: str
    accuracy: Accuracy
    num_processed: int
    ms_per_frame: float
    result_ms: float

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "sequence": self.sequence,
            "masks": self.masks,
            "method": self.method,
            "num_processed": self.num_processed,
            "ms_per_processed_frame": self.ms_per_frame,
            "result_ms": self.result_ms,
            **self.accuracy.as_dict(),
        }


def make_config(method: str, options: Options, *, frames: FrameSource) -> FusionConfig:
    """The settings of a method."""
    name = method.partition("-")[0]
    asked = fusion_preset("default", voxel_size=options.voxel_size, max_depth=options.max_depth)
    chosen, _ = with_depth_range(asked, frames)
    config = fusion_preset(name, voxel_size=options.voxel_size, max_depth=chosen.max_depth)
    if method == "onlineanyseg":
        assert isinstance(config.method, OnlineAnySegConfig)
        config = replace(config, method=replace(config.method, keyframe_interval=1))
    return config


def masks_of(kind: str, sequence: str, options: Options) -> str:
    """What `prepare` takes for a kind of masks."""
    if kind in ("depth-edges", "tiny-rgbd"):
        return f"masks/{kind}"
    folder = options.masks_data / sequence / kind
    return str(require_folder(folder, what="folder of masks", option="--masks-data"))


def run(
    method: str, pairs: list[Pair], truth: SceneTruth, *, sequence: str, masks: str,
    options: Options,
) -> Outcome:  # fmt: skip
    """Segments a sequence and measures the scene."""
    config = make_config(method, options, frames=FrameList([frame for frame, _ in pairs]))
    warm_up(config, pairs)
    segmenter = OnlineSegmenter(config)
    times = time_run(segmenter, pairs)
    start = perf_counter()
    segmenter.finish()
    scene = segmenter.result()
    result_ms = 1e3 * (perf_counter() - start)
    return Outcome(
        sequence, masks, method, measure_scene(scene, truth),
        int(times.is_used.sum()), float(times.total[times.is_used].mean()), result_ms,
    )  # fmt: skip


def triple(values: tuple[float, float, float]) -> str:
    """AP, AP50 and AP25 in one cell."""
    return " / ".join(f"{value:.1f}" for value in values)


def outcome_row(outcome: Outcome) -> tuple[str, ...]:
    """One line of the table."""
    quality = outcome.accuracy.quality
    return (
        outcome.masks,
        METHODS[outcome.method],
        *(f"{value:.1f}" for value in percent(outcome.accuracy.ap["M"])),
        f"{100 * quality.mean_best_iou:.1f}",
        str(quality.num_split),
        str(quality.num_merged),
        f"{quality.num_predicted}/{quality.num_truth}",
        f"{outcome.ms_per_frame:.1f}",
    )


def reference_rows(sequence: str, masks: str) -> list[tuple[str, ...]]:
    """What others reach, and what we promise."""
    cells: list[tuple[str, ...]] = [
        (masks, name, *(f"{value:.1f}" for value in values))
        for name, values in REFERENCES.get((sequence, masks), {}).items()
    ]
    if masks not in FLOORS:
        return [(*cell, *("" for _ in COLUMNS[len(cell) :])) for cell in cells]
    floor = dict(FLOORS[masks].items())
    limits = (f"{floor[name]:g}" if name in floor else "" for name in ("AP", "AP50", "AP25"))
    cells.append((masks, "goal of default: at least", *limits))
    return [(*cell, *("" for _ in COLUMNS[len(cell) :])) for cell in cells]


def baseline_rows(baseline: Figures) -> list[tuple[str, ...]]:
    """What Open3D finds without masks."""
    return [
        (
            "none",
            baseline_name(radius),
            *(f"{value:.1f}" for value in found["constant"]),
            *("" for _ in COLUMNS[5:]),
        )
        for radius, found in baseline.items()
    ]


def main_table(sequence: str, outcomes: list[Outcome], baseline: Figures) -> Table:
    """Protocol M and the fit of a sequence; each kind of masks is followed by its references."""
    rows: list[tuple[str, ...]] = []
    for masks in dict.fromkeys(outcome.masks for outcome in outcomes):
        rows += [outcome_row(outcome) for outcome in outcomes if outcome.masks == masks]
        rows += reference_rows(sequence, masks)
    rows += baseline_rows(baseline)
    note = (
        f"AP, AP50, AP25: {MEASURES['M']}; percent. Best IoU: mean over the true instances, "
        "percent. Split, merged: true instances. ms/frame: of a frame that was processed, without "
        "decoding and masks. Open3D: planes and clusters (open3d_baseline.py). Rendered pictures, "
        "not real ones."
    )
    return Table(f"house-rgbd, {sequence} (rendered)", COLUMNS, tuple(rows), note)


def other_table(sequence: str, outcomes: list[Outcome]) -> Table:
    """The same scenes counted in other ways."""
    names = [name for name in MEASURES if name != "M"]
    rows = tuple(
        (o.masks, METHODS[o.method], *(triple(percent(o.accuracy.ap[name])) for name in names))
        for o in outcomes
    )
    note = "AP / AP50 / AP25, percent. " + " ".join(f"{n}: {MEASURES[n]}." for n in names)
    title = f"house-rgbd, {sequence}: the same scenes, counted in other ways"
    return Table(title, ("masks", "method", *names), rows, note)


def make_goals(outcomes: list[Outcome]) -> list[Goal]:
    """What is promised of the preset `default`, for the rows that were run."""
    by_key = {(o.sequence, o.masks, o.method): percent(o.accuracy.ap["M"]) for o in outcomes}
    goals = []
    for (sequence, masks, method), values in by_key.items():
        if method != "default" or masks not in FLOORS:
            continue
        measured = dict(zip(("AP", "AP50", "AP25"), values, strict=True))
        for name, limit in FLOORS[masks].items():
            place = f"{sequence}, {masks} masks: {name}"
            goals.append(Goal(place, measured[name], limit, at_most=False))
        others = [by_key.get((sequence, masks, name)) for name in METHODS if name != "default"]
        known = [other[0] for other in others if other is not None]
        if masks == "damaged" and known:
            place = f"{sequence}, damaged masks: AP over the better onlineanyseg"
            goals.append(Goal(place, measured["AP"] - max(known), LEAD_AP, at_most=False))
    return goals


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("segmentation_accuracy", asdict(options))
    use_threads(options.threads)
    baseline: dict[str, Figures] = {}
    if options.baseline is not None and options.frames is None:
        baseline = read_baseline(options.baseline, seeds=())
    outcomes: list[Outcome] = []
    for sequence in options.sequences:
        folder = require_folder(options.data / sequence, what="sequence", option="--data")
        capture = open_capture(folder, stop=options.frames)
        truth = read_scene_truth(folder)
        own: list[Outcome] = []
        for masks in options.masks:
            prepared = prepare(capture, masks=masks_of(masks, sequence, options))
            report.remark(f"{sequence}, {masks} masks: {prepared.describe()}")
            for method in options.methods:
                outcome = run(
                    method, prepared.pairs, truth, sequence=sequence, masks=masks,
                    options=options,
                )  # fmt: skip
                own.append(outcome)
                report.remark(f"  {METHODS[method]}: {triple(percent(outcome.accuracy.ap['M']))}")
        report.add(main_table(sequence, own, baseline.get(sequence, {})))
        report.add(other_table(sequence, own))
        outcomes += own
    report.results["rows"] = [outcome.as_dict() for outcome in outcomes]
    report.goals += make_goals(outcomes)
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
