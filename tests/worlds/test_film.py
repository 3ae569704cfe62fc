"""Films of worlds: frames, ground truth, reproducibility."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, FrameSource, ShapeError, UnknownNameError
from scenewright.geometry.projection import unproject_pixels
from scenewright.worlds import (
    DepthSensor,
    PoseNoise,
    SyntheticCapture,
    film_room,
    film_world,
)
from scenewright.worlds.composing.rooms import RoomConfig
from scenewright.worlds.rendering import ColorOffset, Lighting
from tests.worlds.film_builders import BOX, TABLE, small_film, small_world

SMALL = RoomConfig(num_objects=(8, 10), size=(3.4, 3.8), l_shape=0.0)


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    return film_room(3, num_frames=6, width=80, height=60, config=SMALL)


def test_a_film_is_a_frame_source(film: SyntheticCapture) -> None:
    assert isinstance(film, FrameSource)
    assert len(film) == len(list(film)) == 6
    assert [frame.index for frame in film] == list(range(6))
    assert film[-1].name == "000005" and film[-1].time == pytest.approx(0.5)
    with pytest.raises(IndexError):
        film[6]


def test_every_pixel_lies_on_the_surface_of_its_instance(film: SyntheticCapture) -> None:
    boxes = {}
    for placed in film.world.objects:
        boxes[placed.instance_id] = (np.linalg.inv(placed.world_from_object), placed.model.bounds)
    for index, frame in enumerate(film):
        assert frame.depth is not None
        rows, columns = np.nonzero(frame.depth)
        seen = unproject_pixels(rows, columns, frame.depth[rows, columns], frame.camera)
        pose = film.true_world_from_cam[index]
        world = seen @ pose[:3, :3].T + pose[:3, 3]
        ids = film.id_map(index)[rows, columns]
        for number in np.unique(ids).tolist():
            inverse, (low, high) = boxes[number]
            local = world[ids == number] @ inverse[:3, :3].T + inverse[:3, 3]
            outside = np.maximum(np.maximum(low - local, local - high), 0)
            inside = np.minimum(local - low, high - local).min(axis=1)
            assert outside.max() < 1e-3
            assert np.abs(inside).max() < 1e-3


def test_normals_are_perpendicular_to_the_surface(film: SyntheticCapture) -> None:
    for index in range(len(film)):
        ids, normals = film.id_map(index), film.normals(index)
        floor = normals[ids == 1]
        np.testing.assert_allclose(floor, np.broadcast_to((0, 0, 1), floor.shape), atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(normals[ids > 0], axis=1), 1, atol=1e-5)


def test_masks_are_the_id_map(film: SyntheticCapture) -> None:
    masks = film.masks(2)
    assert masks.labels == tuple(film.labels[i] for i in masks.ids.tolist())
    assert np.array_equal(masks.to_id_map(), film.id_map(2))
    things = film.masks(2, stuff=False)
    assert set(things.ids.tolist()) == set(masks.ids.tolist()) - film.stuff_ids


def test_amodal_masks_include_occluded_parts(film: SyntheticCapture) -> None:
    grown = 0
    for index in range(len(film)):
        whole, seen = film.amodal_masks(index), film.masks(index, stuff=False)
        assert film.stuff_ids.isdisjoint(whole.ids.tolist())
        assert set(seen.ids.tolist()) <= set(whole.ids.tolist())
        areas = dict(zip(whole.ids.tolist(), whole.areas().tolist(), strict=True))
        for number, area in zip(seen.ids.tolist(), seen.areas().tolist(), strict=True):
            assert areas[number] >= 0.95 * area - 2
        if TABLE in areas and TABLE in seen.ids.tolist():
            grown += areas[TABLE] - int((film.id_map(index) == TABLE).sum())
    assert grown > 20, "the box hides part of the table"
    some = film.amodal_masks(0, ids=[BOX, 1])
    assert set(some.ids.tolist()) <= {BOX, 1}
    assert some.labels == tuple(film.labels[i] for i in some.ids.tolist())


def test_truth_points_cover_the_seen_surface_once(film: SyntheticCapture) -> None:
    points = film.truth_points(spacing=0.05)
    assert points.instance_id is not None and points.colors is not None
    assert set(points.instance_id.tolist()) <= set(film.labels)
    cells = np.floor(points.points.astype(np.float64) / 0.05).astype(int)
    keys = np.column_stack([cells, points.instance_id])
    assert len(np.unique(keys, axis=0)) == len(keys)
    every = np.concatenate([film.seen_surface(i, spacing=0.05).points for i in range(len(film))])
    seen_cells = np.unique(np.floor(every.astype(np.float64) / 0.05).astype(int), axis=0)
    assert len(np.unique(cells, axis=0)) == len(seen_cells)
    with pytest.raises(ConventionError, match="spacing: expected above 0, got 0"):
        film.truth_points(spacing=0)


def test_errors_are_reproducible_and_do_not_change_the_truth() -> None:
    clean = small_film(3)

    def noisy(seed: int) -> SyntheticCapture:
        return SyntheticCapture(
            clean.world,
            clean.camera,
            world_from_cam=clean.true_world_from_cam,
            sensor=DepthSensor(),
            pose_noise=PoseNoise(),
            seed=seed,
        )

    first, again, other = noisy(1), noisy(1), noisy(2)
    for i in range(3):
        true = clean[i].depth
        one, same, else_ = first[i].depth, again[i].depth, other[i].depth
        assert true is not None and one is not None and same is not None and else_ is not None
        assert one.tobytes() == same.tobytes() and one.tobytes() != else_.tobytes()
        both = (one > 0) & (true > 0)
        assert both.mean() > 0.7
        assert 1e-4 < np.abs(one - true)[both].mean() < 0.05
        assert np.array_equal(first.view(i).depth, true)
        assert np.array_equal(first.id_map(i), clean.id_map(i))
    assert np.array_equal(first.true_world_from_cam, clean.true_world_from_cam)
    assert not np.array_equal(first.world_from_cam, other.world_from_cam)
    assert np.array_equal(first.world_from_cam, again.world_from_cam)
    assert 1e-4 < np.abs(first.world_from_cam - clean.world_from_cam).max() < 0.05


def test_threads_do_not_change_a_frame(film: SyntheticCapture) -> None:
    split = SyntheticCapture(
        film.world, film.camera, world_from_cam=film.true_world_from_cam, num_threads=3
    )
    for name in ("image", "depth", "normals", "id_map"):
        assert np.array_equal(getattr(split.view(1), name), getattr(film.view(1), name)), name


def test_few_large_views_are_cached() -> None:
    film = small_film(3, width=1600, height=1200)
    film = SyntheticCapture(
        film.world, Camera(film.camera.K, 2400, 1800), world_from_cam=film.world_from_cam
    )
    info = film._view.cache_info()
    assert info.maxsize is not None
    assert 1 <= info.maxsize <= 2


def test_same_seed_same_room_other_seed_other_room(room: SyntheticCapture) -> None:
    again = film_room(3, num_frames=6, width=80, height=60, config=SMALL)
    other = film_room(4, num_frames=6, width=80, height=60, config=SMALL)
    assert again[4].image is not None and room[4].image is not None
    assert again[4].image.tobytes() == room[4].image.tobytes()
    assert np.array_equal(again.id_map(4), room.id_map(4))
    assert np.array_equal(again.world_from_cam, room.world_from_cam)
    assert not np.array_equal(other.world_from_cam, room.world_from_cam)


def test_a_camera_in_a_room_sees_surface_everywhere_but_through_windows(
    room: SyntheticCapture,
) -> None:
    open_share = np.mean([(room.id_map(i) == 0).mean() for i in range(len(room))])
    assert open_share < 0.15
    seen = set(np.concatenate([np.unique(room.id_map(i)) for i in range(len(room))]).tolist())
    assert len(seen - room.stuff_ids - {0}) >= 8
    assert {"floor", "wall"} <= {room.labels[i] for i in seen & room.stuff_ids}


def test_invalid_poses_and_settings_are_refused() -> None:
    world = small_world()
    camera = Camera.from_focal(50, 50, 32, 24, width=64, height=48)
    with pytest.raises(ShapeError, match=r"world_from_cam: expected \(N, 4, 4\), N at least 1"):
        SyntheticCapture(world, camera, world_from_cam=np.zeros((0, 4, 4)))
    with pytest.raises(ConventionError, match="num_frames: expected 1 or more, got 0"):
        film_world(world, num_frames=0)
    with pytest.raises(UnknownNameError, match="There is no trajectory 'flight': expected one of"):
        film_world(world, trajectory="flight")


def test_sensors_by_name() -> None:
    world = small_world()
    films = {
        name: film_world(world, num_frames=1, width=64, height=48, sensor=name)
        for name in ("exact", "structured-light", "tof")
    }
    assert films["exact"].sensor is None
    assert films["structured-light"].sensor == DepthSensor()
    depths = [film[0].depth for film in films.values()]
    np.testing.assert_array_equal(depths[0], films["exact"].view(0).depth)
    first, second, third = (np.asarray(depth) for depth in depths[:3])
    assert not np.array_equal(second, third) and not np.array_equal(third, first)
    with pytest.raises(UnknownNameError, match="There is no depth sensor 'sonar': expected one of"):
        film_world(world, num_frames=1, sensor="sonar")


def test_a_color_camera_beside_the_depth_camera_changes_only_the_image() -> None:
    world = small_world()
    plain = film_world(world, num_frames=2, width=64, height=48, sensor="tof")
    moved = film_world(
        world,
        num_frames=2,
        width=64,
        height=48,
        sensor="tof",
        color_offset=ColorOffset((0.02, 0, 0)),
    )
    np.testing.assert_array_equal(plain[1].depth, moved[1].depth)
    np.testing.assert_array_equal(plain.id_map(1), moved.id_map(1))
    np.testing.assert_array_equal(plain.view(1).image, moved.view(1).image)
    first, second = plain[1].image, moved[1].image
    assert first is not None and second is not None
    assert 0.01 < np.any(first != second, axis=2).mean()
    assert moved.color_offset is not None
    beside = moved.true_world_from_cam[1] @ moved.color_offset.depth_from_color
    other = SyntheticCapture(world, moved.camera, world_from_cam=beside[None])
    np.testing.assert_array_equal(moved[1].image, other.view(0).image)


def test_lighting_changes_images_alone() -> None:
    world = small_world()
    plain = film_world(world, num_frames=1, width=64, height=48)
    same = film_world(world, num_frames=1, width=64, height=48, lighting=Lighting())
    np.testing.assert_array_equal(plain[0].image, same[0].image)
    dark = film_world(world, num_frames=1, width=64, height=48, lighting=Lighting(power=0.2))
    bright, dim = plain[0].image, dark[0].image
    assert bright is not None and dim is not None and dim.mean() < 0.9 * bright.mean()
    np.testing.assert_array_equal(plain[0].depth, dark[0].depth)
    assert dark.world.labels == world.labels


def test_field_of_view() -> None:
    film = film_world(small_world(), num_frames=1, width=64, height=48, fov_deg=90.0)
    assert film.camera.fx == pytest.approx(32)
    with pytest.raises(ConventionError) as caught:
        film_world(small_world(), num_frames=1, fov_deg=180.0)
    assert str(caught.value) == "fov_deg: expected above 0 and below 170, got 180"
