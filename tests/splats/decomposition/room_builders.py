"""Surfels, weights and masks of simple rooms with exact ground truth, without a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from scenewright.core import Camera, MaskSet, SurfelCloud
from scenewright.splats.rasterizer.weight_store import WeightStore, store_of_pictures

Box = tuple[int, tuple[float, float, float], tuple[float, float, float]]
"""Id, lowest and highest corner of an axis-aligned box."""
FLOOR: Box = (1, (-1.6, -1.6, -0.2), (1.6, 1.6, 0.0))
THINGS: list[Box] = [
    FLOOR,
    (2, (-1.0, -0.9, 0.0), (-0.4, -0.3, 0.6)),
    (3, (0.3, -0.8, 0.0), (0.9, -0.4, 0.4)),
    (4, (-0.8, 0.4, 0.0), (-0.3, 1.0, 0.5)),
    (5, (0.5, 0.4, 0.0), (0.9, 0.8, 0.8)),
]


@dataclass(frozen=True, eq=False)
class Pictured:
    """Surfels, their weights in every view, and the true id maps of those."""

    surfels: SurfelCloud
    store: WeightStore
    id_maps: list[NDArray[np.int32]]

    def masks(self) -> list[MaskSet]:
        """The true masks of every view."""
        return [MaskSet.from_id_map(picture) for picture in self.id_maps]


def make_surfels(
    points: NDArray[np.floating], normals: NDArray[np.floating], *, spacing: float
) -> SurfelCloud:
    """One disk per voxel, at the mean position and normal of its points."""
    cells = np.floor(points / spacing).astype(np.int64)
    _, inverse = np.unique(cells, axis=0, return_inverse=True)
    counts = np.bincount(inverse)
    sums, normal_sums = (
        np.stack([np.bincount(inverse, weights=values[:, a]) for a in range(3)], 1)
        for values in (points, normals)
    )
    means = sums / counts[:, None]
    lengths = np.linalg.norm(normal_sums, axis=1, keepdims=True)
    mean_normals = normal_sums / np.maximum(lengths, 1e-9)
    # The rotation that turns z into the normal: halfway between the two, by half a turn.
    half = mean_normals + np.array([0.0, 0.0, 1.0])
    half[np.linalg.norm(half, axis=1) < 1e-6] = (1, 0, 0)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    quats = np.column_stack([np.zeros(len(half)), half])
    n = len(means)
    return SurfelCloud(
        means.astype(np.float32),
        quats.astype(np.float32),
        np.full((n, 2), 0.6 * spacing, np.float32),
        np.full(n, 0.95, np.float32),
        np.zeros((n, 1, 3), np.float32),
    )


def rescaled(surfels: SurfelCloud, scale: float) -> SurfelCloud:
    """The same surfels in another unit of length."""
    factor = np.float32(scale)
    return replace(surfels, means=surfels.means * factor, scales=surfels.scales * factor)


def nearest_weights(
    points: NDArray[np.floating], tree: cKDTree, *, spacing: float, top: int = 4
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(..., T) surfels around what pixels see, weighed by distance; a stand-in for blending."""
    is_seen = np.isfinite(points).all(axis=-1)
    ids = np.full((*points.shape[:-1], top), -1, np.int32)
    weights = np.zeros(ids.shape, np.float32)
    distance, found = tree.query(points[is_seen], k=top)
    raw = np.exp(-0.5 * (distance / (0.6 * spacing)) ** 2)
    sums = raw.sum(axis=1, keepdims=True)
    raw = np.where(sums > 1e-3, 0.97 * raw / np.maximum(sums, 1e-3), 0)
    ids[is_seen] = np.where(raw > 0, found, -1)
    weights[is_seen] = raw
    return ids, weights


def picture_points(
    depth: NDArray[np.floating], camera: Camera, world_from_cam: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(H, W, 3) world points of pixels; NaN without depth."""
    height, width = depth.shape
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(height) + 0.5 - camera.cy) / camera.fy
    rays = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.ones((1, 1))), axis=-1)
    points = rays * depth[..., None] @ world_from_cam[:3, :3].T + world_from_cam[:3, 3]
    return np.where(depth[..., None] > 0, points, np.nan)


def look_at(
    eye: tuple[float, float, float], target: tuple[float, float, float]
) -> NDArray[np.float64]:
    """(4, 4) world_from_cam of a camera at `eye` that looks at `target`; z is up."""
    forward = np.subtract(target, eye).astype(float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


def ring(
    num: int,
    *,
    radius: float = 2.6,
    height: float = 1.6,
    start: float = 0.0,
    turn: float = 2 * np.pi,
) -> list[NDArray[np.float64]]:
    """Poses around the origin that look at it."""
    angles = start + turn * np.arange(num) / num
    return [look_at((radius * np.cos(a), radius * np.sin(a), height), (0, 0, 0.3)) for a in angles]


def cast_boxes(
    boxes: Sequence[Box],
    camera: Camera,
    world_from_cam: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Depth, ids and normals of axis-aligned boxes (id, low corner, high corner)."""
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fy
    rays = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.ones((1, 1))), axis=-1)
    rays = rays @ world_from_cam[:3, :3].T
    rays = np.where(np.abs(rays) < 1e-12, 1e-12, rays)
    depth = np.full(rays.shape[:2], np.inf)
    ids = np.zeros(rays.shape[:2], np.int32)
    normals = np.zeros(rays.shape)
    for number, low, high in boxes:
        first = (np.asarray(low) - world_from_cam[:3, 3]) / rays
        second = (np.asarray(high) - world_from_cam[:3, 3]) / rays
        enter = np.minimum(first, second)
        near, far = enter.max(axis=-1), np.maximum(first, second).min(axis=-1)
        hit = (near < far) & (near > 0) & (near < depth)
        depth[hit], ids[hit] = near[hit], number
        axis = enter.argmax(axis=-1)[hit]
        normals[hit] = -np.eye(3)[axis] * np.sign(rays[hit][np.arange(len(axis)), axis])[:, None]
    return np.where(np.isfinite(depth), depth, 0), ids, normals


def picture_boxes(
    boxes: Sequence[Box],
    poses: Sequence[NDArray[np.float64]],
    *,
    spacing: float = 0.05,
    scale: float = 1.0,
    size: tuple[int, int] = (96, 72),
    stride: int = 1,
) -> Pictured:
    """Boxes seen from poses; the surfels are scaled by `scale`, the weights are not."""
    width, height = size
    camera = Camera.from_focal(
        width / 1.2, width / 1.2, width / 2, height / 2, width=width, height=height
    )
    cast = [cast_boxes(boxes, camera, pose) for pose in poses]
    points = [
        picture_points(depth, camera, pose) for (depth, _, _), pose in zip(cast, poses, strict=True)
    ]
    flat = np.concatenate([p[np.isfinite(p).all(-1)] for p in points])
    normals = np.concatenate([n[ids > 0] for _, ids, n in cast])
    surfels = make_surfels(flat, normals, spacing=spacing)
    tree = cKDTree(surfels.means)
    pictures = [nearest_weights(p, tree, spacing=spacing) for p in points]
    store = store_of_pictures(pictures, num_surfels=len(surfels), stride=stride)
    return Pictured(rescaled(surfels, scale), store, [ids for _, ids, _ in cast])


def damage_masks(
    id_map: NDArray[np.int32],
    rng: np.random.Generator,
    *,
    drop: float = 0.2,
    split: float = 0.15,
    merge: float = 0.1,
    border: int = 3,
) -> NDArray[np.int32]:
    """Drops, merges and splits masks, moves their borders, and shuffles the ids."""
    damaged = np.zeros_like(id_map)
    parent: dict[int, int] = {}
    ids = [int(i) for i in np.unique(id_map) if i > 0]
    for mask_id in ids:
        if rng.random() >= merge:
            continue
        around = ndimage.binary_dilation(id_map == mask_id, iterations=2)
        near = [int(i) for i in np.unique(id_map[around]) if i not in (0, mask_id)]
        if near:
            parent[mask_id] = parent.get(int(rng.choice(near)), int(rng.choice(near)))
    joined = id_map.copy()
    for mask_id, other in parent.items():
        joined[id_map == mask_id] = other
    number = 0
    for mask_id in rng.permutation([int(i) for i in np.unique(joined) if i > 0]):
        if rng.random() < drop:
            continue
        inside = joined == mask_id
        moved = int(rng.integers(-border, border + 1)) if border else 0
        if moved > 0:
            inside = ndimage.binary_dilation(inside, iterations=moved)
        elif moved < 0:
            inside = ndimage.binary_erosion(inside, iterations=-moved, border_value=1)
        number += 1
        damaged[inside] = number
        rows, columns = np.nonzero(inside)
        if len(rows) > 20 and rng.random() < split:
            angle = rng.uniform(0, np.pi)
            side = (rows - rows.mean()) * np.cos(angle) + (columns - columns.mean()) * np.sin(angle)
            number += 1
            damaged[rows[side > 0], columns[side > 0]] = number
    return damaged


def mean_iou(found: Sequence[NDArray[np.int32]], truth: Sequence[NDArray[np.int32]]) -> float:
    """Mean over true instances of the IoU with the matched instance, one to one."""
    a = np.concatenate([picture.ravel() for picture in found]).astype(np.int64)
    b = np.concatenate([picture.ravel() for picture in truth]).astype(np.int64)
    rows, columns = int(b.max()) + 1, int(a.max()) + 1
    table = np.bincount(b * columns + a, minlength=rows * columns).reshape(rows, columns)
    union = table.sum(1)[:, None] + table.sum(0)[None, :] - table
    iou = (table / np.maximum(union, 1))[1:, 1:]
    first, second = linear_sum_assignment(-iou)
    present = table[1:].sum(1) > 0
    return float(iou[first, second].sum() / present.sum())


def true_labels(pictured: Pictured) -> NDArray[np.int32]:
    """(N,) id that most of a surfel's weight lies on, over all views."""
    store = pictured.store
    most = max(int(picture.max()) for picture in pictured.id_maps)
    votes = np.zeros((most + 1, store.num_surfels))
    for view, picture in enumerate(pictured.id_maps):
        votes += store.label_sums(view, store.sample(view, picture), most + 1)[0].toarray()
    return np.asarray(votes.argmax(axis=0), np.int32)


def drawn_iou(pictured: Pictured, labels: NDArray[np.int32]) -> float:
    """`mean_iou` of labels drawn through the store."""
    store = pictured.store
    found = [store.draw_labels(view, labels).ravel() for view in range(len(store))]
    truth = [store.sample(view, id_map) for view, id_map in enumerate(pictured.id_maps)]
    return mean_iou(found, truth)


def is_same_partition(found: NDArray[Any], truth: NDArray[Any]) -> bool:
    """Whether two labelings are the same partition; 0 is a label like any other."""
    pairs = np.unique(np.stack([found, truth]), axis=1)
    return bool(len(np.unique(pairs[0])) == pairs.shape[1] == len(np.unique(pairs[1])))


def sure_surfels(pictured: Pictured) -> NDArray[np.bool_]:
    """(N,) bool, surfels that lie on one object alone: at borders the partition is ambiguous."""
    labels = true_labels(pictured)
    most = int(labels.max())
    votes = np.zeros((most + 1, len(labels)))
    for view, picture in enumerate(pictured.id_maps):
        sums, _ = pictured.store.label_sums(view, pictured.store.sample(view, picture), most + 1)
        votes += sums.toarray()
    return np.asarray(votes.max(axis=0) > 0.95 * votes.sum(axis=0), np.bool_)


def is_right_partition(found: NDArray[Any], pictured: Pictured) -> bool:
    """Whether labels are exact on all surfels that lie on one object."""
    sure = sure_surfels(pictured)
    return bool(sure.mean() > 0.8) and is_same_partition(found[sure], true_labels(pictured)[sure])
