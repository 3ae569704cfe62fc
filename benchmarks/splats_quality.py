"""Quality and time of fitted surfels: synthetic rooms from RGB-D, and photographs alone.

Rooms: rendered, filmed by hand-held sweeps with the default depth sensor's noise; surfels start
from the noisy depth of the views that are not held out. Every 8th view is held out and judges the
pictures; the mesh is held against the surface that the true depth of all views shows.

Photographs (--capture): any capture with poses. Where it has depth that is used; otherwise surfels
start from a plane sweep over the pictures.

Run: python benchmarks/splats_quality.py --json benchmarks/results/splats_quality.json
     python benchmarks/splats_quality.py --capture ../shared/data/fox \\
         --json benchmarks/results/splats_quality_fox.json
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro
from PIL import Image

from bench_common import Goal, Report, Table, run_main
from scenewright.core import Frame, FrameSource, SurfelCloud
from scenewright.data import open_capture
from scenewright.io import save
from scenewright.metrics.shapes.meshes import compare_points, sample_surface
from scenewright.runs.threads import use_threads
from scenewright.splats.fitting import (
    FitConfig,
    Fitter,
    Quality,
    StepReport,
    fit_preset,
    initial_surfels_from_depth,
    initial_surfels_from_pictures,
)
from scenewright.splats.meshing import surfels_to_mesh
from scenewright.worlds import SyntheticCapture, film_room

ROOM_PSNR, ROOM_F, ROOM_MINUTES = 30.0, 0.85, 15.0
CAPTURE_PSNR = 24.0
"""What is promised, by the preset ``default``."""
MESH_DISTANCE = 0.02
_REMARKS = 10
"""Lines about each fit while it runs."""


@dataclass
class Options:
    """What is measured, and how."""

    capture: Path | None = None
    """Folder of a posed capture; None = synthetic rooms."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Seeds of the rooms."""
    trajectory: str = "sweep"
    """Way of the camera through the rooms."""
    num_frames: int = 80
    """Frames of each room."""
    width: int = 480
    """Of the pictures of the rooms, pixels."""
    height: int = 360
    """Of the pictures of the rooms, pixels."""
    preset: str = "default"
    """Of the fit."""
    num_steps: int | None = None
    """Steps of the fit; None = the preset's."""
    max_minutes: float | None = None
    """Time that the steps may take; None = without limit."""
    max_surfels: int = 200_000
    """Surfels to start from, at most."""
    mesh: bool = True
    """Whether the rooms' meshes are made and measured."""
    seed: int = 0
    """Of the fit."""
    threads: int = 2
    """Cores for the compiled loops."""
    pictures: Path | None = None
    """Folder for pictures of the held-out views: taken above, drawn below."""
    save: Path | None = None
    """Folder for the fitted surfels, which `decompose_accuracy.py --fitted` takes."""
    json: Path | None = None
    """File for the tables and all numbers."""


def fit_frames(
    frames: FrameSource | Sequence[Frame], name: str, *, options: Options, report: Report
) -> tuple[Fitter, dict[str, Any]]:
    """Starts, fits and judges; what came out."""
    config: FitConfig = fit_preset(options.preset, num_steps=options.num_steps)
    start = perf_counter()
    surfels = start_surfels(frames, options.max_surfels, config.holdout_interval)
    started = perf_counter()
    fitter = Fitter(frames, surfels, config=config, seed=options.seed)
    before = fitter.evaluate()
    report.remark(f"{name}: {len(surfels)} surfels to start from, {before.psnr:.2f} dB held out")
    told = -1

    def tell(step: StepReport) -> None:
        nonlocal told
        if int(step.progress * _REMARKS) > told:
            told = int(step.progress * _REMARKS)
            report.remark(
                f"{name}: step {step.step}, {step.psnr:.2f} dB (1/{step.divisor} size), "
                f"{step.num_surfels} surfels, {step.seconds:.0f} s"
            )

    last = fitter.fit(progress=tell, max_minutes=options.max_minutes)
    after = fitter.evaluate()
    save_pictures(fitter, name, options.pictures)
    if options.save is not None:
        save(fitter.surfels, options.save / f"{name}.splat.ply", overwrite=True)
    return fitter, {
        "num_views": len(fitter.views),
        "num_held_out": len(fitter.held_out),
        "start_seconds": started - start,
        "start_surfels": len(surfels),
        "start_psnr": before.psnr,
        "steps": last.step,
        "fit_seconds": last.seconds,
        "surfels": last.num_surfels,
        **_quality(after),
    }


def start_surfels(
    frames: FrameSource | Sequence[Frame], max_surfels: int, holdout_interval: int
) -> SurfelCloud:
    """From depth if the first frame has any, otherwise from the pictures."""
    begin = initial_surfels_from_pictures if frames[0].depth is None else initial_surfels_from_depth
    return begin(frames, max_surfels=max_surfels, holdout_interval=holdout_interval)


def _quality(found: Quality) -> dict[str, Any]:
    return {"psnr": found.psnr, "ssim": found.ssim, "psnr_by_view": found.psnr_by_view}


def save_pictures(fitter: Fitter, name: str, folder: Path | None) -> None:
    """The held-out views beside one another, at most four."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    columns = []
    for view in fitter.held_out[:4].tolist():
        drawn = (255 * np.clip(fitter.draw(view).color, 0, 1) + 0.5).astype(np.uint8)
        columns.append(np.concatenate([fitter.picture(view), drawn]))
    Image.fromarray(np.concatenate(columns, axis=1)).save(folder / f"{name}.png")


def measure_mesh(fitter: Fitter, room: SyntheticCapture, seed: int) -> dict[str, Any]:
    """The mesh of the surfels against the surface that was seen."""
    start = perf_counter()
    mesh = surfels_to_mesh(fitter.surfels, fitter.views)
    seconds = perf_counter() - start
    found, normals = sample_surface(mesh, 200_000, seed=seed)
    truth = room.truth_points(spacing=0.01)
    compared = compare_points(
        found, truth.points, normals=normals, truth_normals=truth.normals,
        thresholds=(MESH_DISTANCE,),
    )  # fmt: skip
    return {
        "mesh_seconds": seconds,
        "mesh_faces": len(mesh.faces),
        "mesh_f": compared.f_score[MESH_DISTANCE],
        "mesh_precision": compared.precision[MESH_DISTANCE],
        "mesh_recall": compared.recall[MESH_DISTANCE],
        "mesh_chamfer": compared.chamfer,
        "mesh_normals": compared.normal_consistency,
    }


def measure_rooms(options: Options, report: Report) -> dict[str, dict[str, Any]]:
    """Every room."""
    found = {}
    for seed in options.seeds:
        room = film_room(
            seed, num_frames=options.num_frames, width=options.width, height=options.height,
            depth_noise=True, trajectory=options.trajectory, num_threads=options.threads,
        )  # fmt: skip
        name = f"room {seed}"
        fitter, facts = fit_frames(list(room), name, options=options, report=report)
        if options.mesh:
            facts |= measure_mesh(fitter, room, options.seed)
        found[name] = facts
    return found


def make_table(found: dict[str, dict[str, Any]], preset: str) -> Table:
    """One line per place."""
    has_mesh = all("mesh_f" in facts for facts in found.values())
    rows = []
    for name, facts in found.items():
        cells = [
            name,
            f"{facts['start_psnr']:.2f}",
            f"{facts['psnr']:.2f}",
            f"{facts['ssim']:.3f}",
            str(facts["steps"]),
            str(facts["surfels"]),
            f"{facts['start_seconds']:.0f}",
            f"{facts['fit_seconds'] / 60:.1f}",
        ]
        if has_mesh:
            cells += [
                f"{facts['mesh_f']:.3f}",
                f"{facts['mesh_precision']:.3f}",
                f"{facts['mesh_recall']:.3f}",
                f"{1000 * facts['mesh_chamfer']:.1f}",
                f"{facts['mesh_seconds']:.0f}",
            ]
        rows.append(tuple(cells))
    columns = ["place", "start dB", "PSNR dB", "SSIM", "steps", "surfels", "start s", "fit min"]
    if has_mesh:
        columns += ["mesh F@2cm", "precision", "recall", "chamfer mm", "mesh s"]
    note = (
        "PSNR and SSIM: means over the held-out views (every 8th), full size; start: before the "
        "first step."
    )
    return Table(f"Fitted surfels, preset {preset}", tuple(columns), tuple(rows), note)


def make_goals(found: dict[str, dict[str, Any]], options: Options) -> list[Goal]:
    """Promised and measured."""
    psnr = float(np.mean([facts["psnr"] for facts in found.values()]))
    if options.capture is not None:
        return [Goal("held-out PSNR", psnr, CAPTURE_PSNR, "dB", at_most=False)]
    minutes = max((facts["start_seconds"] + facts["fit_seconds"]) / 60 for facts in found.values())
    goals = [
        Goal("rooms: held-out PSNR, mean", psnr, ROOM_PSNR, "dB", at_most=False),
        Goal("rooms: time of start and fit, longest", minutes, ROOM_MINUTES, "min"),
    ]
    if options.mesh:
        f_score = float(np.mean([facts["mesh_f"] for facts in found.values()]))
        goals.append(Goal("rooms: mesh F-score at 2 cm, mean", f_score, ROOM_F, at_most=False))
    return goals


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("splats_quality", asdict(options), seed=options.seed)
    use_threads(options.threads)
    if options.capture is None:
        found = measure_rooms(options, report)
    else:
        frames = list(open_capture(options.capture))
        name = options.capture.name
        found = {name: fit_frames(frames, name, options=options, report=report)[1]}
    report.add(make_table(found, options.preset))
    report.results["places"] = found
    report.goals += make_goals(found, options)
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
