"""Accuracy of plain defaults: what ``scenewright segment CAPTURE`` gives without any option.

One table for house-rgbd (rendered), the room of ``scenewright demo`` and ten held-out synthetic
rooms. Beside the scene of plain defaults it shows

- the oracle: the same scene, its instances and fragments joined perfectly. The distance to it is
  left for merging, what it lacks is left for masks;
- the baseline: 30 lines of Open3D (`open3d_baseline.py`, read from the result of its last run);
- the same settings with true and with damaged true masks (house-rgbd).

The depth range is what the default uses. Nothing was tuned on these places.

Run: python benchmarks/default_accuracy.py --json benchmarks/results/default_accuracy.json
Quick look: add --places bedroom --masks default
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

import tyro

from accuracy_baseline import BASELINE, Figures, baseline_name, read_baseline, share
from accuracy_goals import DEFAULT, make_goals
from accuracy_oracle import oracle_join
from accuracy_places import PLACES, SEEDS, Folders, Place, PlaceName, open_places
from accuracy_summary import Fit, Summary, fit_scene, summarize
from bench_common import Report, Table, run_main
from scenewright.core import Scene
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.segment.steps import segment_frames
from scenewright.runs.threads import use_threads

JOINED = ", joined perfectly"
"""What the oracle's row is called, after its masks."""
OF_TRUTH = ("true", "damaged")
"""Kinds of masks that are made from the truth."""
COLUMNS = (
    "place", "what", "AP", "AP50", "AP25", "own scores: AP", "AP50", "AP25",
    "aligned: AP", "AP50", "AP25", "listed/true", "floor", "lowest floor",
)  # fmt: skip


@dataclass
class Options:
    """What is measured, and how."""

    places: tuple[PlaceName, ...] = PLACES
    """Places to measure."""
    masks: tuple[str, ...] = (DEFAULT, *OF_TRUTH)
    """Kinds of masks: default (no option at all), true, damaged, or names of backends."""
    seeds: tuple[int, ...] = SEEDS
    """Seeds of the held-out rooms."""
    baseline: Path | None = BASELINE
    """Result of open3d_baseline.py; None leaves it out."""
    folders: Folders = field(default_factory=Folders)
    """Where the data lie."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


def settings_of(kind: str, place: Place) -> SegmentSettings | None:
    """Settings for a kind of masks; None if the place has none of that kind."""
    if kind == DEFAULT:
        return SegmentSettings()
    if kind not in OF_TRUTH:
        return SegmentSettings(masks=kind)
    folder = place.mask_folders.get(kind)
    return None if folder is None else SegmentSettings(masks=str(folder))


def measure_place(place: Place, kinds: tuple[str, ...]) -> Iterator[tuple[str, Fit, float]]:
    """Name of the row, fit and seconds, for each kind of masks and for the oracle."""
    for kind in kinds:
        settings = settings_of(kind, place)
        if settings is None:
            continue
        start = perf_counter()
        scene: Scene = segment_frames(place.source, settings).scene
        seconds = perf_counter() - start
        yield kind, fit_scene(scene, place.truth), seconds
        if kind not in OF_TRUTH:
            joined = oracle_join(scene, place.truth)
            yield kind + JOINED, fit_scene(joined, place.truth), 0.0


def measure(options: Options, report: Report) -> dict[str, dict[str, Summary]]:
    """The rows by place and name."""
    results: dict[str, dict[str, Summary]] = {}
    for name in options.places:
        fits: dict[str, list[Fit]] = {}
        places = open_places(name, options.folders, seeds=options.seeds, threads=options.threads)
        for number, place in enumerate(places, start=1):
            for kind, fit, seconds in measure_place(place, options.masks):
                fits.setdefault(kind, []).append(fit)
                ap, ap50, ap25 = summarize([fit]).constant
                report.remark(
                    f"{name} {number}, {kind}: AP {ap:.1f} AP50 {ap50:.1f} AP25 {ap25:.1f}, "
                    f"{seconds:.0f} s"
                )
        results[name] = {kind: summarize(found) for kind, found in fits.items()}
    return results


def make_table(results: dict[str, dict[str, Summary]], baseline: dict[str, Figures]) -> Table:
    """One row per place and kind of masks, followed by the baseline."""
    rows: list[tuple[str, ...]] = []
    for place, by_kind in results.items():
        rows += [(place, kind, *summary_cells(found)) for kind, found in by_kind.items()]
        for radius, figures in baseline.get(place, {}).items():
            cells = summary_cells(Summary.from_dict(figures))
            rows.append((place, baseline_name(radius), *cells))
    note = (
        "AP, AP50, AP25: floor, walls and ceiling are instances, all scores equal; percent. Own "
        "scores: ranked by the scores of the scene. Aligned: equal scores, carried over as "
        "'scenewright evaluate' does (within 15 cm). Listed/true: things in the table of the scene "
        "and true things. Floor: IoU of the best instance with the true floor, points of all rooms "
        "pooled; lowest: the worst one. Joined perfectly: each instance given to the true one "
        "that it mostly covers."
    )
    return Table("Plain defaults (rendered places)", COLUMNS, tuple(rows), note)


def summary_cells(found: Summary) -> tuple[str, ...]:
    """What the table shows of a row."""
    triples = (*found.constant, *found.own, *found.aligned)
    return (
        *(f"{value:.1f}" for value in triples),
        f"{found.num_listed}/{found.num_true}",
        share(found.floor_iou),
        share(found.lowest_floor_iou),
    )


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("default_accuracy", asdict(options))
    use_threads(options.threads)
    baseline = {}
    if options.baseline is not None:
        baseline = read_baseline(options.baseline, seeds=options.seeds)
    results = measure(options, report)
    report.add(make_table(results, baseline))
    report.results["rows"] = {
        place: {kind: found.as_dict() for kind, found in by_kind.items()}
        for place, by_kind in results.items()
    }
    report.results["baseline"] = baseline
    report.goals += make_goals(results, baseline)
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
