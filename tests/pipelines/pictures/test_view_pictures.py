"""Pictures of surfels, sheets of pictures, and points spread over surfels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from scenewright.core import InstanceTable, PointCloud, Scene, instance_color
from scenewright.pipelines.pictures.kinds import KINDS
from scenewright.pipelines.pictures.view_pictures import (
    color_depth,
    color_ids,
    draw_ids,
    draw_view,
    facing_normals,
    fitted_views_sheet,
    preview_scene,
    sheet,
    spread,
    surfel_points,
)
from tests.pipelines.wall_builders import DEPTH, make_wall, make_wall_frames, make_wall_views

VIEWS = make_wall_views()
POSE = VIEWS.world_from_cam[0]


def test_every_kind_of_picture_of_a_wall() -> None:
    drawn = draw_view(make_wall(), VIEWS.camera(0), world_from_cam=POSE)
    pictures = {kind: np.asarray(drawn.picture(kind)).astype(int) for kind in KINDS}
    assert {picture.shape for picture in pictures.values()} == {(24, 32, 3)}
    left, right = pictures["color"][12, 8], pictures["color"][12, 24]
    assert left[0] > 180 > 80 > left[2] and right[2] > 180 > 80 > right[0]
    assert drawn.view.median_depth[12, 8] == pytest.approx(DEPTH, abs=0.01)
    # The normal of the wall points at the camera: -z, which is drawn without blue.
    assert np.abs(pictures["normals"][12, 8] - [128, 128, 0]).max() <= 3
    assert drawn.ids is not None
    assert drawn.ids[12, 8] == 1 and drawn.ids[12, 24] == 2
    assert np.abs(pictures["ids"][12, 8] - pictures["ids"][12, 24]).max() > 50


def test_surfels_without_instances_have_gray_ids() -> None:
    drawn = draw_view(make_wall(ids=False), VIEWS.camera(0), world_from_cam=POSE)
    assert drawn.ids is None
    gray = np.asarray(drawn.picture("ids")).astype(int)[12, 8]
    assert np.ptp(gray) <= 3


def test_ids_beside_the_surfels_are_none() -> None:
    wall = make_wall()
    half = wall[wall.means[:, 0] < 0]
    ids = draw_ids(half, VIEWS.camera(0), world_from_cam=POSE)
    assert ids.dtype == np.int32 and ids[12, 8] == 1 and ids[12, 28] == 0


def test_depth_is_light_where_near_and_black_where_there_is_none() -> None:
    depth = np.array([[0, 1], [2, 3]], np.float32)
    picture = color_depth(depth).astype(int).sum(axis=2)
    assert picture[0, 0] == 0 and picture[0, 1] > picture[1, 0] > picture[1, 1] > 0
    limited = color_depth(depth, limits=(2.0, 3.0)).astype(int).sum(axis=2)
    assert limited[0, 1] == limited[1, 0] == picture[0, 1]
    assert not color_depth(np.zeros((2, 2), np.float32)).any()


def test_ids_are_painted_over_the_brightness() -> None:
    color = np.full((1, 4, 3), 1.0, np.float32)
    painted = color_ids(np.array([[0, 5, 5, 7]], np.int32), color, {7: (9, 8, 7)})[0]
    assert np.array_equal(painted[1], painted[2])
    wanted = 0.65 * np.array(instance_color(5)) + 0.35 * 255
    assert np.abs(painted[1] - wanted).max() <= 1
    assert np.abs(painted[3] - (0.65 * np.array([9, 8, 7]) + 0.35 * 255)).max() <= 1


def test_sheets_hold_their_pictures_in_rows() -> None:
    red, blue = (Image.new("RGB", (640, 480), color) for color in ("red", "blue"))
    paper = sheet([("first", [red, blue]), ("second", [blue, red])], ("a", "b"))
    # Cells are 320 wide, 6 apart, below a header of 26.
    assert paper.size == (6 + 2 * 326, 26 + 2 * 246)
    corners = [(300, 200), (600, 200), (300, 460), (600, 460)]
    assert [paper.getpixel(at) for at in corners] == [
        (255, 0, 0), (0, 0, 255), (0, 0, 255), (255, 0, 0),
    ]  # fmt: skip


def test_positions_are_spread_evenly() -> None:
    assert spread([3, 5, 9]) == [3, 5, 9]
    assert spread(range(11), count=3) == [0, 5, 10]


def test_photographs_stand_beside_what_was_fitted() -> None:
    photos = ((i, frame.image) for i, frame in enumerate(make_wall_frames()))
    paper = fitted_views_sheet(make_wall(), VIEWS, photos)  # type: ignore[arg-type]
    assert paper.size == (6 + 4 * 326, 26 + 2 * 246)
    assert paper.getpixel((200, 150)) == (40, 40, 40)


def test_points_are_spread_over_surfels_and_know_them() -> None:
    wall = make_wall()
    cloud = surfel_points(wall)
    assert cloud.instance_id is not None and cloud.colors is not None and cloud.normals is not None
    assert np.allclose(cloud.points[:, 2], DEPTH, atol=1e-5)
    clear = np.abs(cloud.points[:, 0]) > 0.1
    assert np.array_equal(cloud.instance_id[clear], 1 + (cloud.points[clear, 0] > 0))
    faint = replace(wall, opacities=np.full(len(wall), 0.1, np.float32))
    assert len(surfel_points(faint)) == 0


def test_normals_are_turned_towards_the_cameras() -> None:
    cloud = surfel_points(make_wall())
    facing = facing_normals(cloud, VIEWS)
    assert facing.normals is not None and np.allclose(facing.normals, [0, 0, -1], atol=1e-5)
    bare = PointCloud(cloud.points)
    assert facing_normals(bare, VIEWS) is bare


def test_a_scene_of_surfels_is_previewed_as_points() -> None:
    scene = Scene(InstanceTable.empty(), surfels=make_wall(ids=False), views=VIEWS)
    shown = preview_scene(scene)
    assert shown.points is not None and shown.points.normals is not None
    assert (shown.points.normals[:, 2] < 0).all()
    faint = replace(make_wall(ids=False), opacities=np.full(len(make_wall()), 0.1, np.float32))
    assert len(preview_scene(replace(scene, surfels=faint)).points or ()) > 100
    empty = Scene(InstanceTable.empty())
    assert preview_scene(empty) is empty
