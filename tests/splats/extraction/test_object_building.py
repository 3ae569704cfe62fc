"""Objects extracted from labeled surfels: masks, meshes, boxes, grids."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import (
    OCCUPIED,
    ConventionError,
)
from scenewright.splats.extraction import (
    ObjectConfig,
    ObjectSet,
    build_objects,
    objects_to_scene,
)
from scenewright.splats.extraction.object_building import direction_share, main_groups
from tests.splats.extraction.ball_builders import BALLS, two_balls
from tests.splats.shape_builders import (
    even_directions,
    joined,
    plane,
    scaled,
    scaled_views,
    sphere,
)


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
        assert thing.asset.mesh is not None
        away = np.linalg.norm(thing.asset.world_vertices() - center, axis=1) - radius
        assert np.percentile(np.abs(away), 90) < 0.05
        extent = np.ptp(thing.asset.mesh.vertices, axis=0)
        assert np.allclose(thing.asset.mesh.vertices.max(axis=0), extent / 2, atol=1e-5)
        assert thing.grid.states.shape == (32, 32, 32)
        assert 0.5 < thing.grid.seen_share <= 1
        x = thing.grid.centers()[thing.grid.states == OCCUPIED] - center
        off = np.abs(np.linalg.norm(x, axis=1) - radius)
        assert np.percentile(off, 99) < 3 * thing.grid.cell_size


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
        assert one.asset.mesh is not None and two.asset.mesh is not None
        assert len(two.asset.mesh.faces) == pytest.approx(len(one.asset.mesh.faces), rel=0.02)
        assert one.grid is not None and two.grid is not None
        assert (one.grid.states == two.grid.states).mean() > 0.995
    for a, b in zip(objects.masks, other.masks, strict=True):
        assert np.array_equal(a.ids, b.ids)
        assert (a.dense() != b.dense()).mean() < 1e-3


def test_scenes_without_objects_and_bad_input() -> None:
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
