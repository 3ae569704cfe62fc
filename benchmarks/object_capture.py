"""An object capture as published for NeRF-synthetic: made, fitted within two minutes, and judged.

An object of our own is rendered in views around it on a transparent background, written as RGBA
with transforms_train.json, and fitted by the everyday function from pictures and poses alone.
Every 8th view is held out. Surfels count as misplaced if they are opaque and every view that has
them inside shows nothing there.

Run: python benchmarks/object_capture.py --json benchmarks/results/object_capture.json
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image

from bench_common import Goal, Report, Table, run_main
from scenewright.core import Camera, SurfelCloud
from scenewright.pipelines.fit_splats.run import fit_splats_run
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.composing.world import PlacedObject, Sun, World
from scenewright.worlds.objects.model import ObjectModel
from scenewright.worlds.objects.registry import make_object
from scenewright.worlds.rendering.renderer import Renderer

PSNR, MINUTES, MISPLACED = 28.0, 2.0, 0.0
"""What is promised."""
_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
_SAMPLES = 2
"""Rendered pixels per pixel and side."""
_LARGEST = 2.0
"""Length of the longest side of the object, so that worlds are as large as the published ones."""
_DISTANCE = 4.0
_OPAQUE = 0.5


@dataclass
class Options:
    """What is measured, and how."""

    families: tuple[str, ...] = ("chair", "teapot", "toy car")
    """Families of the objects."""
    seed: int = 300
    """Of the objects and the fit."""
    num_views: int = 50
    """Views of each object."""
    size: int = 200
    """Of the images, pixels per side."""
    preset: str = "default"
    """Of the fit."""
    max_minutes: float | None = 1.5
    """Time that the steps may take; reading, start and result come on top. None takes all steps,
    for a machine with other load, on which the time of the processors counts."""
    steps: int | None = None
    """Steps of the fit; None takes those of the preset."""
    json: Path | None = None
    """File for the table and all numbers."""


def views_around(count: int, distance: float) -> NDArray[np.float64]:
    """(count, 4, 4) poses on the upper half of a sphere, evenly spread, that look at its center."""
    golden = math.pi * (3 - math.sqrt(5))
    poses = []
    for i in range(count):
        height = 0.05 + 0.85 * (i + 0.5) / count
        radius = math.sqrt(1 - height**2)
        eye = distance * np.array(
            [radius * np.cos(golden * i), radius * np.sin(golden * i), height]
        )
        poses.append(look_at(eye, np.zeros(3)))
    return np.stack(poses)


def as_world(model: ObjectModel) -> World:
    """The object alone, centered and scaled, in the light of a sun."""
    low, high = model.bounds
    place = np.eye(4)
    place[:3, 3] = -(low + high) / 2
    placed = PlacedObject(1, model, place)
    sun = Sun((0.4, -0.6, 1.0), (0.9, 0.9, 0.85))
    size = float(np.max(high - low))
    return World((placed,), (size, size, size), (sun,), (0.5, 0.5, 0.5))


def write_object(folder: Path, world: World, options: Options) -> NDArray[np.uint8]:
    """Writes the capture; returns the (N, S, S) alpha of its images."""
    side = options.size * _SAMPLES
    angle = 2 * math.atan(0.5 * _LARGEST * 1.5 / _DISTANCE)
    focal = side / (2 * math.tan(angle / 2))
    camera = Camera.from_matrix(
        np.array([[focal, 0, side / 2], [0, focal, side / 2], [0, 0, 1]]), (side, side),
        pixel_centers="half",
    )  # fmt: skip
    renderer = Renderer(world, background=(0, 0, 0))
    # The object keeps its size; the distance is as many times its size as published.
    scale = world.size[0] / _LARGEST
    (folder / "train").mkdir(parents=True)
    frames, alphas = [], []
    for i, pose in enumerate(views_around(options.num_views, _DISTANCE * scale)):
        view = renderer.render(camera, pose)
        rgba = np.dstack([view.image, np.where(view.id_map > 0, 255, 0).astype(np.uint8)])
        small = Image.fromarray(rgba).resize((options.size, options.size), Image.Resampling.BOX)
        small.save(folder / "train" / f"r_{i}.png")
        alphas.append(np.array(small)[..., 3])
        stored = pose @ _OPENGL
        stored[:3, 3] /= scale
        frames.append({"file_path": f"./train/r_{i}", "transform_matrix": stored.tolist()})
    values = {"camera_angle_x": angle, "frames": frames}
    (folder / "transforms_train.json").write_text(json.dumps(values))
    return np.stack(alphas)


def misplaced_share(
    surfels: SurfelCloud, poses: NDArray[np.float64], alphas: NDArray[np.uint8], focal: float
) -> float:
    """Share of the opaque surfels that every view which has them inside shows to be nothing."""
    centers = surfels.means[surfels.opacities > _OPAQUE].astype(np.float64)
    side = alphas.shape[1]
    is_shown, is_inside = np.zeros((2, len(centers)), np.bool_)
    for pose, alpha in zip(poses, alphas, strict=True):
        local = (centers - pose[:3, 3]) @ pose[:3, :3]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = np.floor(local[:, :2] / local[:, 2:] * focal + side / 2)
        inside = (local[:, 2] > 0) & (pixels >= 0).all(axis=1) & (pixels < side).all(axis=1)
        columns, rows = pixels[inside].astype(int).T
        is_shown[inside] |= alpha[rows, columns] > 0
        is_inside |= inside
    return float(np.mean(is_inside & ~is_shown)) if len(centers) else 0.0


def measure(family: str, options: Options, report: Report) -> dict[str, Any]:
    """Makes, fits and judges one object."""
    with tempfile.TemporaryDirectory() as name:
        capture, output = Path(name) / family, Path(name) / "fit"
        world = as_world(make_object(family, seed=options.seed))
        alphas = write_object(capture, world, options)
        start, cpu_start = perf_counter(), process_time()
        settings = FitSettings(
            preset=options.preset,
            steps=options.steps,
            seed=options.seed,
            max_minutes=options.max_minutes,
            mesh=False,
        )
        fit = fit_splats_run(capture, output, settings).fit
        seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    views = fit.scene.views
    assert views is not None
    poses = views_around(options.num_views, _DISTANCE)
    angle = 2 * math.atan(0.5 * _LARGEST * 1.5 / _DISTANCE)
    share = misplaced_share(
        fit.surfels, poses, alphas, options.size / (2 * math.tan(angle / 2))
    )  # fmt: skip
    report.remark(
        f"{family}: {fit.quality.psnr:.2f} dB in {seconds:.0f} s ({cpu_seconds:.0f} s of processor "
        f"time), start {fit.start}"
    )
    return {
        "psnr": fit.quality.psnr,
        "ssim": fit.quality.ssim,
        "held_out": list(fit.held_out),
        "start": fit.start,
        "steps": fit.num_steps,
        "surfels": len(fit.surfels),
        "opaque": int((fit.surfels.opacities > _OPAQUE).sum()),
        "misplaced": share,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "notes": list(fit.notes),
    }


def make_table(found: dict[str, dict[str, Any]], options: Options) -> Table:
    """A row per object."""
    rows = [
        (
            family,
            f"{one['psnr']:.2f}",
            f"{one['ssim']:.3f}",
            str(one["start"]),
            str(one["steps"]),
            str(one["surfels"]),
            f"{100 * one['misplaced']:.2f}",
            f"{one['seconds'] / 60:.1f}",
            f"{one['cpu_seconds'] / 60:.1f}",
        )
        for family, one in found.items()
    ]
    columns = (
        "object", "PSNR dB", "SSIM", "start", "steps", "surfels", "misplaced %", "minutes",
        "CPU minutes",
    )  # fmt: skip
    size = f"{options.num_views} views of {options.size} x {options.size}"
    note = (
        "PSNR and SSIM: means over the held-out views (every 8th); minutes: the whole command; "
        "CPU minutes: of all cores together."
    )
    return Table(f"Object captures with alpha, {size}", columns, tuple(rows), note)


def make_goals(found: Sequence[dict[str, Any]]) -> list[Goal]:
    """Promised and measured, each for the worst object."""
    return [
        Goal("held-out PSNR", min(one["psnr"] for one in found), PSNR, "dB", at_most=False),
        Goal("time of the command", max(one["seconds"] for one in found) / 60, MINUTES, "min"),
        Goal("misplaced surfels", max(100 * one["misplaced"] for one in found), MISPLACED, "%"),
    ]


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("object_capture", asdict(options), seed=options.seed)
    found = {family: measure(family, options, report) for family in options.families}
    report.add(make_table(found, options))
    report.results["objects"] = found
    report.goals += make_goals(list(found.values()))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
