"""Pictures of an object before and after."""

from __future__ import annotations

import numpy as np

from scenewright.core import Asset, Mesh, PointCloud
from scenewright.pipelines.pictures.object_views import SIDE, compared_views, front_azimuth

AXES = np.eye(3)
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32) - 0.5
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def cube(faces: np.ndarray) -> Asset:
    return Asset(Mesh(CORNERS, faces, np.full((8, 3), (200, 40, 40), np.uint8)))


def red(picture: np.ndarray) -> float:
    """Share of clearly red pixels."""
    values = picture.astype(int)
    return float((values[..., 0] > values[..., 1] + 40).mean())


def test_an_open_object_shows_its_inside_from_behind_and_a_whole_one_does_not() -> None:
    front = cube(FACES[4:6])  # the side toward -y
    sheet = np.asarray(compared_views(front, cube(FACES), axes=AXES, title="a cube"))
    assert sheet.shape == (SIDE + 44, 4 * SIDE, 3)
    seen, whole, seen_behind, whole_behind = np.split(sheet[44:], 4, axis=1)
    assert red(seen) > 0.1 and red(whole) > red(seen)
    assert red(seen_behind) == 0 and red(whole_behind) > 0.1
    gray = np.abs(np.ptp(seen_behind.astype(int), axis=2)) < 15
    assert (gray & (seen_behind[..., 0] < 120)).mean() > 0.05  # the back of the front


def test_the_front_is_where_most_of_the_surface_faces() -> None:
    assert front_azimuth(cube(FACES[4:6]), AXES) == 0
    assert front_azimuth(cube(FACES[2:4]), AXES) in (60, 90, 120)


def test_points_are_drawn_too() -> None:
    cloud = PointCloud(CORNERS, colors=np.full((8, 3), (200, 40, 40), np.uint8))
    sheet = np.asarray(compared_views(cloud, cube(FACES), axes=AXES))
    assert 0 < red(sheet[44:, :SIDE]) < red(sheet[44:, SIDE : 2 * SIDE])
    assert front_azimuth(cloud, AXES) == 0
