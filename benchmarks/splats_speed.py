"""How fast surfels are drawn and learned from on the processor, and how exactly.

The scene is one frame of the 7-Scenes kitchen (real): 100,000 of its pixels as surfels of 1 cm with
the normals of the depth, seen from where it was taken. Color, depth and normals are drawn, and
gradients of all three go back to all parameters, with harmonics of degree 3. Times are medians.

The slow reference in torch says how exact the result is: on random scenes of a few surfels, since
it takes minutes for large ones.

Run: python benchmarks/splats_speed.py --json benchmarks/results/splats_speed.json
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from bench_common import DATA, Goal, Report, Table, require_folder, run_main
from scenewright.core import SH_C0, Camera, Frame
from scenewright.data import open_capture
from scenewright.geometry.projection import unproject
from scenewright.runs.threads import use_threads
from scenewright.splats.rasterizer import (
    DrawSettings,
    ImageGradients,
    SurfelArrays,
    blend_weights,
    rasterize,
)
from scenewright.splats.torch_engines.reference import rasterize_reference
from scenewright.splats.torch_engines.tensors import SurfelTensors

FORWARD_MS, BOTH_MS = 140.0, 350.0
VALUES, GRADIENTS, DIFFERENCES = 1e-4, 1e-3, 1e-6
SIZE = (480, 360)
SIGMA = 0.01
"""Meters."""
_SETTINGS = DrawSettings(near=0.1, far=10.0, background=(0.1, 0.4, 0.3))


@dataclass
class Options:
    """What is measured."""

    capture: Path = DATA / "7scenes-kitchen"
    """RGB-D capture whose first frame is used."""
    num_surfels: int = 100_000
    """Surfels of the large scene."""
    repeats: int = 15
    """Times that each thing is done."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of the small random scenes that are compared with the reference."""
    threads: int = 2
    """Threads that draw."""
    json: Path | None = None
    """File for the tables and all numbers."""


def surfels_of(frame: Frame, count: int) -> SurfelArrays:
    """Surfels at random pixels of a frame, with the normals of its depth."""
    assert frame.depth is not None and frame.image is not None and frame.world_from_cam is not None
    points = unproject(frame.depth, frame.camera, world_from_cam=np.eye(4))
    across = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    normals = across / np.linalg.norm(across, axis=2, keepdims=True)
    rng = np.random.default_rng(0)
    good = np.flatnonzero(np.isfinite(normals).all(axis=2).ravel())
    chosen = rng.choice(good, count, replace=count > len(good))
    n = normals.reshape(-1, 3)[chosen]
    n *= -np.sign(n[:, 2:])
    # The shortest turn from the z-axis, which is a surfel's own normal.
    quats = np.stack([1 + n[:, 2], -n[:, 1], n[:, 0], np.zeros(count)], axis=1)
    quats[np.abs(quats).max(axis=1) < 1e-6] = (0, 1, 0, 0)
    sh = rng.normal(0, 0.02, (count, 16, 3))
    sh[:, 0] = (frame.image.reshape(-1, 3)[chosen] / 255 - 0.5) / SH_C0
    means = points.reshape(-1, 3)[chosen]
    arrays = (means, quats, np.full((count, 2), SIGMA), rng.uniform(0.3, 0.95, count), sh)
    return SurfelArrays(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def random_scene(seed: int, dtype: Any) -> tuple[SurfelArrays, NDArray[Any]]:
    """Sixty surfels of all sizes, turns and opacities in front of the camera, and features."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 0.5, (60, 3)) + np.array([0, 0, 2.5])
    scales = np.exp(rng.normal(-2.2, 0.7, (60, 2)))
    scales[::5] *= 0.05
    arrays = (
        means,
        rng.normal(size=(60, 4)),
        scales,
        rng.uniform(0.1, 0.999, 60),
        rng.normal(0, 0.4, (60, 16, 3)),
    )
    features = rng.normal(size=(60, 3)).astype(dtype)
    return SurfelArrays(*(np.ascontiguousarray(array, dtype) for array in arrays)), features


def random_gradients(
    rng: np.random.Generator, shape: tuple[int, int], dtype: Any
) -> dict[str, Any]:
    """A gradient for every picture."""
    depths = {"color": 3, "depth_sum": 0, "alpha": 0, "normals": 3, "median": 0, "distortion": 0}
    return {
        name: rng.normal(size=(*shape, depth) if depth else shape).astype(dtype)
        for name, depth in {**depths, "features": 3}.items()
    }


def relative(found: NDArray[Any], true: NDArray[Any]) -> float:
    """Length of the difference in lengths of the truth."""
    return float(np.linalg.norm(found - true) / np.linalg.norm(true))


def compare_with_reference(seeds: tuple[int, ...]) -> tuple[float, float]:
    """Largest difference of values, and largest relative difference of gradients, float32."""
    camera = Camera.from_focal(60, 62, 28.3, 30.1, width=61, height=47)
    values, slopes = [], []
    for seed in seeds:
        arrays, features = random_scene(seed, np.float32)
        given = random_gradients(np.random.default_rng(seed + 100), camera.size, np.float32)
        drawn = rasterize(
            arrays, camera, world_from_cam=np.eye(4), settings=_SETTINGS, features=features
        )
        back = drawn.backward(ImageGradients(**given))
        tensors = SurfelTensors.of(arrays, torch.float64, requires_grad=True)
        extra = torch.tensor(features, dtype=torch.float64, requires_grad=True)
        true = rasterize_reference(
            tensors, camera, world_from_cam=np.eye(4), settings=_SETTINGS, features=extra
        )
        true.dot(ImageGradients(**given)).backward()  # type: ignore[no-untyped-call]
        for name in given:
            difference = getattr(drawn.images, name) - getattr(true.numpy(), name)
            values.append(float(np.abs(difference).max()))
        for name, tensor in [*tensors._asdict().items(), ("features", extra)]:
            slopes.append(relative(getattr(back, name), tensor.grad.numpy()))
    return max(values), max(slopes)


def compare_with_differences(seed: int) -> float:
    """Largest relative error of a directional derivative in float64, per array."""
    camera = Camera.from_focal(60, 62, 28.3, 30.1, width=61, height=47)
    arrays, features = random_scene(seed, np.float64)
    rng = np.random.default_rng(seed + 200)
    given = random_gradients(rng, camera.size, np.float64)
    where: dict[str, Any] = {
        "world_from_cam": np.eye(4), "features": features, "settings": _SETTINGS
    }  # fmt: skip

    def loss(moved: SurfelArrays) -> float:
        images = rasterize(moved, camera, **where).images
        return float(sum((getattr(images, name) * value).sum() for name, value in given.items()))

    back = rasterize(arrays, camera, **where).backward(ImageGradients(**given))
    errors = []
    for name, array in arrays._asdict().items():
        # A surfel that a step carries over a threshold (1 / 255, the stop, the branch) jumps; the
        # middle of several directions is free of that.
        found = []
        for _ in range(9):
            way = rng.normal(size=array.shape)
            way *= 1e-7 / np.linalg.norm(way)
            ahead = loss(arrays._replace(**{name: array + way}))
            behind = loss(arrays._replace(**{name: array - way}))
            slope = 2 * float((getattr(back, name) * way).sum())
            size = 2e-7 * float(np.linalg.norm(getattr(back, name))) / np.sqrt(array.size)
            found.append(abs(ahead - behind - slope) / max(abs(slope), size))
        errors.append(float(np.median(found)))
    return max(errors)


def median_ms(work: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Median, least and most milliseconds of some calls, after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(1e3 * (perf_counter() - start))
    return float(np.median(times)), min(times), max(times)


def time_large_scene(options: Options) -> tuple[dict[str, tuple[float, float, float]], str]:
    """Milliseconds of drawing, of both ways and of weights; and what was drawn, in words."""
    folder = require_folder(options.capture, what="an RGB-D capture", option="--capture")
    frame = next(frame for frame in open_capture(folder) if frame.depth is not None)
    camera = frame.camera.resized(*SIZE)
    arrays = surfels_of(frame, options.num_surfels)
    settings = DrawSettings(near=0.05, far=50.0)
    given = random_gradients(np.random.default_rng(0), camera.size, np.float32)
    kept = {name: given[name] for name in ("color", "depth_sum", "alpha", "normals")}
    gradients = ImageGradients(**kept)

    def forward() -> Any:
        return rasterize(arrays, camera, world_from_cam=np.eye(4), settings=settings)

    drawn = forward()
    times = {
        "forward": median_ms(forward, options.repeats),
        "forward and backward": median_ms(lambda: forward().backward(gradients), options.repeats),
        "eight heaviest weights of each pixel": median_ms(
            lambda: blend_weights(arrays, camera, world_from_cam=np.eye(4), near=settings.near),
            options.repeats,
        ),
    }
    return times, f"{int(drawn.visible.sum()):,} of {options.num_surfels:,} surfels in the picture"


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("splats_speed", asdict(options))
    use_threads(options.threads)
    torch.set_num_threads(1)
    times, what = time_large_scene(options)
    rows = tuple(
        (name, f"{middle:.0f}", f"{least:.0f} to {most:.0f}")
        for name, (middle, least, most) in times.items()
    )
    title = f"Surfels: {SIZE[0]} x {SIZE[1]}, {options.threads} threads, float32"
    report.add(Table(title, ("what", "ms", "range, ms"), rows, f"{what}. Medians."))
    values, slopes = compare_with_reference(options.seeds)
    differences = max(compare_with_differences(seed) for seed in options.seeds)
    report.results |= {
        "milliseconds": {name: found[0] for name, found in times.items()},
        "largest_difference": values,
        "largest_relative_gradient_error": slopes,
        "largest_error_against_differences": differences,
    }
    exact = (
        ("values, float32 against torch in float64, largest difference", f"{values:.1e}"),
        ("gradients, likewise, relative, worst array", f"{slopes:.1e}"),
        ("gradients in float64 against central differences, relative", f"{differences:.1e}"),
    )
    report.add(Table("Agreement", ("what", "error"), exact, "Random scenes of 60 surfels."))
    report.goals += [
        Goal("forward", times["forward"][0], FORWARD_MS, "ms"),
        Goal("forward and backward", times["forward and backward"][0], BOTH_MS, "ms"),
        Goal("values, in 1e-4", values / VALUES, 1.0),
        Goal("gradients, in 1e-3", slopes / GRADIENTS, 1.0),
        Goal("central differences, in 1e-6", differences / DIFFERENCES, 1.0),
    ]
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
