"""What `generate --candidates` brings: samples of the flow, and the one that is kept.

    python benchmarks/generation_candidates.py --views 20 -o generation_candidates.json

Held-out views of rooms and table tops with depth, as in `tiny_generation.py`, through the pipeline
of `generate`; those whose scene does not become metric, mostly since no ground is seen, are left
out. Of each view, the flow is sampled with several seeds, and the sample that agrees best with
masks and depth is kept, which the truth has no part in. Figures are F-scores at 0.1 of whole scenes
against the true surfaces, means over views: of one sample, of the kept one, of the best by the
truth, and of the expectation, which is the default.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ConventionError
from scenewright.geometry.transforms import transform_points
from scenewright.models.generators.tiny.generator import TinyGenerator
from scenewright.pipelines.generate.candidates import SEED_STEP, Chosen, agreement, best_sample
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.placing import camera_pose
from scenewright.pipelines.generate.points import with_points
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.worlds.generation.view_samples import ViewSample
from tiny_generation import held_out_views
from tiny_generation_measures import f_score, true_points

KINDS = ("rooms", "tabletop")


def main() -> int:
    """Samples and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--steps", type=int, default=12, help="of the flow")
    parser.add_argument("--candidates", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = perf_counter()
    expected, flow = TinyGenerator(), TinyGenerator(steps=options.steps)
    rows: dict[str, list[float]] = {}
    views = (view for kind in KINDS for view in held_out_views(kind, options.views // len(KINDS)))
    for view in views:
        source = scene_input(view)
        pictures = with_points(source)
        plain = best_sample(lambda seed: expected.generate(*pictures, seed=seed), source,  # noqa: B023
                            seed=0, count=1)  # fmt: skip
        if not plain.layout.is_metric:
            continue
        rows.setdefault("expectation", []).append(scene_score(plain, source, view))
        samples = list(sampled(flow, source, options.candidates))
        scores = [scene_score(each, source, view) for each in samples]
        agreements = [agreement(each.objects, each.layout, source) for each in samples]
        if scores:
            rows.setdefault("one sample", []).append(scores[0])
            rows.setdefault("mean of the samples", []).append(float(np.mean(scores)))
            rows.setdefault("kept sample", []).append(scores[int(np.argmax(agreements))])
            rows.setdefault("best by the truth", []).append(max(scores))
    table = {name: float(np.mean(values)) for name, values in rows.items()}
    for name, value in table.items():
        sys.stdout.write(f"{name:<24} {value:6.1f}\n")
    sys.stdout.write(
        f"{len(rows['expectation'])} of {options.views} views, {options.candidates} samples of "
        f"{options.steps} steps, {perf_counter() - start:.0f} s\n"
    )
    if options.output is not None:
        facts = {name: getattr(options, name) for name in ("views", "steps", "candidates")}
        options.output.write_text(json.dumps({"facts": facts, "table": table}, indent=1) + "\n")
    return 0


def sampled(flow: TinyGenerator, source: SceneInput, count: int) -> Iterator[Chosen]:
    """Samples of a scene with the seeds of candidates; those without any shape are left out."""
    pictures = with_points(source)
    for number in range(count):
        try:
            yield best_sample(
                lambda seed: flow.generate(*pictures, seed=seed), source,
                seed=SEED_STEP * number, count=1,
            )  # fmt: skip
        except ConventionError:
            continue


def scene_input(view: ViewSample) -> SceneInput:
    """A view as `generate` reads it."""
    labels = np.zeros(view.depth.shape, np.uint8)
    for number, mask in enumerate(view.masks, 1):
        labels[mask] = number
    fov = float(2 * np.rad2deg(np.arctan(view.camera.width / 2 / view.camera.fx)))
    with TemporaryDirectory() as place:
        folder = Path(place)
        Image.fromarray(view.image).save(folder / "scene.png")
        Image.fromarray(labels).save(folder / "ids.png")
        np.save(folder / "depth.npy", view.depth)
        settings = GenerateSettings(masks=(str(folder / "ids.png"),), fov=fov)
        return read_scene_input([folder / "scene.png"], folder / "depth.npy", settings)


def scene_score(found: Chosen, source: SceneInput, view: ViewSample) -> float:
    """F-score at 0.1 of the surfaces of a scene, where the camera of the picture sees them."""
    points = world_points(found)
    pose = camera_pose(found.layout, points, source)
    cube_from_cam = view.cube_from_world @ view.world_from_cam
    placed = transform_points(points, cube_from_cam @ np.linalg.inv(pose))
    return f_score(placed, np.concatenate([true_points(each) for each in view.objects]))


def world_points(found: Chosen) -> NDArray[np.float64]:
    """(V, 3) vertices of all objects in the world of the layout."""
    return np.concatenate(
        [
            transform_points(each.mesh.vertices.astype(np.float64), pose)
            for each, pose in zip(found.objects, found.layout.world_from_object, strict=True)
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
