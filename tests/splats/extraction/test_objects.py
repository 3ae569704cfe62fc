"""Objects taken out of labeled surfels: masks, meshes, boxes, the space around, what is left."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    ConventionError,
    PointCloud,
    StateGrid,
    SurfelCloud,
    Views,
)
from scenewright.splats.extraction import (
    GridFrame,
    ObjectConfig,
    ObjectPictures,
    ObjectSet,
    StateCounts,
    build_objects,
    grid_frame,
    objects_to_scene,
    remove_instances,
    seen_share,
)
from scenewright.splats.extraction.objects import direction_share, main_groups
from scenewright.splats.meshing import SurfacePicture
from tests.splats.extraction.objects_builders import (
    around,
    even_directions,
    joined,
    plane,
    scaled,
    scaled_views,
    sphere,
    views_from,
)

BALLS = {1: (-0.8, 0.0, 0.6), 2: (0.8, 0.2, 0.5)}


def two_balls() -> tuple[SurfelCloud, Views]:
    """Two balls on a floor, seen from above all around."""
    scene = joined(
        plane(5.0, spacing=0.12),
        sphere(700, radius=0.6, center=BALLS[1], instance=1),
        sphere(700, radius=0.5, center=BALLS[2], instance=2, color=(0.1, 0.7, 0.3)),
    )
    angles = np.arange(9) * np.pi / 4.5
    eyes = np.stack([3.2 * np.cos(angles), 3.2 * np.sin(angles), 1.2 + 0.8 * np.cos(3 * angles)])
    return scene, views_from(eyes.T, target=(0, 0, 0.4), width=128, height=112, focal=95.0)


@pytest.fixture(scope="module")
def objects() -> ObjectSet:
    return build_objects(*two_balls(), config=ObjectConfig(resolution=32, voxel_size=0.05))


def ball_grid(views: Views, *, resolution: int = 32, factor: float = 1.0) -> StateGrid:
    """What views tell of a ball within a large shell, so that rays beside it end somewhere."""
    ball = scaled(sphere(1600), factor)
    shell = sphere(900, radius=14.0, instance=0)
    views = scaled_views(views, factor)
    counts = StateCounts({1: grid_frame(ball, resolution=resolution)})
    for picture in ObjectPictures(joined(ball, scaled(shell, factor)), views):
        counts.add(picture)
    return counts.grid(1, ball[:0])


def one_side(count: int = 5) -> Views:
    """Cameras in a small cone around +x, far from a ball at the origin."""
    angle = 2 * np.pi * np.arange(count) / count
    eyes = np.stack([np.full(count, 12.0), 0.8 * np.cos(angle), 0.8 * np.sin(angle)], axis=1)
    return views_from(eyes, width=128, height=128, focal=500.0)


def test_ball_seen_from_one_side_is_solid_there_free_in_front_and_unknown_behind() -> None:
    grid = ball_grid(one_side(), resolution=64)
    x, y, z = np.moveaxis(grid.centers(), -1, 0)
    r = np.sqrt(x * x + y * y + z * z)
    cell = grid.cell_size
    axis = np.hypot(y, z)
    assert (grid.states[(axis < 0.8) & (r < 1 - 3 * cell)] == UNKNOWN).all()  # inside
    behind = (axis < 0.9) & (x < -0.2)
    assert (grid.states[behind] == UNKNOWN).mean() > 0.999
    in_front = (axis < 0.8) & (x > 0) & (r > 1 + 4 * cell)
    assert (grid.states[in_front] == FREE).all()
    skin = (np.abs(r - 1) < 0.5 * cell) & (x > 0.5)
    assert (grid.states[skin] == OCCUPIED).mean() > 0.99
    solid = grid.states == OCCUPIED
    assert np.abs(r[solid] - 1).max() < 5 * cell
    assert x[solid].min() > -0.25
    beside = (axis > 1.15) & (np.abs(x) < 0.5)
    assert (grid.states[beside] == FREE).mean() > 0.95


def test_seen_share_is_near_one_half_from_one_side_and_one_from_all_around() -> None:
    assert ball_grid(one_side()).seen_share == pytest.approx(0.5, abs=0.1)
    all_around = ball_grid(around(16, width=96, height=96, focal=110.0))
    assert all_around.seen_share > 0.98
    x, y, z = np.moveaxis(all_around.centers(), -1, 0)
    r = np.sqrt(x * x + y * y + z * z)
    assert (all_around.states[r < 0.8] == UNKNOWN).all()


@pytest.mark.parametrize("factor", [0.01, pytest.param(100.0, marks=pytest.mark.slow)])
def test_grid_of_a_scaled_scene_has_the_same_states(factor: float) -> None:
    views = one_side(5)
    one, other = ball_grid(views), ball_grid(views, factor=factor)
    assert other.cell_size == pytest.approx(factor * one.cell_size, rel=1e-5)
    assert (one.states == other.states).mean() > 0.999


def wall_picture(z: float, number: int) -> SurfacePicture:
    """A wall square to the view, `z` in front of a camera at the origin that looks along +z."""
    views = views_from(np.array([[0.0, -1.0, 0.0]]), width=64, height=64, focal=60.0)
    depth = np.full((64, 64), z, np.float32)
    ids = np.full((64, 64), number, np.int32)
    color = np.zeros((64, 64, 3), np.uint8)
    return SurfacePicture(depth, color, views.camera(0), np.eye(4), ids)


FRAME = GridFrame(np.array([-0.5, -0.5, 2.0]), 0.1, 10)


def states_along_ray(
    pictures: list[SurfacePicture], *, surfels: SurfelCloud | None = None
) -> list[int]:
    """States of the cells along the optical axis, the nearest first."""
    counts = StateCounts({3: FRAME})
    for picture in pictures:
        counts.add(picture)
    none = sphere(20)[:0]
    return counts.grid(3, none if surfels is None else surfels).states[5, 5].tolist()


def test_states_follow_the_rules_one_by_one() -> None:
    mine, others, far = wall_picture(2.55, 3), wall_picture(2.55, 7), wall_picture(2.95, 3)
    # Centres at 2.05, 2.15, ...; those from 2.45 to 2.65 lie within 1.5 cells of 2.55.
    u, f, o = UNKNOWN, FREE, OCCUPIED
    assert states_along_ray([mine] * 2) == [f, f, f, f, o, o, o, u, u, u]
    assert states_along_ray([mine]) == [f, f, f, f, u, u, u, u, u, u]  # one view is not enough
    assert states_along_ray([others]) == [f, f, f, f, f, f, f, u, u, u]  # solid, but not ours
    assert states_along_ray([mine, mine, others]) == [f, f, f, f, o, o, o, u, u, u]
    assert states_along_ray([mine, mine, others, others, others]) == [f] * 7 + [u] * 3
    # Hit and seen through at once: nobody knows. Seen through alone: free.
    assert states_along_ray([mine, mine, far]) == [f, f, f, f, u, u, u, f, u, u]
    assert states_along_ray([wall_picture(0, 3)]) == [u] * 10
    assert states_along_ray([]) == [u] * 10


def test_three_solid_surfels_occupy_a_cell_that_no_view_tells_about() -> None:
    u, o = UNKNOWN, OCCUPIED
    inside = plane(0.02, spacing=0.01, height=2.55)[:3]
    means = inside.means + np.float32([0.05, 0.05, 0])
    three = SurfelCloud(means, inside.quats, inside.scales, inside.opacities, inside.sh)
    assert states_along_ray([], surfels=three) == [u] * 5 + [o] + [u] * 4
    assert states_along_ray([], surfels=three[:2]) == [u] * 10
    faint = SurfelCloud(means, inside.quats, inside.scales, np.full(3, 0.5, np.float32), inside.sh)
    assert states_along_ray([], surfels=faint) == [u] * 10


def test_what_lies_outside_the_limits_is_free() -> None:
    counts = StateCounts({3: FRAME}, limits=np.array([[0.0, 0, 1, -2.5]]))  # nothing below 2.5
    states = counts.grid(3, sphere(20)[:0]).states
    assert (states[:, :, :5] == FREE).all() and (states[:, :, 5:] == UNKNOWN).all()


def test_cell_on_the_edge_of_a_surface_is_not_seen_through() -> None:
    picture = wall_picture(2.55, 3)
    depth, ids = picture.depth.copy(), picture.ids
    assert ids is not None
    depth[:, 32:] = 10.0  # the wall ends at the optical axis
    half = SurfacePicture(depth, picture.color, picture.camera, picture.world_from_cam, ids)
    counts = StateCounts({3: FRAME})
    counts.add(half)
    states = counts.grid(3, sphere(20)[:0]).states
    behind = states[:, 5, 8]  # x from -0.5 to 0.5 behind the wall
    assert (behind[:5] == UNKNOWN).all() and (behind[6:] == FREE).all()
    assert states[5, 5, 8] == UNKNOWN  # its centre is seen through, a part of it is not


def test_grid_of_a_single_disk_and_of_nothing() -> None:
    frame = grid_frame(sphere(50)[:1], resolution=8)
    assert frame.cell_size > 0
    with pytest.raises(ConventionError) as error:
        grid_frame(sphere(50)[:0])
    assert str(error.value) == "surfels of the object: expected at least one, got none"
    assert seen_share(np.zeros((4, 4, 4), np.uint8)) == 0
    solid = np.full((6, 6, 6), FREE, np.uint8)
    solid[2:4, 2:4, 2:4] = OCCUPIED
    assert seen_share(solid) == 1


def test_every_ball_becomes_an_object_with_box_mesh_masks_and_grid(objects: ObjectSet) -> None:
    assert [thing.id for thing in objects.objects] == [1, 2]
    _, views = two_balls()
    assert len(objects.masks) == len(views)
    for thing, radius in zip(objects.objects, (0.6, 0.5), strict=True):
        center = np.array(BALLS[thing.id])
        assert len(thing.surfels) == 700
        assert np.allclose(thing.box.center, center, atol=0.02)
        assert np.allclose(thing.box.size, 2 * radius, atol=0.08)
        assert len(views) - 1 <= thing.num_frames <= len(views)
        assert 0.4 < thing.direction_share < 0.9
        assert thing.asset is not None and thing.grid is not None
        away = np.linalg.norm(thing.asset.world_vertices() - center, axis=1) - radius
        assert np.percentile(np.abs(away), 90) < 0.05
        extent = np.ptp(thing.asset.mesh.vertices, axis=0)
        assert np.allclose(thing.asset.mesh.vertices.max(axis=0), extent / 2, atol=1e-5)
        assert thing.grid.states.shape == (32, 32, 32)
        assert 0.5 < thing.grid.seen_share <= 1
        x = thing.grid.centers()[thing.grid.states == OCCUPIED] - center
        off = np.abs(np.linalg.norm(x, axis=1) - radius)
        assert np.percentile(off, 99) < 3 * thing.grid.cell_size
    assert objects.by_id(2).id == 2
    with pytest.raises(ConventionError) as error:
        objects.by_id(5)
    assert str(error.value) == "object: expected one of the ids 1, 2, got 5"


def test_masks_show_the_objects_where_they_are(objects: ObjectSet) -> None:
    _, views = two_balls()
    for masks, (camera, pose) in zip(objects.masks, views, strict=True):
        assert (masks.height, masks.width) == camera.size
        cam_from_world = np.linalg.inv(pose)
        for number, center in BALLS.items():
            local = cam_from_world[:3, :3] @ np.array(center) + cam_from_world[:3, 3]
            u = int(camera.fx * local[0] / local[2] + camera.cx)
            v = int(camera.fy * local[1] / local[2] + camera.cy)
            others = [k for k in masks.ids.tolist() if k != number]
            drawn = masks.dense()
            hit = [int(masks.ids[row]) for row in range(len(masks)) if drawn[row, v, u]]
            assert hit == [number] or (hit == others and len(others) == 1)


def test_background_is_what_is_left_and_removing_one_leaves_the_other(objects: ObjectSet) -> None:
    scene, _ = two_balls()
    assert objects.background.instance_id is not None
    assert (objects.background.instance_id == 0).all()
    assert len(objects.background) + 1400 == len(scene)
    rest = remove_instances(scene, [1])
    assert rest.instance_id is not None
    assert sorted(set(rest.instance_id.tolist())) == [0, 2]
    assert len(remove_instances(scene)) == len(objects.background)
    with pytest.raises(ConventionError) as error:
        remove_instances(scene, [1, 9])
    assert str(error.value) == "instances: expected ids of surfels, got [9]"
    with pytest.raises(ConventionError) as nobody:
        remove_instances(scene, [0])
    assert str(nobody.value) == "instances: expected ids of surfels, got [0]"
    with pytest.raises(ConventionError) as bare:
        remove_instances(scene.with_instances(None))
    assert str(bare.value) == (
        "surfels: expected instance ids, got none. Decompose the scene first."
    )


def test_scene_of_objects_is_whole_and_valid(objects: ObjectSet) -> None:
    surfels, views = two_balls()
    assert surfels.instance_id is not None
    small = surfels.instance_id.copy()
    small[:3] = 9  # too few surfels for an object
    points = PointCloud(np.zeros((2, 3), np.float32), instance_id=np.array([9, 2], np.int32))
    up = np.array([0.0, 0, 1])
    scene = objects_to_scene(objects, surfels.with_instances(small), views, up=up, points=points)
    assert scene.instances.id.tolist() == [1, 2]
    assert scene.instances.num_points.tolist() == [700, 700]
    frames = [thing.num_frames for thing in objects.objects]
    assert scene.instances.num_frames.tolist() == frames
    assert set(scene.assets) == set(scene.grids) == {1, 2}
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    assert scene.surfels.instance_id[:3].tolist() == [0, 0, 0]
    assert scene.points is not None and scene.points.instance_id is not None
    assert scene.points.instance_id.tolist() == [0, 2]
    assert scene.views is views


@pytest.mark.parametrize("factor", [0.01, pytest.param(100.0, marks=pytest.mark.slow)])
def test_objects_of_a_scaled_scene_are_the_scaled_objects(
    objects: ObjectSet, factor: float
) -> None:
    scene, views = two_balls()
    config = ObjectConfig(resolution=32, voxel_size=0.05 * factor)
    other = build_objects(scaled(scene, factor), scaled_views(views, factor), config=config)
    for one, two in zip(objects.objects, other.objects, strict=True):
        assert one.id == two.id and one.num_frames == two.num_frames
        assert np.allclose(two.box.size, factor * one.box.size, rtol=1e-3)
        assert one.asset is not None and two.asset is not None
        assert len(two.asset.mesh.faces) == pytest.approx(len(one.asset.mesh.faces), rel=0.02)
        assert one.grid is not None and two.grid is not None
        assert (one.grid.states == two.grid.states).mean() > 0.995
    for a, b in zip(objects.masks, other.masks, strict=True):
        assert np.array_equal(a.ids, b.ids)
        assert (a.dense() != b.dense()).mean() < 1e-3


def test_scene_without_objects_and_settings_that_make_no_sense() -> None:
    floor = plane(2.0, spacing=0.2)
    _, views = two_balls()
    nothing = build_objects(floor, views[:2])
    assert len(nothing) == 0 and len(nothing.background) == len(floor)
    assert all(len(masks) == 0 for masks in nothing.masks)
    assert len(objects_to_scene(nothing, floor, views).instances) == 0
    with pytest.raises(ConventionError) as error:
        build_objects(floor.with_instances(None), views)
    assert str(error.value) == (
        "surfels: expected instance ids, got none. Decompose the scene first."
    )
    with pytest.raises(ConventionError) as unseen:
        build_objects(floor, views[:0])
    assert str(unseen.value) == "views: expected at least one, got none"
    with pytest.raises(ConventionError) as config:
        ObjectConfig(margin=0.5)
    assert str(config.value) == "ObjectConfig.margin: expected 1 or more, got 0.5"


def directions(count: int) -> NDArray[np.float64]:
    return 5 * even_directions(count)


def test_share_of_directions_grows_from_a_cap_to_all() -> None:
    one = direction_share(np.zeros(3), np.array([[0, 0, 9.0]]))
    assert one == pytest.approx((1 - np.cos(np.pi / 6)) / 2, abs=0.01)
    assert direction_share(np.zeros(3), directions(200)) == 1
    assert direction_share(np.zeros(3), np.zeros((0, 3))) == 0


def test_strays_do_not_stretch_a_box_but_a_second_part_does() -> None:
    ball = sphere(700, radius=0.6, center=BALLS[1])
    stray = sphere(10, radius=0.05, center=(2.0, 0, 0.1))
    part = sphere(200, radius=0.3, center=(0.6, 0, 0.6))
    assert main_groups(ball.means).all()
    assert main_groups(joined(ball, stray).means).tolist() == [True] * 700 + [False] * 10
    assert main_groups(joined(ball, part).means).all()
