"""How long labels and features of surfels take on the processor, and how well they tell objects.

The scene is made up: balls of several sizes on a floor, as many surfels as asked for, seen by
cameras on a ring. The true ids are those of the surfels with most weight in each pixel. The masks
are damaged: of the objects of a view a share has no mask, and neighbors may be one; ids mean the
same in all views, as after clustering, except where two objects became one.

Published training takes 32,768 pixels and as many surfels per step; ours takes fewer, see
`FeatureConfig`. The time of both is given.

Run: python benchmarks/features_speed.py --json benchmarks/results/features_speed.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import Goal, Report, Table, run_main
from scenewright.core import Camera, SurfelCloud, Views
from scenewright.runs.threads import use_threads
from scenewright.splats.features.prototypes import assign_prototypes, mean_prototypes
from scenewright.splats.features.training import FeatureConfig, train_features
from scenewright.splats.lifting.straddlers import straddles
from scenewright.splats.lifting.votes import lift_labels
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rasterizer.weight_store import WeightStore, build_weight_store
from scenewright.worlds import look_at

MINUTES = 3.0
PUBLISHED_SAMPLES = 32_768
SIZE = (480, 360)
_FLOOR_SHARE = 0.3


@dataclass
class Options:
    """What is measured."""

    num_surfels: int = 200_000
    """Surfels of the scene."""
    num_views: int = 100
    """Cameras."""
    num_objects: int = 40
    """Balls."""
    steps: int = 3000
    """Steps of the training."""
    published_steps: int = 100
    """Steps with the published number of samples, from which the time of all is reckoned."""
    dropped: float = 0.2
    """Share of the masks that a view lacks."""
    merged: float = 0.2
    """Share of the masks that carry the id of another one."""
    threads: int = 2
    """Threads that compute."""
    json: Path | None = None
    """File for the tables and all numbers."""


def make_scene(num_surfels: int, num_objects: int, seed: int) -> SurfelCloud:
    """Balls on a floor of 6 by 6 meters, with their ids."""
    rng = np.random.default_rng(seed)
    places: list[tuple[float, float, float]] = []
    while len(places) < num_objects:
        x, y = rng.uniform(-2.5, 2.5, 2)
        radius = rng.uniform(0.12, 0.3)
        if all(np.hypot(x - a, y - b) > radius + r for a, b, r in places):
            places.append((x, y, radius))
    num_floor = int(_FLOOR_SHARE * num_surfels)
    area = np.array([r * r for _, _, r in places])
    counts = rng.multinomial(num_surfels - num_floor, area / area.sum())
    floor = np.concatenate([rng.uniform(-3, 3, (num_floor, 2)), np.zeros((num_floor, 1))], axis=1)
    points, normals, ids = [floor], [np.tile([0.0, 0, 1], (num_floor, 1))], [np.zeros(num_floor)]
    for number, (count, (x, y, radius)) in enumerate(zip(counts, places, strict=True), start=1):
        way = rng.normal(size=(count, 3))
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        points.append(way * radius + (x, y, radius))
        normals.append(way)
        ids.append(np.full(count, number))
    n = np.concatenate(normals)
    quats = np.stack([1 + n[:, 2] + 1e-9, -n[:, 1], n[:, 0], np.zeros(len(n))], axis=1)
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    return SurfelCloud(
        np.concatenate(points).astype(np.float32),
        quats.astype(np.float32),
        np.full((len(n), 2), 0.015, np.float32),
        rng.uniform(0.4, 0.95, len(n)).astype(np.float32),
        np.zeros((len(n), 1, 3), np.float32),
        np.concatenate(ids).astype(np.int32),
    )


def ring_views(count: int) -> Views:
    """Cameras around the floor, at changing heights."""
    camera = Camera.from_focal(400, 400, SIZE[0] / 2, SIZE[1] / 2, width=SIZE[0], height=SIZE[1])
    poses = []
    for i in range(count):
        angle = 2 * np.pi * i / count
        height = 1.6 + 0.8 * np.sin(5 * angle)
        eye = np.array([3.6 * np.cos(angle), 3.6 * np.sin(angle), height])
        target = np.array([0.8 * np.cos(3 * angle), 0.8 * np.sin(3 * angle), 0.2])
        poses.append(look_at(eye, target))
    return Views(
        tuple(f"{i:04d}" for i in range(count)),
        np.tile(camera.K, (count, 1, 1)),
        np.tile(SIZE, (count, 1)).astype(np.int32),
        np.array(poses),
    )


def true_maps(store: WeightStore, ids: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """(H, W) true id of each pixel of each view."""
    maps = []
    for view in range(len(store)):
        drawn = store.draw_labels(view, ids)
        # The store keeps every so-manieth pixel; between them the nearest one speaks.
        width, height = store.size[view].tolist()
        rows = np.minimum(np.arange(height) // store.stride, drawn.shape[0] - 1)
        columns = np.minimum(np.arange(width) // store.stride, drawn.shape[1] - 1)
        maps.append(np.ascontiguousarray(drawn[np.ix_(rows, columns)]))
    return maps


def damaged(
    maps: list[NDArray[np.int32]], *, dropped: float, merged: float, seed: int
) -> list[NDArray[np.int32]]:
    """Maps in which objects of a view are missing or carry the id of another one in view."""
    rng = np.random.default_rng(seed)
    result = []
    for picture in maps:
        table = np.arange(picture.max() + 1)
        present = np.unique(picture[picture > 0])
        for i in present:
            lot = rng.uniform()
            if lot < dropped:
                table[i] = 0
            elif lot < dropped + merged:
                table[i] = rng.choice(present)
        result.append(table[picture].astype(np.int32))
    return result


def mean_iou(found: NDArray[np.int32], true: NDArray[np.int32]) -> float:
    """Mean over the true objects of the overlap of surfels over their union, in percent."""
    values = [
        ((found == i) & (true == i)).sum() / max(1, ((found == i) | (true == i)).sum())
        for i in np.unique(true[true > 0])
    ]
    return 100 * float(np.mean(values))


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("features_speed", asdict(options))
    use_threads(options.threads)
    surfels = make_scene(options.num_surfels, options.num_objects, 0)
    truth = surfels.instance_id
    assert truth is not None
    views = ring_views(options.num_views)
    seconds: dict[str, float] = {}

    start = perf_counter()
    near = near_plane(surfels.means)
    store = build_weight_store(SurfelArrays.of(surfels), views, near=near)
    seconds["weight store"] = perf_counter() - start
    maps = damaged(true_maps(store, truth), dropped=options.dropped, merged=options.merged, seed=1)
    lift_labels(store, maps)  # compiles

    start = perf_counter()
    lifted = lift_labels(store, maps)
    seconds["closed-form labels"] = perf_counter() - start
    start = perf_counter()
    straddles(store, maps)
    seconds["straddling surfels"] = perf_counter() - start

    config = FeatureConfig(steps=options.steps)
    train_features(store, maps, lifted.labels, config=replace(config, steps=2))  # compiles
    start = perf_counter()
    trained = train_features(store, maps, lifted.labels, config=config, seed=0)
    seconds[f"{options.steps} steps of training"] = perf_counter() - start
    prototypes = mean_prototypes(trained.features, lifted.labels)
    assigned, _ = assign_prototypes(trained.features, prototypes)

    published = replace(
        config,
        steps=options.published_steps,
        pixels=PUBLISHED_SAMPLES,
        surfels=PUBLISHED_SAMPLES,
    )
    start = perf_counter()
    train_features(store, maps, lifted.labels, config=published, seed=0)
    reckoned = (perf_counter() - start) * options.steps / options.published_steps
    seconds[f"the same with {PUBLISHED_SAMPLES:,} samples, reckoned"] = reckoned

    seen = lifted.scores > 0
    quality = {
        "closed-form labels": mean_iou(lifted.labels[seen], truth[seen]),
        "prototypes of trained features": mean_iou(assigned[seen], truth[seen]),
    }
    report.results |= {"seconds": seconds, "mean_iou": quality, "stride": store.stride}
    what = (
        f"{options.num_surfels:,} surfels, {options.num_views} views {SIZE[0]} x {SIZE[1]}, "
        f"{options.num_objects} objects, {config.pixels:,} pixels and surfels per step; the store "
        f"takes {store.num_bytes / 1e6:.0f} MB at stride {store.stride}."
    )
    rows = tuple((name, f"{value:.1f}") for name, value in seconds.items())
    report.add(Table(f"Features: {options.threads} threads", ("what", "s"), rows, what))
    rows = tuple((name, f"{value:.1f}") for name, value in quality.items())
    note = f"Of the surfels in view; masks with {options.dropped:.0%} dropped, {options.merged:.0%}"
    report.add(Table("Objects", ("what", "mIoU, %"), rows, f"{note} under another's id."))
    trained_in = seconds[f"{options.steps} steps of training"] / 60
    report.goals.append(Goal(f"{options.steps} steps", trained_in, MINUTES, "minutes"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
