"""Id maps: which instance each pixel of each frame shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import (
    Box3D,
    Camera,
    ConventionError,
    Frame,
    Instance,
    InstanceTable,
    PointCloud,
    Scene,
)
from scenewright.fusion import OnlineSegmenter, SurfaceIds, frame_id_maps
from scenewright.worlds import SyntheticCapture, film_room


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    return film_room(3, num_frames=24, width=160, height=120)


@pytest.fixture(scope="module")
def scene(room: SyntheticCapture) -> Scene:
    """The room segmented with its true masks."""
    segmenter = OnlineSegmenter(up=room.up)
    for frame in room:
        segmenter.update(frame, room.masks(frame.index))
    segmenter.finish()
    return segmenter.result()


def one_to_one_share(found: Mapping[str, NDArray[np.int32]], room: SyntheticCapture) -> float:
    """Share of the pixels with depth whose id and whose true id are each other's majority."""
    frames = {frame.name: frame for frame in room}
    ids, truth = [], []
    for name, id_map in found.items():
        depth = frames[name].depth
        assert depth is not None
        ids.append(id_map[depth > 0])
        truth.append(room.id_map(frames[name].index)[depth > 0])
    all_ids, all_truth = np.concatenate(ids), np.concatenate(truth)
    counts = np.zeros((all_ids.max() + 1, all_truth.max() + 1), np.int64)
    np.add.at(counts, (all_ids, all_truth), 1)
    counts[0] = 0
    best = counts.argmax(axis=1)
    matched = [i for i in range(1, len(counts)) if counts[:, best[i]].argmax() == i]
    return float(sum(counts[i, best[i]] for i in matched) / len(all_ids))


def wall(*, half: float = 0.5, ids: tuple[int, int] = (3, 0)) -> Scene:
    """A plane at z = 2 m; the left half belongs to one instance, the right half to another."""
    x, y = (axis.ravel() for axis in np.meshgrid(*[np.arange(-half, half, 0.02) + 0.01] * 2))
    points = np.stack([x, y, np.full_like(x, 2.0)], axis=1).astype(np.float32)
    owner = np.where(x < 0, *ids).astype(np.int32)
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    rows = [Instance(i, "", 1.0, box, int((owner == i).sum()), 1) for i in ids if i]
    return Scene(InstanceTable.from_rows(rows), PointCloud(points, instance_id=owner))


def view(depth: float, *, name: str = "a", index: int = 0) -> Frame:
    """A frame of constant depth that looks along z from the origin; 1 m wide at 2 m."""
    camera = Camera.from_focal(80, 80, 20, 20, width=40, height=40)
    picture = np.full((40, 40), depth, np.float32)
    return Frame(index, camera, np.eye(4), depth=picture, name=name)


def test_pixels_show_the_true_objects(scene: Scene, room: SyntheticCapture) -> None:
    maps = frame_id_maps(scene, room)
    found = dict(maps)
    assert maps.num_frames == len(found) == 24 and maps.without_pose == []
    assert {m.shape for m in found.values()} == {(120, 160)}
    assert {m.dtype for m in found.values()} == {np.dtype(np.int32)}
    assert one_to_one_share(found, room) > 0.98


def test_without_history_the_voxel_size_is_estimated(scene: Scene, room: SyntheticCapture) -> None:
    scene = replace(scene, provenance=())
    assert SurfaceIds(scene).voxel_size == pytest.approx(0.025, abs=0.005)
    found = dict(frame_id_maps(scene, [room[i] for i in range(0, 24, 6)]))
    assert one_to_one_share(found, room) > 0.98


def test_nearest_point_decides_and_nobodys_points_show_nothing() -> None:
    found = SurfaceIds(wall()).id_map(view(2.0))
    assert np.array_equal(np.unique(found[:, :19]), [3])
    assert not found[:, 21:].any()
    both = SurfaceIds(wall(ids=(3, 8))).id_map(view(2.0))
    assert np.array_equal(np.unique(both[:, 21:]), [8])


@pytest.mark.parametrize(("depth", "share"), [(0.0, 0), (1.97, 1), (2.03, 1), (1.8, 0), (2.2, 0)])
def test_only_what_is_near_counts(depth: float, share: int) -> None:
    scene = wall(ids=(3, 8))
    assert (SurfaceIds(scene, voxel_size=0.02).id_map(view(depth)) > 0).mean() == share


def test_frames_without_pose_are_left_out_and_counted() -> None:
    frames = [
        view(2.0, name="a"),
        replace(view(2.0, name="b", index=1), world_from_cam=None),
        replace(view(2.0, name="", index=2), depth=None),
    ]
    maps = frame_id_maps(wall(), frames)
    found = dict(maps)
    assert list(found) == ["a", "000002"]
    assert (maps.num_frames, maps.without_pose) == (2, ["b"])
    assert not found["000002"].any()
    with pytest.raises(ConventionError, match="frame b: expected a pose"):
        SurfaceIds(wall()).id_map(frames[1])


def test_scenes_that_know_no_membership_are_refused() -> None:
    for scene in (Scene(InstanceTable.empty()), replace(wall(), points=None)):
        with pytest.raises(ConventionError, match="expected points with instance ids"):
            frame_id_maps(scene, [view(2.0)])
    with pytest.raises(ConventionError, match="Voxel size"):
        SurfaceIds(wall(), voxel_size=-1)
    far = PointCloud(np.full((1, 3), 1e9, np.float32), instance_id=np.zeros(1, np.int32))
    with pytest.raises(ConventionError, match="of the origin"):
        SurfaceIds(replace(wall(), points=far))


def test_scenes_of_few_points() -> None:
    for num_points in (0, 1):
        cloud = PointCloud(
            np.full((num_points, 3), 2.0, np.float32), instance_id=np.full(num_points, 3, np.int32)
        )
        assert not SurfaceIds(replace(wall(), points=cloud)).id_map(view(2.0)).any()
