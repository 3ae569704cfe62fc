"""How ``scenewright fit-splats`` and ``scenewright info`` show a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer, show_stages

if TYPE_CHECKING:
    from scenewright.pipelines.fit_splats.run import FitRun
    from scenewright.pipelines.fit_splats.settings import FitSettings
    from scenewright.runs.report import RunReport


def show(run: FitRun, settings: FitSettings, out: Printer) -> int:
    """Shows the quality of a fit, time and memory of its stages, and the run folder."""
    fit = run.fit
    for warning in run.report.warnings:
        out.warn(warning)
    show_stages(run.report.stages, out)
    started = "" if fit.num_start is None else f" ({fit.num_start:,} from {fit.start})"
    out.write(f"{len(fit.surfels):,} surfels{started} after {fit.num_steps} steps")
    on = f"{len(fit.held_out)} held-out views" if fit.held_out else "the training views"
    out.write(f"PSNR {fit.quality.psnr:.2f} dB, SSIM {fit.quality.ssim:.4f} on {on}")
    out.write(f"run folder: {run.folder.path}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a run, by name."""
    results = report.results
    return {
        "views": f"{results['num_views']}, of which {len(report.held_out)} held out",
        "surfels": f"{results['num_surfels']} after {results['num_steps']} steps",
        "quality": f"PSNR {results['psnr']:.2f} dB on {results['measured_on']}",
    }
