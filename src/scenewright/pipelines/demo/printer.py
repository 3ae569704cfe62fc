"""How ``scenewright demo`` and ``scenewright info`` show a demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.demo.run import DemoRun
    from scenewright.pipelines.demo.settings import DemoSettings
    from scenewright.runs.report import RunReport

COLUMNS = ("masks", "AP", "AP50", "AP25", "best IoU", "true", "found", "frames/s")


def show(run: DemoRun, settings: DemoSettings, out: Printer) -> int:
    """Shows the accuracy without floor and walls in percent, the speed, and the run folders."""
    out.table(COLUMNS, [_row(name, run) for name in run.evaluations])
    out.write()
    for name, part in run.runs.items():
        out.write(f"{name}: {part.folder.path}")
    _show_answers(run, out)
    _show_picture(run, out)
    return 0


def _show_answers(run: DemoRun, out: Printer) -> None:
    if not run.answers:
        return
    out.write()
    out.write(f"Questions about the objects of '{list(run.runs)[-1]}', named by the truth:")
    rows = [
        (one.question, one.answer, one.truth, "right" if one.is_right else "WRONG")
        for one in run.answers
    ]
    out.table(("question", "answer", "truth", ""), rows)
    out.write()
    out.write(f"scenewright ask {run.named}   (ask more)")


def _show_picture(run: DemoRun, out: Printer) -> None:
    out.write()
    if run.picture is None:
        out.write("Objects from one picture: not generated (needs the extras torch and assets).")
        return
    made = run.picture
    out.write(
        f"{made.count} objects generated from frame {made.frame} alone, with its depth and true "
        f"masks: F-score at 5 % of their size {100 * made.f_score:.0f}: {made.folder}"
    )


def _row(name: str, run: DemoRun) -> tuple[str, ...]:
    evaluation, result = run.evaluations[name], run.runs[name].result
    ap, quality = evaluation.ap["objects, own scores"], evaluation.quality
    shares = (ap.ap, ap.ap50, ap.ap25, quality.mean_best_iou)
    return (
        name,
        *(f"{100 * share:.1f}" for share in shares),
        str(quality.num_truth),
        str(quality.num_predicted),
        f"{result.frames_per_second:.1f}",
    )


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a demo, by name."""
    return {"masks": ", ".join(report.results)}
