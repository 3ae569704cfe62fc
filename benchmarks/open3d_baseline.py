"""What a newcomer gets from 30 lines of Open3D, judged as our scenes are.

Fuses the same frames (voxels of 2.5 cm, depth up to 10 m), takes planes out of the surface by
RANSAC until none is large, and clusters the rest with DBSCAN. The result does not depend on
Scenewright, so it is measured once and printed beside ours by `default_accuracy.py` and others.

Open3D is no dependency; run this with the Python of an environment that has both:
    python -m venv o3d && o3d/bin/pip install open3d .
    o3d/bin/python benchmarks/open3d_baseline.py --json benchmarks/results/open3d_baseline.json
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from accuracy_baseline import RADII, baseline_cells
from accuracy_oracle import labeled_scene
from accuracy_places import PLACES, SEEDS, Folders, PlaceName, open_places
from accuracy_summary import Fit, fit_scene, summarize
from bench_common import Report, Table, run_main
from bench_open3d import Open3DFrames, Open3DVolume, import_open3d
from scenewright.core import Frame, MissingExtraError
from scenewright.runs.threads import use_threads

VOXEL_SIZE, TRUNCATION_VOXELS, MAX_DEPTH = 0.025, 4.0, 10.0
"""Meters, voxels, meters."""
PLANE_DISTANCE = 0.03
"""Distance from a plane up to which points belong to it, meters."""
PLANE_TRIALS = 1000
MAX_PLANES = 6
"""Floor, ceiling and four walls."""
LEAST_PLANE_SHARE = 0.05
"""Share of all points that a plane needs."""
CLUSTER_POINTS = 10
"""Number of points within the radius that DBSCAN needs."""


@dataclass
class Options:
    """What is measured, and how."""

    places: tuple[PlaceName, ...] = PLACES
    """Places to measure."""
    radii: tuple[float, ...] = RADII
    """Radii of DBSCAN, meters."""
    seeds: tuple[int, ...] = SEEDS
    """Seeds of the held-out rooms."""
    folders: Folders = field(default_factory=Folders)
    """Where the data lie."""
    json: Path | None = None
    """File for the tables and all numbers."""


def fuse(open3d: ModuleType, frames: Iterable[Frame]) -> Any:
    """The surface that the frames show, as a cloud of Open3D."""
    volume = Open3DVolume(
        open3d, voxel_size=VOXEL_SIZE, truncation_voxels=TRUNCATION_VOXELS, max_depth=MAX_DEPTH,
        storage="float32",
    )  # fmt: skip
    for frame in frames:
        volume.integrate(Open3DFrames(open3d, [frame]), 0)
    return volume.surface()


def take_planes(open3d: ModuleType, cloud: Any) -> tuple[NDArray[np.int32], Any, Any]:
    """Numbers the points of large planes, from 1.

    Returns:
        (N,) plane of each point, 0 = none; indices of the other points; and these points.
    """
    num_points = len(cloud.points)
    ids = np.zeros(num_points, np.int32)
    rest, rest_index = cloud, np.arange(num_points)
    open3d.utility.random.seed(0)
    for number in range(1, MAX_PLANES + 1):
        if len(rest.points) < 3:
            break
        _, inliers = rest.segment_plane(PLANE_DISTANCE, 3, PLANE_TRIALS)
        if len(inliers) < LEAST_PLANE_SHARE * num_points:
            break
        ids[rest_index[inliers]] = number
        rest_index = np.delete(rest_index, inliers)
        rest = rest.select_by_index(inliers, invert=True)
    return ids, rest_index, rest


def segment_baseline(
    open3d: ModuleType, frames: Iterable[Frame], *, radii: Iterable[float]
) -> tuple[NDArray[np.float32], dict[float, NDArray[np.int32]]]:
    """The whole baseline.

    Returns:
        (N, 3) points, meters, and by radius (N,) instance of each, 0 = none.
    """
    cloud = fuse(open3d, frames)
    planes, rest_index, rest = take_planes(open3d, cloud)
    found = {}
    for radius in radii:
        clusters = np.asarray(rest.cluster_dbscan(radius, CLUSTER_POINTS), np.int32)
        ids = planes.copy()
        ids[rest_index] = np.where(clusters >= 0, clusters + 1 + planes.max(initial=0), 0)
        found[radius] = ids
    return np.asarray(cloud.points, np.float32), found


def measure(open3d: ModuleType, options: Options, report: Report) -> dict[str, dict[str, Any]]:
    """Every place with every radius."""
    results: dict[str, dict[str, Any]] = {}
    for name in options.places:
        fits: dict[float, list[Fit]] = {radius: [] for radius in options.radii}
        places = open_places(name, options.folders, seeds=options.seeds)
        for place in places:
            points, found = segment_baseline(open3d, place.source, radii=options.radii)
            for radius, ids in found.items():
                fits[radius].append(fit_scene(labeled_scene(points, ids), place.truth))
        results[name] = {f"{radius:g}": summarize(fits[radius]).as_dict() for radius in fits}
        report.remark(f"{name}: done")
    return results


def stay_on_one_core() -> None:
    """Open3D takes the cores that the process may use, and with several its result varies."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])


def make_table(results: dict[str, dict[str, Any]]) -> Table:
    """One row per place and radius."""
    rows = tuple(
        (name, f"{100 * float(radius):g} cm", *baseline_cells(found))
        for name, by_radius in results.items()
        for radius, found in by_radius.items()
    )
    note = (
        "AP, AP50, AP25: all scores equal, floor, walls and ceiling included; percent. Listed: "
        "planes and clusters; true: things. Floor: IoU of the best instance with the true floor."
    )
    columns = ("place", "radius", "AP", "AP50", "AP25", "listed/true", "floor")
    return Table("Open3D: TSDF, RANSAC planes, DBSCAN of the rest", columns, rows, note)


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    stay_on_one_core()
    open3d, problem = import_open3d(threads=1)
    if open3d is None:
        raise MissingExtraError(
            "The baseline needs Open3D",
            expected="the package open3d",
            got=problem,
            do="Make an environment for it: python -m venv o3d && o3d/bin/pip install open3d .",
        )
    report = Report("open3d_baseline", asdict(options), seed=0)
    use_threads(1)
    results = measure(open3d, options, report)
    report.add(make_table(results))
    report.results["places"] = results
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
