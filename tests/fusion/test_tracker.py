"""What every association method promises: results without side effects, in one form."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import MaskSet
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, OnlineSegmenter
from scenewright.fusion.tracker import Changes, InstanceAssignment, Tracker
from tests.fusion.fusion_builders import APART, CONFIG, VOXEL_SIZE, arc, film

PUBLISHED = FusionConfig(
    voxel_size=VOXEL_SIZE,
    method=OnlineAnySegConfig(
        keyframe_interval=1,
        merge_interval=2,
        min_mask_pixels=20,
        min_object_points=20,
        max_weight=1,
    ),
)


def test_changes_start_empty_and_are_not_shared() -> None:
    first, second = Changes(), Changes()
    first.created.append(1)
    first.stage_ms["merge"] = 2.0
    assert second == Changes() and first != second
    assert (second.created, second.merged, second.split, second.removed) == ([], [], [], [])


@pytest.mark.parametrize("config", [CONFIG, PUBLISHED], ids=["default", "onlineanyseg"])
def test_both_methods_keep_the_promises(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    tracker: Tracker = segmenter.tracker
    up = np.array([0.0, 0.0, 1.0])
    assert tracker.wants(0)
    for index, pose in enumerate(arc(6)):
        frame, ids, _ = film(APART, pose, index=index)
        segmenter.update(frame, MaskSet.from_id_map(ids))
    first = tracker.assignment(segmenter.volume, up)
    again = tracker.assignment(segmenter.volume, up)
    check(first, segmenter)
    np.testing.assert_array_equal(first.instance_id, again.instance_id)
    assert first.score == again.score
    end = tracker.finish(segmenter.volume, up)
    assert isinstance(end, Changes) and not end.created
    check(tracker.assignment(segmenter.volume, up), segmenter)


def check(found: InstanceAssignment, segmenter: OnlineSegmenter) -> None:
    """Every instance has voxels, a score and frames."""
    ids = set(np.unique(found.instance_id).tolist()) - {0}
    assert found.instance_id.shape == (segmenter.volume.num_slots,)
    assert ids and set(found.score) == set(found.num_frames) == ids
    assert all(0 <= score <= 1 for score in found.score.values())
    assert all(1 <= count <= 6 for count in found.num_frames.values())
    assert not found.embedding and set(found.role) <= ids
