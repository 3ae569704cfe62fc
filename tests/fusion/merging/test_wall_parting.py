"""Masks that cover corners of a room: its walls become separate objects nevertheless."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import MaskSet, Scene
from scenewright.fusion import FusionConfig, OnlineSegmenter, VoteConfig
from scenewright.fusion.merging.features import PAIR_NAMES
from scenewright.fusion.merging.objects import FEATURES, OBJECT_NAMES
from scenewright.fusion.vote_tracker import VoteTracker
from scenewright.models.trees import save_trees
from scenewright.worlds import SyntheticCapture, film_room
from tests.builders import known
from tests.fusion.merging.merging_builders import stump


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    """An orbit in a furnished room."""
    return film_room(3, num_frames=30, width=160, height=120)


def segmented(
    room: SyntheticCapture, path: Path, joined: str, *, part_walls: bool = True
) -> OnlineSegmenter:
    """A segmenter that got true masks, but one mask for all objects with a label in each frame.

    Its trees join what lies in one plane, and take every object for real.
    """
    pair = stump(PAIR_NAMES.index("offset_far"), 0.05, 9.0, -9.0)
    whole = stump(OBJECT_NAMES.index("area"), 0.0, 3.0, 3.0)
    path.write_bytes(save_trees({"pair": pair, "whole": whole}, {}, features=FEATURES))
    config = FusionConfig(
        voxel_size=0.04,
        max_depth=10.0,
        method=VoteConfig(merging=f"file:{path}", merging_interval=10, part_walls=part_walls),
    )
    segmenter = OnlineSegmenter(config, up=room.up)
    ids = [one for one, label in room.labels.items() if label == joined]
    for index, frame in enumerate(room):
        id_map = room.id_map(index)
        segmenter.update(frame, MaskSet.from_id_map(np.where(np.isin(id_map, ids), ids[0], id_map)))
    return segmenter


def overlaps(scene: Scene, room: SyntheticCapture, label: str) -> list[float]:
    """The best IoU of each true object with a label and at least 2 square meters."""
    cloud, truth = known(scene.points), room.truth_points()
    true_id = known(truth.instance_id)[cKDTree(truth.points).query(cloud.points)[1]]
    found = known(cloud.instance_id)
    result = []
    for one in [one for one, name in room.labels.items() if name == label]:
        inside = true_id == one
        if inside.sum() * 0.04**2 < 2:
            continue
        ids = np.unique(found[inside & (found > 0)])
        result.append(
            max(float((inside & (found == i)).sum() / (inside | (found == i)).sum()) for i in ids)
        )
    return result


def test_walls_under_one_mask_are_parted(room: SyntheticCapture, tmp_path: Path) -> None:
    segmenter = segmented(room, tmp_path / "a.safetensors", "wall")
    segmenter.finish()
    scene = segmenter.result()
    found = overlaps(scene, room, "wall")
    assert len(found) >= 3 and min(found) > 0.7, found
    roles = [row.role for row in scene.instances]
    assert roles.count("wall") >= 3
    ids = [row.id for row in scene.instances]
    assert len(set(ids)) == len(ids)


def test_votes_and_counts_stay_consistent(room: SyntheticCapture, tmp_path: Path) -> None:
    segmenter = segmented(room, tmp_path / "b.safetensors", "wall")
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker)
    before = tracker.votes.weight.sum(), int(tracker.fragments.won.sum())
    segmenter.finish()
    fragments = tracker.fragments
    assert fragments.wall.max() > 0
    assert (tracker.votes.weight.sum(), int(fragments.won.sum())) == before
    assert tracker.votes.fragment.max() < len(fragments) and (fragments.won >= 0).all()
    walls: dict[int, NDArray[np.int64]] = {}
    for group in range(int(fragments.group.max()) + 1):
        walls[group] = np.unique(fragments.wall[(fragments.group == group) & (fragments.wall >= 0)])
    assert all(len(one) <= 1 for one in walls.values())
    evidence = tracker.evidence
    np.testing.assert_array_equal(evidence.together, evidence.together.T)
    again = segmenter.result()
    segmenter.finish()
    np.testing.assert_array_equal(
        known(known(segmenter.result().points).instance_id), known(known(again.points).instance_id)
    )


def test_other_objects_are_not_parted(room: SyntheticCapture, tmp_path: Path) -> None:
    segmenter = segmented(room, tmp_path / "c.safetensors", "floor")
    segmenter.finish()
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker)
    assert (tracker.fragments.wall == -1).all()


def test_masks_meant_to_be_whole_are_not_overruled(room: SyntheticCapture, tmp_path: Path) -> None:
    segmenter = segmented(room, tmp_path / "d.safetensors", "wall", part_walls=False)
    segmenter.finish()
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker)
    assert (tracker.fragments.wall == -1).all()
