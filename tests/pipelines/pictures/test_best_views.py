"""Which frame shows an object best, and its picture there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import (
    Box3D,
    Camera,
    Frame,
    FrameList,
    Instance,
    InstanceTable,
    PointCloud,
    Scene,
    Views,
)
from scenewright.pipelines.pictures.best_views import candidate_frames, object_pictures
from tests.builders import known

CAMERA = Camera.from_focal(100.0, 100.0, 80.0, 60.0, width=160, height=120)
STEP = 0.02


def patch(x: float, z: float, *, edge: float) -> np.ndarray:
    """Points of a square at depth z that faces a camera at the origin looking along +z."""
    line = np.arange(-edge / 2, edge / 2, STEP)
    u, v = np.meshgrid(line + x, line, indexing="ij")
    return np.stack([u.ravel(), v.ravel(), np.full(u.size, z)], axis=1)


def pose(x: float, z: float = 0.0) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = (x, 0, z)
    return matrix


def make_views(poses: list[np.ndarray]) -> Views:
    n = len(poses)
    return Views(
        tuple(map(str, range(n))),
        np.tile(CAMERA.K, (n, 1, 1)),
        np.tile(np.array([160, 120], np.int32), (n, 1)),
        np.array(poses),
    )


def make_scene() -> Scene:
    """Square 1 ahead at depth 2; square 2 far to the right; square 3 right behind square 1."""
    parts = {1: patch(0, 2, edge=0.8), 2: patch(4, 2, edge=0.8), 3: patch(0, 4, edge=0.4)}
    points = np.concatenate(list(parts.values())).astype(np.float32)
    ids = np.repeat(list(parts), [len(part) for part in parts.values()]).astype(np.int32)
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    table = InstanceTable.from_rows([Instance(i, "", 1.0, box) for i in parts])
    return Scene(table, PointCloud(points, instance_id=ids))


def test_the_nearest_unhidden_view_is_best() -> None:
    # From 2 and 3 square 3 is hidden by square 1; from 4 it is seen beside it.
    views = make_views([pose(20), pose(4), pose(0, -1), pose(0), pose(1.4)])
    found = candidate_frames(make_scene(), views, [1, 2, 3])
    assert found[1][0] == 3 and found[2] == [1]
    assert found[3][0] == 4
    assert candidate_frames(make_scene(), views[:1], [1, 2, 3]) == {}
    assert candidate_frames(make_scene(), views, []) == {}


def test_scenes_without_points_have_no_candidates() -> None:
    scene = make_scene()
    views = make_views([pose(0)])
    assert candidate_frames(replace(scene, points=None), views, [1]) == {}
    bare = replace(known(scene.points), instance_id=None)
    assert candidate_frames(replace(scene, points=bare), views, [1]) == {}


def make_frames(poses: list[np.ndarray]) -> list[Frame]:
    """Frames that show squares 1 and 2 in white on black."""
    frames = []
    for number, world_from_cam in enumerate(poses):
        depth, image = np.zeros((120, 160), np.float32), np.zeros((120, 160, 3), np.uint8)
        x, z = world_from_cam[0, 3], world_from_cam[2, 3]
        rows, columns = np.mgrid[0:120, 0:160]
        for center, far in ((0, 2.0), (4, 2.0)):
            u = (columns + 0.5 - 80) / 100 * (far - z) + x - center
            v = (rows + 0.5 - 60) / 100 * (far - z)
            inside = (np.abs(u) < 0.4) & (np.abs(v) < 0.4)
            depth[inside], image[inside] = far - z, 255
        frames.append(Frame(number, CAMERA, world_from_cam, image, depth))
    return frames


class Counting(FrameList):
    """Frames that count how often each is read."""

    def __init__(self, frames: list[Frame]) -> None:
        super().__init__(frames)
        self.read: list[int] = []

    def __getitem__(self, index: int, /) -> Frame:
        self.read.append(index)
        return super().__getitem__(index)


def test_only_chosen_frames_are_read_once_and_show_the_object() -> None:
    poses = [pose(0, -0.1 * k) for k in range(12)] + [pose(4)]
    source = Counting(make_frames(poses))
    # The first frame has no pose in the views: positions are those of the source.
    views, positions = make_views(poses[2:]), list(range(2, 13))
    found = object_pictures(make_scene(), source, views, positions, voxel_size=STEP)
    assert set(found) == {1, 2}, "square 3 is hidden"
    assert sorted(source.read) == sorted(set(source.read)) and len(source.read) <= 4
    assert 12 in source.read and 2 in source.read
    picture = np.asarray(found[1])
    assert picture[picture.shape[0] // 2, picture.shape[1] // 2].min() == 255
    assert picture[2, 2].max() == 0


def test_frames_without_color_give_no_pictures() -> None:
    frames = [replace(frame, image=None) for frame in make_frames([pose(0)])]
    found = object_pictures(make_scene(), FrameList(frames), make_views([pose(0)]), [0])
    assert found == {}
