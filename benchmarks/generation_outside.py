"""generate/tiny on single frames of house-rgbd with their depth and true masks: out of domain.

    python benchmarks/generation_outside.py -o benchmarks/results/generation_outside.json

house-rgbd is RENDERED from a modelled house that training never saw. Truth is the box of each whole
object, and the surface points of the sequence (about 3 cm apart) that lie on it. Baselines: what
the frame shows of the object, and its convex hull.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray

from bench_common import DATA, require_folder
from scenewright.core import ConventionError, FrameSource
from scenewright.data import open_capture
from scenewright.geometry.layouts import view_axes
from scenewright.geometry.projection import unproject
from scenewright.geometry.transforms import transform_points
from scenewright.io import read_id_map
from scenewright.models.generators.tiny.generator import placed_shapes
from scenewright.models.generators.tiny.inputs import SceneCrops, scene_crops, scene_cube
from scenewright.models.generators.tiny.sampling import TinyNetworks, sample_slots
from scenewright.models.generators.tiny.weights import read_networks
from scenewright.models.weights import resolve_weights
from tiny_generation_measures import box_iou, f_score, hull_points, shape_points

UP = np.array([0.0, 0.0, 1.0])
LEAST_SHARE = 0.01
"""Smallest share of the picture that an object covers."""
MOST_OBJECTS = 6
LEAST_POINTS = 100
"""Objects with fewer true points are left out."""


@dataclass(frozen=True, eq=False)
class View:
    """One frame.

    Attributes:
        crops: What the networks see.
        world_from_cube: (4, 4) from the scene cube to the world.
        ids: Ids of the objects, in the order of the masks.
    """

    crops: SceneCrops
    world_from_cube: NDArray[np.float64]
    ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Truth:
    """One object: box (2, 3) and surface points (P, 3), world."""

    box: NDArray[np.float64]
    points: NDArray[np.float64]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--house", type=Path, default=DATA / "house-rgbd")
    parser.add_argument("--weights", default="builtin:generate-tiny")
    parser.add_argument("--frames", type=int, default=12, help="frames of each sequence")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    networks = read_networks(resolve_weights(options.weights).path)
    rows: dict[str, list[float]] = {}
    num_views = 0
    for name in ("living-room", "bedroom"):
        folder = require_folder(options.house / name, what="sequence", option="--house")
        truths = read_truths(folder)
        for view in views(open_capture(folder), folder, truths, options.frames):
            measure(networks, view, truths, rows)
            num_views += 1
    table = {key: float(np.mean(values)) for key, values in rows.items()}
    for key, value in table.items():
        sys.stdout.write(f"{key:<44} {value:8.3f}\n")
    count = len(rows["box IoU"])
    sys.stdout.write(f"{num_views} frames, {count} objects in them; rendered, out of domain\n")
    if options.output is not None:
        facts = {"weights": options.weights, "frames": num_views, "objects": count}
        options.output.write_text(json.dumps({"facts": facts, "table": table}, indent=1) + "\n")
    return 0


def read_truths(folder: Path) -> dict[int, Truth]:
    """The objects of a sequence by id."""
    cloud = trimesh.load(folder / "gt_points.ply", process=False)
    data = cloud.metadata["_ply_raw"]["vertex"]["data"]
    points = np.stack([data[axis] for axis in "xyz"], axis=1).astype(np.float64)
    truths = {}
    for each in json.loads((folder / "instances.json").read_text())["instances"]:
        own = points[data["instance"] == each["id"]]
        if not each["is_stuff"] and len(own) >= LEAST_POINTS:
            truths[each["id"]] = Truth(np.array([each["aabb_min"], each["aabb_max"]]), own)
    return truths


def views(
    source: FrameSource, folder: Path, truths: dict[int, Truth], count: int
) -> Iterator[View]:
    """Frames spread over a sequence, with the objects that are well visible."""
    for index in np.linspace(0, len(source) - 1, count).round().astype(int):
        frame = source[int(index)]
        ids = read_id_map(folder / "instance" / f"{index:06d}.png")
        assert frame.image is not None and frame.depth is not None
        assert frame.world_from_cam is not None
        areas = {i: int((ids == i).sum()) for i in truths}
        seen = [i for i, area in areas.items() if area >= LEAST_SHARE * ids.size]
        chosen = tuple(sorted(seen, key=lambda i: -areas[i])[:MOST_OBJECTS])
        if not chosen:
            continue
        axes = view_axes(frame.world_from_cam, up=UP)
        points = unproject(frame.depth, frame.camera, world_from_cam=frame.world_from_cam) @ axes
        points[frame.depth <= 0] = np.nan
        masks = [ids == i for i in chosen]
        try:
            cube = scene_cube(points, masks)
            moved = transform_points(points.reshape(-1, 3), cube).reshape(points.shape)
            crops = scene_crops(frame.image, masks, moved)
        except ConventionError:
            continue  # No object has enough depth.
        level = np.eye(4)
        level[:3, :3] = axes.T
        yield View(crops, np.linalg.inv(cube @ level).astype(np.float64), chosen)


def measure(
    networks: TinyNetworks, view: View, truths: dict[int, Truth], rows: dict[str, list[float]]
) -> None:
    """Adds the figures of one frame."""
    placed = placed_shapes(sample_slots(networks, [view.crops], seed=0))
    for number, (i, crop) in enumerate(zip(view.ids, view.crops.objects, strict=True)):
        known = crop.points[crop.masks[..., 0] >= 128].astype(np.float64)
        known = known[np.isfinite(known).all(axis=1)]
        if len(known) < 4:
            continue
        seen = transform_points(known, view.world_from_cube)
        hull = transform_points(hull_points(known), view.world_from_cube)
        shape = placed.get(number)
        made = np.zeros((0, 3))
        if shape is not None:
            made = transform_points(shape_points(shape), view.world_from_cube)
        truth = truths[i]
        for name, value in (
            ("box IoU", box_iou(made, truth.box, half=0.0)),
            ("box IoU of what the frame shows", box_iou(seen, truth.box, half=0.0)),
            ("F-score at 0.1", f_score(made, truth.points)),
            ("F-score of what the frame shows", f_score(seen, truth.points)),
            ("F-score of its hull", f_score(hull, truth.points)),
        ):
            rows.setdefault(name, []).append(value)


if __name__ == "__main__":
    raise SystemExit(main())
