"""Examples for learned merging: a graph of regions, and which true objects they lie on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import FormatError, PointCloud
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import NUM_BOUNDS, NUM_PAIR_SUMS, NUM_SUMS
from scenewright.fusion.segmenter import OnlineSegmenter
from scenewright.fusion.vote_tracker import VoteTracker
from scenewright.io.npz import read_npz, write_npz

_REACH = 0.06
"""Largest distance of a voxel from its true point, meters."""
_COLUMNS = (
    "sums", "bounds", "pairs", "pair_sums", "scene", "voxel_size", "on_truth", "truth_size",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Example:
    """One film, fused with one kind of masks.

    Attributes:
        graph: R regions before merging.
        on_truth: (R, T) int64 number of voxels of each region on each true object; column 0: on
            none.
        truth_size: (T,) int64 number of voxels of the surface on each true object.
    """

    graph: RegionGraph
    on_truth: NDArray[np.int64]
    truth_size: NDArray[np.int64]

    @property
    def truth_of(self) -> NDArray[np.int64]:
        """(R,) true object that each region mostly lies on, -1 = none."""
        counts = self.on_truth[:, 1:]
        if not counts.shape[1]:
            return np.full(len(counts), -1, np.int64)
        best = counts.argmax(axis=1) + 1
        return np.where(counts.max(axis=1) > 0, best, -1)


def make_example(segmenter: OnlineSegmenter, truth: PointCloud) -> Example:
    """The regions of a finished segmenter of the default method, compared with the truth.

    Args:
        segmenter: After `OnlineSegmenter.finish`.
        truth: True points with `instance_id`, 0 = none.
    """
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker) and truth.instance_id is not None
    graph, region_of_slot = tracker.regions(segmenter.volume, segmenter.up)
    cloud, slots = segmenter.volume.surface_points()
    distance, nearest = cKDTree(truth.points).query(cloud.points, distance_upper_bound=_REACH)
    known = np.isfinite(distance)
    ids = np.where(known, truth.instance_id[np.where(known, nearest, 0)], 0)
    region = region_of_slot[slots]
    count = int(truth.instance_id.max(initial=0)) + 1
    on_truth = np.zeros((len(graph), count), np.int64)
    np.add.at(on_truth, (region[region >= 0], ids[region >= 0]), 1)
    return Example(graph, on_truth, np.bincount(ids, minlength=count))


def write_example(path: Path, example: Example) -> None:
    """Writes an example as npz, atomically."""
    graph = example.graph
    write_npz(
        path,
        {
            "sums": graph.sums, "bounds": graph.bounds, "pairs": graph.pairs,
            "pair_sums": graph.pair_sums, "scene": graph.scene,
            "voxel_size": np.array(graph.voxel_size), "on_truth": example.on_truth,
            "truth_size": example.truth_size,
        },
        compress=True,
    )  # fmt: skip


def read_example(path: Path) -> Example:
    """Reads a file of `write_example`.

    Raises:
        FormatError: The file is missing or damaged, or of another version.
    """
    arrays = read_npz(path, required=_COLUMNS)
    for name, width in (("sums", NUM_SUMS), ("bounds", NUM_BOUNDS), ("pair_sums", NUM_PAIR_SUMS)):
        if arrays[name].shape[1:] != (width,):
            raise FormatError(
                f"{path}: {name}",
                expected=f"{width} columns",
                got=f"shape {arrays[name].shape}",
                do="Remove the examples of another version; they are made again.",
            )
    graph = RegionGraph(
        arrays["sums"],
        arrays["bounds"],
        arrays["pairs"],
        arrays["pair_sums"],
        arrays["scene"],
        voxel_size=float(arrays["voxel_size"]),
    )
    return Example(graph, arrays["on_truth"], arrays["truth_size"])
