"""Lifting for the preset `onlineanyseg`: a mask becomes a shell of voxels around its points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core.frame import Frame
from scenewright.core.masks import MaskSet
from scenewright.fusion.config import OnlineAnySegConfig
from scenewright.geometry.clusters import dbscan, downsample, inliers, largest_cluster
from scenewright.geometry.projection import unproject
from scenewright.geometry.surface_volume import SurfaceVolume
from scenewright.geometry.voxel_hash import voxels_within


class Shell(NamedTuple):
    """The voxels around a lifted mask.

    Attributes:
        seen: Sorted addresses of all its voxels.
        kept: Sorted addresses of those that no other mask has.
        embedding: Vector of the mask, or None.
        votes: Votes for the label of the mask, see `label_shares`.
    """

    seen: NDArray[np.int64]
    kept: NDArray[np.int64]
    embedding: NDArray[np.float32] | None
    votes: Mapping[str, float]


def frame_shells(
    frame: Frame, masks: MaskSet, volume: SurfaceVolume, config: OnlineAnySegConfig
) -> list[Shell]:
    """Lifts all masks of a frame; masks with too few points are left out."""
    assert frame.depth is not None and frame.world_from_cam is not None
    depth = np.where(frame.depth <= volume.max_depth, frame.depth, 0)
    points = unproject(depth, frame.camera, world_from_cam=frame.world_from_cam).reshape(-1, 3)
    usable = np.isfinite(points[:, 0])
    shells: list[tuple[int, NDArray[np.int64]]] = []
    for position in range(len(masks)):
        pixels = masks.pixels(position)
        mask_points = points[pixels[usable[pixels]]]
        if len(mask_points) < config.min_mask_pixels:
            continue
        voxels = mask_shell(mask_points, volume, config)
        if len(voxels):
            shells.append((position, voxels))
    if not shells:
        return []
    every, count = np.unique(np.concatenate([v for _, v in shells]), return_counts=True)
    contested = every[count > 1]
    return [
        Shell(
            voxels,
            voxels[~np.isin(voxels, contested)],
            None if masks.embeddings is None else masks.embeddings[position],
            {masks.labels[position]: float(masks.scores[position]) * len(voxels)},
        )
        for position, voxels in shells
    ]


def mask_shell(
    points: NDArray[np.float64], volume: SurfaceVolume, config: OnlineAnySegConfig
) -> NDArray[np.int64]:
    """Sorted addresses of the voxels whose corner is near the filtered points of a mask.

    Args:
        points: (N, 3) meters, world frame.
        volume: The map; voxels outside its blocks are ignored.
        config: Distance and filtering.

    Returns:
        (V,) addresses; empty if too few points are left.
    """
    none = np.zeros(0, np.int64)
    points = downsample(points, volume.voxel_size)
    labels = dbscan(points, radius=config.ball_radius, min_points=config.cluster_min_points)
    points = points[largest_cluster(labels)]
    if len(points) < config.min_mask_points:
        return none
    points = points[
        inliers(points, neighbors=config.outlier_neighbors, deviations=config.outlier_deviations)
    ]
    if len(points) < config.min_mask_points:
        return none
    index = volume.index
    touched, is_covered = voxels_within(
        points, config.ball_radius, volume.voxel_size, index.table_keys, index.table_blocks
    )
    if is_covered.mean() < config.min_coverage:
        return none
    addresses = np.unique(touched)
    return addresses if len(addresses) >= config.min_mask_points else none
