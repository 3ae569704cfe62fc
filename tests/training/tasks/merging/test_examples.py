"""Examples: regions of a fused film compared with the truth; their files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, PointCloud
from scenewright.fusion.merging.sums import COUNT, NUM_BOUNDS, NUM_PAIR_SUMS, NUM_SUMS
from scenewright.io.npz import read_npz, write_npz
from scenewright.training.tasks.merging.examples import (
    Example,
    make_example,
    read_example,
    write_example,
)
from tests.fusion.fusion_builders import TOUCHING, arc, run
from tests.fusion.merging.merging_builders import no_graph
from tests.training.tasks.merging.toy_builders import toy_example


def truth_points() -> PointCloud:
    """Points on the faces of two blocks and the floor, with the number of the block."""
    rng = np.random.default_rng(0)
    points, ids = [], []
    for number, block in enumerate(TOUCHING, start=1):
        low, high = np.array(block.low), np.array(block.high)
        inside = rng.uniform(low, high, (60_000, 3))
        for axis in range(3):
            for face in (low, high):
                face_points = inside[: 20_000 if number == 1 else 2_000].copy()
                face_points[:, axis] = face[axis]
                points.append(face_points)
        ids += [number] * sum(len(one) for one in points[-6:])
    return PointCloud(
        np.concatenate(points).astype(np.float32), instance_id=np.array(ids, np.int32)
    )


def test_regions_know_on_which_object_they_lie() -> None:
    segmenter = run(TOUCHING, arc(6)).segmenter
    example = make_example(segmenter, truth_points())
    assert len(example.graph) == 3
    assert sorted(example.truth_of.tolist()) == [1, 2, 3]
    total = example.on_truth.sum(axis=1)
    np.testing.assert_array_equal(total, example.graph.sums[:, COUNT])
    best = example.on_truth[:, 1:].max(axis=1)
    assert (best > 0.9 * total).all()
    assert (example.truth_size >= example.on_truth.sum(axis=0)).all()
    assert example.truth_size.sum() == len(segmenter.volume.surface_slots())


def test_points_far_from_the_truth_lie_on_nothing() -> None:
    segmenter = run(TOUCHING, arc(3)).segmenter
    far = truth_points()
    example = make_example(segmenter, replace(far, points=far.points + np.float32(5)))
    assert not example.on_truth[:, 1:].any() and (example.truth_of == -1).all()
    assert not example.truth_size[1:].any() and example.truth_size[0] > 0


def test_the_object_with_most_voxels_counts() -> None:
    table = np.array([[50, 3, 4], [9, 0, 0], [0, 5, 5]])
    example = Example(no_graph(), table, table.sum(axis=0))
    assert example.truth_of.tolist() == [2, -1, 1]
    nothing = Example(no_graph(), np.zeros((2, 1), np.int64), np.zeros(1, np.int64))
    assert nothing.truth_of.tolist() == [-1, -1]


def test_round_trip(tmp_path: Path) -> None:
    example = toy_example(0)
    write_example(tmp_path / "a.npz", example)
    again = read_example(tmp_path / "a.npz")
    for name in ("sums", "bounds", "pairs", "pair_sums", "scene"):
        before, after = getattr(example.graph, name), getattr(again.graph, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert again.graph.voxel_size == example.graph.voxel_size
    np.testing.assert_array_equal(again.on_truth, example.on_truth)
    np.testing.assert_array_equal(again.truth_size, example.truth_size)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(FormatError):
        read_example(path)
    path.write_bytes(b"PK nothing")
    with pytest.raises(FormatError, match="npz file"):
        read_example(path)
    write_example(path, toy_example(0))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError):
        read_example(path)
    write_example(path, toy_example(0))
    arrays = read_npz(path, required=("sums", "pairs"))
    write_npz(path, arrays)
    with pytest.raises(FormatError, match="none called bounds, on_truth, pair_sums, scene"):
        read_example(path)


@pytest.mark.parametrize(
    ("name", "width"), [("sums", NUM_SUMS), ("bounds", NUM_BOUNDS), ("pair_sums", NUM_PAIR_SUMS)]
)
def test_examples_of_another_version_are_refused(name: str, width: int, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_example(path, toy_example(0))
    every = ("sums", "bounds", "pairs", "pair_sums", "scene", "voxel_size", "on_truth")
    arrays = dict(read_npz(path, required=(*every, "truth_size")))
    arrays[name] = arrays[name][:, :-1]
    write_npz(path, arrays)
    with pytest.raises(FormatError) as caught:
        read_example(path)
    assert str(caught.value) == (
        f"{path}: {name}: expected {width} columns, got shape {arrays[name].shape}. "
        "Remove the examples of another version; they are made again."
    )
