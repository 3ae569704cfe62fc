"""How well ``fit-splats --start auto`` chooses between points that came with the poses and a sweep.

Rooms are filmed, every n-th view is written as a photograph with its pose, beside points of the
surface as structure from motion gives them (with noise). Each capture is fitted three times: from
the points, from a plane sweep, and by ``auto``. Held-out views judge.

Run: python benchmarks/splats_starts.py --capture ../shared/data/fox \\
         --json benchmarks/results/splats_starts.json
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import tyro
from PIL import Image

from bench_common import Goal, Report, Table, run_main
from scenewright.core import FrameSource, PointCloud
from scenewright.data import Capture, open_capture
from scenewright.geometry.projection import unproject_pixels
from scenewright.geometry.transforms import transform_points
from scenewright.io import save
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.fit_splats.steps import fit_frames
from scenewright.runs.threads import use_threads
from scenewright.worlds import film_room

MOST_LOST = 1.0
"""dB that auto may lose to the better of both."""
KINDS = ("points", "sweep", "auto")
_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
_POINTS = 4000
_NOISE = 0.01
"""Of the points, meters."""


@dataclass
class Options:
    """What is measured, and how."""

    seeds: tuple[int, ...] = (400, 401)
    """Seeds of the rooms."""
    every: tuple[int, ...] = (1, 3, 6)
    """Every n-th view is used: the larger, the farther views are apart."""
    capture: Path | None = None
    """Folder of a capture, measured as well; without points, ``auto`` is held against the sweep."""
    num_frames: int = 60
    """Frames of each room."""
    width: int = 240
    """Of the pictures of the rooms, pixels."""
    preset: str = "preview"
    """Of the fits."""
    steps: int | None = 150
    """Steps of each fit; None takes those of the preset."""
    seed: int = 0
    """Of the fits and the points."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the table and all numbers."""


def write_photographs(folder: Path, seed: int, step: int, options: Options) -> None:
    """Writes every n-th view of a room as a capture of photographs, with points."""
    height = options.width * 3 // 4
    film = film_room(seed, num_frames=options.num_frames, width=options.width, height=height)
    rng = np.random.default_rng(options.seed)
    chosen = list(range(0, len(film), step))
    (folder / "images").mkdir(parents=True)
    frames: list[dict[str, Any]] = []
    points, colors = [], []
    for i in chosen:
        frame = film[i]
        assert frame.image is not None and frame.depth is not None
        assert frame.world_from_cam is not None
        name = f"images/{i:04d}.png"
        Image.fromarray(frame.image).save(folder / name)
        pose = (frame.world_from_cam @ _OPENGL).tolist()
        frames.append({"file_path": name, "transform_matrix": pose})
        rows, columns = (rng.integers(0, n, _POINTS // len(chosen)) for n in frame.depth.shape)
        depth = frame.depth[rows, columns]
        seen = unproject_pixels(rows, columns, depth, frame.camera)[depth > 0]
        points.append(transform_points(seen, frame.world_from_cam))
        colors.append(frame.image[rows, columns][depth > 0])
    camera = film[0].camera
    cloud = np.concatenate(points)
    cloud = cloud + rng.normal(0, _NOISE, cloud.shape)
    save(PointCloud(cloud.astype(np.float32), colors=np.concatenate(colors)), folder / "points.ply")
    values = {
        "fl_x": camera.fx, "fl_y": camera.fy, "cx": camera.cx, "cy": camera.cy,
        "w": camera.width, "h": camera.height, "ply_file_path": "points.ply", "frames": frames,
    }  # fmt: skip
    (folder / "transforms.json").write_text(json.dumps(values))


def captures(options: Options) -> Iterator[tuple[str, FrameSource]]:
    """Name and frames of each capture."""
    for seed in options.seeds:
        for step in options.every:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name) / "capture"
                write_photographs(folder, seed, step, options)
                yield f"room {seed}, every {step}", open_capture(folder)
    if options.capture is not None:
        for step in options.every:
            source = open_capture(options.capture, stride=step)
            yield f"{options.capture.name}, every {step}", source


def measure(name: str, source: FrameSource, options: Options, report: Report) -> dict[str, Any]:
    """Fits one capture from each start."""
    found: dict[str, Any] = {"num_views": len(source)}
    has_points = isinstance(source, Capture) and source.sparse_points is not None
    for kind in KINDS:
        if kind == "points" and not has_points:
            continue
        settings = FitSettings(
            preset=options.preset, steps=options.steps, start=kind, seed=options.seed, mesh=False
        )
        start = process_time()
        fit = fit_frames(source, settings)
        found[kind] = {
            "psnr": fit.quality.psnr,
            "start": fit.start,
            "cpu_seconds": process_time() - start,
        }
        report.remark(f"{name}: {kind} {fit.quality.psnr:.2f} dB, start {fit.start}")
    found["lost"] = max(found[k]["psnr"] for k in KINDS[:2] if k in found) - found["auto"]["psnr"]
    return found


def make_table(found: dict[str, dict[str, Any]], options: Options) -> Table:
    """A row per capture."""
    rows = [
        (
            name,
            str(one["num_views"]),
            *(f"{one[kind]['psnr']:.2f}" if kind in one else "none" for kind in KINDS),
            one["auto"]["start"],
            f"{one['lost']:.2f}",
        )
        for name, one in found.items()
    ]
    columns = (
        "capture", "views", "points dB", "sweep dB", "auto dB", "auto takes", "lost dB",
    )  # fmt: skip
    note = f"PSNR of held-out views; preset {options.preset}, {options.steps} steps."
    return Table("Starts of fits from photographs", columns, tuple(rows), note)


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    use_threads(options.threads)
    report = Report("splats_starts", asdict(options), seed=options.seed)
    found = {name: measure(name, s, options, report) for name, s in captures(options)}
    report.add(make_table(found, options))
    report.results["captures"] = found
    worst = max(one["lost"] for one in found.values())
    report.goals.append(Goal("lost to the better start", worst, MOST_LOST, "dB"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
