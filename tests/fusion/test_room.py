"""The default method on a furnished room with true and with damaged masks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import MaskSet, Scene
from scenewright.fusion import FusionConfig, OnlineSegmenter
from scenewright.worlds import SyntheticCapture, film_room
from scenewright.worlds.composing.rooms import RoomConfig

MANY_POINTS = 60
"""Truth points, 4 cm apart, from which on a thing must be found."""


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    # No surface lies beyond the 5 m that the segmenter takes in.
    config = RoomConfig(num_objects=(14, 18), size=(3.8, 4.4), l_shape=0.0)
    return film_room(3, num_frames=20, width=144, height=108, config=config)


def overlaps(scene: Scene, room: SyntheticCapture) -> NDArray[np.float64]:
    """(T, N) IoU over truth points of large things with instances, at the nearest scene point."""
    truth = room.truth_points(spacing=0.04)
    assert truth.instance_id is not None
    assert scene.points is not None and scene.points.instance_id is not None
    distance, nearest = cKDTree(scene.points.points).query(truth.points)
    assert (distance < 0.05).mean() > 0.98
    found = scene.points.instance_id[nearest]
    large = np.flatnonzero(np.bincount(truth.instance_id) >= MANY_POINTS)
    return np.array(
        [
            [
                np.sum((truth.instance_id == t) & (found == i))
                / np.sum((truth.instance_id == t) | (found == i))
                for i in scene.instances.id
            ]
            for t in large
        ]
    )


def segment(room: SyntheticCapture, *, damage: float) -> Scene:
    """Segments with masks of which a share is cut in two or joined to a neighbor."""
    rng = np.random.default_rng(0)
    segmenter = OnlineSegmenter(FusionConfig(voxel_size=0.04), up=np.array([0.0, 0.0, 1.0]))
    for index in range(len(room)):
        id_map = room.id_map(index).copy()
        for instance in np.unique(id_map[id_map > 0]).tolist():
            here = id_map == instance
            if rng.random() >= damage or not here.any():
                continue
            if rng.random() < 0.5:
                columns = np.nonzero(here)[1]
                here[:, : int(np.median(columns))] = False
                id_map[here] = 1000 + instance
            else:
                id_map[here] = rng.choice(np.unique(id_map[id_map > 0]))
        segmenter.update(room[index], MaskSet.from_id_map(id_map))
    segmenter.finish()
    return segmenter.result()


def test_true_masks_give_the_furniture(room: SyntheticCapture) -> None:
    scene = segment(room, damage=0.0)
    iou = overlaps(scene, room)
    assert len(iou) >= 14
    assert (iou.max(axis=1) > 0.5).mean() > 0.9
    assert np.median(iou.max(axis=1)) > 0.8
    assert len(scene.instances) <= 1.5 * len(iou) + 5
    assert scene.instances.score.min() >= 0 and scene.instances.score.max() <= 1
    assert (scene.instances.rotation[:, 2, 2] == 1).all()


def test_damaged_masks_cost_little(room: SyntheticCapture) -> None:
    """Three masks in ten are wrong, each in a way that the next frame does not repeat."""
    iou = overlaps(segment(room, damage=0.3), room)
    assert (iou.max(axis=1) > 0.5).mean() > 0.75
