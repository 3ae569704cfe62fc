"""The frame in which each object is seen best, and its picture there.

Frames are chosen by projecting a sample of the scene's points into the cameras, so that only the
chosen ones are read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, ChosenFrames, FrameSource, Scene, Views, instance_colors
from scenewright.data import prefetch
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.geometry.projection import project
from scenewright.geometry.transforms import invert_rigid, transform_points
from scenewright.pipelines.pictures._surface_drawing import draw_points
from scenewright.pipelines.pictures.object_sheet import outlined_crop, sheet_order

_MOST_VIEWS = 160
"""Cameras that are compared, evenly spread over the capture."""
_CANDIDATES = 2
"""Frames that are read per object."""
_OCCLUDERS = 20_000
_PER_OBJECT = 120
_CELLS = 64
"""Width of the coarse depth picture."""
_BEHIND = 0.06
"""How far behind the nearest point a visible point may lie, share of its depth."""


def candidate_frames(scene: Scene, views: Views, ids: Sequence[int]) -> dict[int, list[int]]:
    """The views that show most of each object, the best first.

    Args:
        scene: With points and instance ids.
        views: Posed cameras.
        ids: The objects.

    Returns:
        Positions of at most two views per object; an object that no view shows is left out.
    """
    cloud = scene.points
    if cloud is None or cloud.instance_id is None or not len(cloud) or not len(views):
        return {}
    chosen = np.unique(np.linspace(0, len(views) - 1, _MOST_VIEWS).round().astype(np.int64))
    occluders = cloud.points[:: max(len(cloud) // _OCCLUDERS, 1)].astype(np.float64)
    samples, owner = _samples(cloud.points, cloud.instance_id, ids)
    merit = np.stack([_merits(views, int(v), occluders, samples, owner, len(ids)) for v in chosen])
    result = {}
    for number, i in enumerate(ids):
        order = np.argsort(-merit[:, number], kind="stable")[:_CANDIDATES]
        found = [int(chosen[k]) for k in order if merit[k, number] > 0]
        if found:
            result[i] = found
    return result


def _samples(
    points: NDArray[np.float32], instance_id: NDArray[np.int32], ids: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Some points of each object, and the position of the object in `ids`."""
    order = np.argsort(instance_id, kind="stable")
    first = np.searchsorted(instance_id[order], ids, side="left")
    last = np.searchsorted(instance_id[order], ids, side="right")
    parts = [
        order[a:b][:: max((b - a) // _PER_OBJECT, 1)] for a, b in zip(first, last, strict=True)
    ]
    owner = np.repeat(np.arange(len(ids)), [len(part) for part in parts])
    return points[np.concatenate([np.zeros(0, np.int64), *parts])].astype(np.float64), owner


def _merits(
    views: Views,
    view: int,
    occluders: NDArray[np.float64],
    samples: NDArray[np.float64],
    owner: NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    """(count,) how well a view shows each object: its size in the image times the visible share."""
    camera = views.camera(view)
    cam_from_world = invert_rigid(views.world_from_cam[view])
    scale = _CELLS / camera.width
    shape = (max(round(camera.height * scale), 1), _CELLS)
    nearest, index = np.full(shape, np.inf, np.float32), np.full(shape, -1, np.int32)
    places, _ = _placed(occluders, camera, cam_from_world)
    draw_points(places * (scale, scale, 1), 0, 1, nearest, index)
    places, is_inside = _placed(samples, camera, cam_from_world)
    cells = (places[:, :2] * scale).astype(np.int64)
    columns, rows = np.clip(cells[:, 0], 0, shape[1] - 1), np.clip(cells[:, 1], 0, shape[0] - 1)
    is_visible = places[:, 2] <= nearest[rows, columns] * (1 + _BEHIND)
    inside = owner[is_inside]
    weight = is_visible / places[:, 2] ** 2
    area = np.bincount(inside, weight, minlength=count)
    visible = np.bincount(inside, is_visible, minlength=count)
    merit: NDArray[np.float64] = area * visible / np.maximum(np.bincount(owner, minlength=count), 1)
    return merit


def _placed(
    points: NDArray[np.float64], camera: Camera, cam_from_world: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(M, 3) column, row and depth of the points inside the image, and (N,) which these are."""
    local = transform_points(points, cam_from_world)
    is_inside = local[:, 2] > 0.05
    pixels = np.full((len(points), 2), -1.0)
    pixels[is_inside] = project(local[is_inside], camera)
    is_inside &= ((pixels >= 0) & (pixels < (camera.width, camera.height))).all(axis=1)
    return np.column_stack([pixels[is_inside], local[is_inside, 2]]), is_inside


def object_pictures(
    scene: Scene,
    source: FrameSource,
    views: Views,
    positions: Sequence[int],
    *,
    voxel_size: float | None = None,
) -> dict[int, Image.Image]:
    """Pictures of the largest objects, each from the frame that shows it best.

    Which pixels of a frame show an object is found from the depth of the frame.

    Args:
        scene: The segmented capture.
        source: Its frames.
        views: Cameras of some of them.
        positions: Position in `source` of each view.
        voxel_size: See `SurfaceIds`.

    Returns:
        A picture per id; objects that no frame shows are left out.
    """
    wanted: dict[int, list[int]] = {}
    for i, found in candidate_frames(scene, views, sheet_order(scene.instances)).items():
        for view in found:
            wanted.setdefault(positions[view], []).append(i)
    if not wanted:
        return {}
    surface = SurfaceIds(scene, voxel_size=voxel_size)
    colors = instance_colors(scene.instances)
    order = sorted(wanted)
    best: dict[int, tuple[int, Image.Image]] = {}
    for position, frame in zip(order, prefetch(ChosenFrames(source, order)), strict=True):
        if frame.image is None or frame.world_from_cam is None:
            continue
        id_map = surface.id_map(frame)
        for i in wanted[position]:
            mask = id_map == i
            area = int(np.count_nonzero(mask))
            if area > best.get(i, (0, None))[0]:
                best[i] = area, outlined_crop(frame.image, mask, color=colors[i])
    return {i: picture for i, (_, picture) in best.items()}
