"""The synthetic room: its renderer, its truth, and the folder it writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, ConventionError, Frame, FrameSource, OutputError
from scenewright.data.synthetic import SyntheticRoom, look_at, sensor_depth
from scenewright.data.synthetic._render import render
from scenewright.data.synthetic._shapes import Placed, Thing, World, box, cylinder, ellipsoid

CAMERA = Camera.from_focal(60, 60, 40, 30, width=80, height=60)


@pytest.fixture(scope="module")
def room() -> SyntheticRoom:
    return SyntheticRoom(3, num_frames=6, width=160, height=120)


def unproject(frame: Frame) -> NDArray[np.float64]:
    """(H, W, 3) world points of a frame; written without the library's own projection."""
    assert frame.depth is not None and frame.world_from_cam is not None
    height, width = frame.camera.size
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack([columns, rows, np.ones_like(rows)], axis=2) @ np.linalg.inv(frame.camera.K).T
    points = rays * frame.depth[..., None]
    world: NDArray[np.float64] = points @ frame.world_from_cam[:3, :3].T
    return world + frame.world_from_cam[:3, 3]


def level(world: World, points: NDArray[np.float64], instance_id: int) -> NDArray[np.float64]:
    """How far points lie from the nearest part of an instance, in half extents: 0 = on it."""
    best = np.full(len(points), np.inf)
    for part in np.flatnonzero(world.instance_id == instance_id):
        unit = (points - world.center[part]) @ world.rotation[part] / world.half[part]
        if world.kind[part] == 0:
            radius = np.abs(unit).max(axis=1)
        elif world.kind[part] == 1:
            radius = np.linalg.norm(unit, axis=1)
        else:
            radius = np.maximum(np.linalg.norm(unit[:, :2], axis=1), np.abs(unit[:, 2]))
        best = np.minimum(best, np.abs(radius - 1) * world.half[part].min())
    return best


def test_every_pixel_lies_on_the_surface_of_its_instance(room: SyntheticRoom) -> None:
    for frame in room:
        points, ids = unproject(frame), room.id_map(frame.index)
        assert frame.depth is not None
        assert np.array_equal(ids > 0, frame.depth > 0)
        for instance_id in np.unique(ids[ids > 0]).tolist():
            here = points[ids == instance_id]
            assert level(room.world, here, instance_id).max() < 1e-4
            lower, upper = room.world.bounds(instance_id)
            assert (here > lower - 1e-4).all() and (here < upper + 1e-4).all()


@pytest.mark.parametrize("seed", range(8))
def test_rooms_are_furnished_and_the_camera_stands_in_the_open(seed: int) -> None:
    room = SyntheticRoom(seed, num_frames=12, width=80, height=60)
    assert [room.labels[i] for i in sorted(room.stuff_ids)] == ["floor"] + 4 * ["wall"]
    assert len(room.labels) - len(room.stuff_ids) >= 14
    for frame in room:
        assert frame.depth is not None
        assert frame.depth[frame.depth > 0].min() > 0.3
    seen = np.unique(np.concatenate([np.unique(room.id_map(i)) for i in range(len(room))]))
    assert len(seen) >= 16


def test_things_do_not_reach_into_one_another_on_the_floor() -> None:
    room = SyntheticRoom(1)
    floor_things = [
        room.world.bounds(i)
        for i in room.labels
        if i not in room.stuff_ids and abs(room.world.bounds(i)[0, 2]) < 1e-6
    ]
    for i, first in enumerate(floor_things):
        for second in floor_things[:i]:
            overlap = np.minimum(first[1], second[1]) - np.maximum(first[0], second[0])
            assert overlap[:2].min() <= 0.05


def test_depth_of_a_box_seen_head_on() -> None:
    world = World.assemble(
        [Placed(Thing("box", (box((0, 0, 0), (1, 2, 3), (1, 0, 0)),)), (0, 4, 0))]
    )
    pose = look_at(np.zeros(3), np.array([0.0, 4.0, 0.0]))
    depth, ids, image = render(world, camera=CAMERA, world_from_cam=pose)
    assert np.allclose(depth[ids == 1], 3.0, atol=1e-6)
    # One metre wide at three metres, focal length 60: 20 columns.
    assert np.count_nonzero(ids[30]) == 20
    assert image[30, 40, 0] > 0 and not image[30, 40, 1:].any()
    assert not image[ids == 0].any()


def test_round_shapes_meet_their_formulas() -> None:
    pose = look_at(np.zeros(3), np.array([1.0, 0.0, 0.0]))
    for part in (
        cylinder((0, 0, 0), 0.5, 1.0, (1, 1, 1)),
        ellipsoid((0, 0, 0), (0.5, 0.7, 0.4), (1, 1, 1)),
    ):
        world = World.assemble([Placed(Thing("it", (part,)), (3, 0.2, 0.1), heading=0.0)])
        depth, ids, _ = render(world, camera=CAMERA, world_from_cam=pose)
        frame = Frame(0, CAMERA, pose, depth=depth)
        on = unproject(frame)[ids == 1]
        assert len(on) > 100
        assert level(world, on, 1).max() < 1e-5
        assert depth[ids == 1].min() == pytest.approx(2.5, abs=0.01)


def test_a_camera_inside_the_room_sees_walls_but_never_through_them() -> None:
    room = SyntheticRoom(0, num_frames=3, width=80, height=60)
    reach = max(room.size)
    for frame in room:
        points = unproject(frame)[room.id_map(frame.index) > 0]
        assert np.abs(points).max() <= reach / 2 + 1e-4


def test_same_seed_same_bytes_other_seed_other_room(room: SyntheticRoom) -> None:
    again = SyntheticRoom(3, num_frames=6, width=160, height=120)
    other = SyntheticRoom(4, num_frames=6, width=160, height=120)
    for a, b, c in zip(room, again, other, strict=True):
        assert a.image is not None and b.image is not None and c.image is not None
        assert a.depth is not None and b.depth is not None
        assert a.image.tobytes() == b.image.tobytes()
        assert a.depth.tobytes() == b.depth.tobytes()
        assert a.image.tobytes() != c.image.tobytes()


def test_it_is_a_frame_source(room: SyntheticRoom) -> None:
    assert isinstance(room, FrameSource)
    assert len(list(room)) == len(room) == 6
    assert room[-1].index == 5
    with pytest.raises(IndexError):
        room[6]
    with pytest.raises(ConventionError, match="num_frames"):
        SyntheticRoom(num_frames=0)


def test_masks_are_the_id_map(room: SyntheticRoom) -> None:
    masks = room.masks(2)
    assert np.array_equal(masks.to_id_map(), room.id_map(2))
    objects = room.masks(2, stuff=False)
    assert not set(objects.ids.tolist()) & room.stuff_ids
    assert set(objects.ids.tolist()) | room.stuff_ids >= set(masks.ids.tolist())


def test_truth_points_cover_the_seen_surface(room: SyntheticRoom) -> None:
    truth = room.truth_points(spacing=0.05)
    assert truth.instance_id is not None
    seen = np.unique(np.concatenate([np.unique(room.id_map(i)) for i in range(len(room))]))
    assert set(np.unique(truth.instance_id).tolist()) == set(seen.tolist()) - {0}
    for instance_id in np.unique(truth.instance_id).tolist():
        mine = truth.points[truth.instance_id == instance_id].astype(np.float64)
        assert level(room.world, mine, instance_id).max() < 1e-4
        cells = np.floor(mine / 0.05)
        assert len(np.unique(cells, axis=0)) == len(cells)


def test_sensor_depth_has_steps_noise_and_holes() -> None:
    true = np.full((60, 80), 3.0, np.float32)
    true[:, 40:] = 1.5
    true[0, :5] = 0
    noisy = sensor_depth(true, rng=np.random.default_rng(0))
    assert noisy.dtype == np.float32 and not noisy[0, :5].any()
    far = noisy[1:, :39]
    assert abs(far.mean() - 3.0) < 0.02
    assert 0.005 < far.std() < 0.08
    assert len(np.unique(far)) < 20
    # Beside the near surface the far side is shadowed now and then, the near side never.
    assert 0.4 < np.mean(noisy[1:, 39] == 0) < 0.95
    assert (noisy[:, 40] > 0).all()


def test_depth_noise_is_repeatable_and_leaves_the_truth_alone() -> None:
    clean = SyntheticRoom(5, num_frames=2, width=80, height=60)
    noisy = SyntheticRoom(5, num_frames=2, width=80, height=60, depth_noise=True)
    first, again = noisy[1].depth, noisy[1].depth
    assert first is not None and again is not None
    assert first.tobytes() == again.tobytes()
    true = clean[1].depth
    assert true is not None and not np.array_equal(first, true)
    assert np.array_equal(noisy.truth_points().points, clean.truth_points().points)


def test_write_capture_writes_frames_and_truth(tmp_path: Path) -> None:
    room = SyntheticRoom(2, num_frames=3, width=80, height=60)
    folder = room.write_capture(tmp_path / "room")
    assert sorted(p.name for p in folder.iterdir()) == [
        "capture.json", "color", "depth", "gt_points.ply", "instance", "instances.json",
        "intrinsics.txt", "pose",
    ]  # fmt: skip
    frame = room[1]
    assert frame.depth is not None and frame.image is not None
    stored = np.asarray(Image.open(folder / "depth/000001.png"))
    assert np.abs(stored / 1000 - frame.depth).max() <= 0.0005 + 1e-6
    assert np.array_equal(np.asarray(Image.open(folder / "instance/000001.png")), room.id_map(1))
    assert np.array_equal(np.asarray(Image.open(folder / "color/000001.png")), frame.image)
    assert np.allclose(np.loadtxt(folder / "pose/000001.txt"), room.world_from_cam[1], atol=1e-8)
    K = np.loadtxt(folder / "intrinsics.txt")
    assert np.allclose(K[:2, 2], room.camera.K[:2, 2] - 0.5)
    truth = json.loads((folder / "instances.json").read_text())
    assert {row["id"]: row["category"] for row in truth["instances"]} == room.labels
    assert {row["id"] for row in truth["instances"] if row["is_stuff"]} == room.stuff_ids
    with pytest.raises(OutputError, match="exist"):
        room.write_capture(tmp_path / "room")
    room.write_capture(tmp_path / "room", overwrite=True)
