"""How ``scenewright train merging`` and ``scenewright info`` show a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.train_merging.run import Measured, TrainMergingRun
    from scenewright.pipelines.train_merging.settings import TrainMergingSettings
    from scenewright.runs.report import RunReport

_FIGURES = ("AP", "AP50", "AP25")


def show(run: TrainMergingRun, settings: TrainMergingSettings, out: Printer) -> int:
    """Shows what was measured on the held-out rooms, and the path of the trees."""
    out.table(
        ("masks", "merging", *_FIGURES),
        _rows(run.measured),
        title=f"{settings.held_out} held-out rooms, %",
    )
    out.write()
    out.write(f"trees: {run.weights}")
    if run.num_rooms < settings.num_rooms:
        out.warn(
            f"stopped after {run.num_rooms} of {settings.num_rooms} rooms (--max-minutes); "
            "run again to resume"
        )
    return 0


def _rows(measured: Measured) -> list[tuple[str, ...]]:
    return [
        (masks, way, *(f"{100 * figures[name]:.1f}" for name in _FIGURES))
        for masks, ways in measured.items()
        for way, figures in ways.items()
    ]


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a training run, by name."""
    settings = report.settings
    number = report.results.get("num_rooms", settings["num_rooms"])
    found = {
        "trees": str(report.results["weights"]),
        "rooms": f"{number}, {settings['held_out']} of them held out",
    }
    for masks, ways in report.results["held_out"].items():
        before, after = (100 * ways[way]["AP50"] for way in ("before", "own scores"))
        found[f"AP50 of {masks}"] = f"{before:.1f} before merging, {after:.1f} after it"
    return found
