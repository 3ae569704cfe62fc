"""Groups, ids and events of the `default` method, on constructed tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion import VoteConfig
from scenewright.fusion.tracker import Changes
from scenewright.fusion.vote_tracker import VoteTracker


def make_tracker(
    won: list[int],
    *,
    group: list[int] | None = None,
    instance: list[int] | None = None,
    config: VoteConfig | None = None,
) -> VoteTracker:
    """A tracker with fragments that have won given numbers of voxels, each in a separate group."""
    tracker = VoteTracker(VoteConfig() if config is None else config)
    fragments = tracker.fragments
    fragments.append(len(won), 0, 0)
    fragments.won[:] = won
    if group is not None:
        fragments.group[:] = group
        fragments.joined[:] = group
    if instance is not None:
        fragments.instance[:] = instance
        tracker._next_instance = max(instance) + 1
    tracker._num_groups = int(fragments.group.max()) + 1
    tracker.evidence.reserve(len(won))
    return tracker


def see(tracker: VoteTracker, *masks: list[int], times: int = 1) -> None:
    """Frames in which each mask covers these fragments."""
    rows = np.zeros((len(masks), len(tracker.fragments)), np.int32)
    for mask, members in enumerate(masks):
        rows[mask, members] = 30
    for _ in range(times):
        tracker.evidence.add(rows, np.zeros(rows.shape[1], np.int64), coverage=0.7, least=8)


def groups(tracker: VoteTracker) -> list[int]:
    found: NDArray[np.int32] = tracker._grouped(*tracker.evidence.pairs())
    assert set(found.tolist()) == set(range(int(found.max()) + 1))
    numbers: list[int] = found.tolist()
    return numbers


def test_fragments_that_masks_hold_together_form_a_group() -> None:
    tracker = make_tracker([50, 50, 50, 50])
    see(tracker, [0, 2], [1], [3], times=3)
    assert groups(tracker) == [0, 1, 0, 2]


def test_parts_of_two_walls_never_form_a_group() -> None:
    tracker = make_tracker([50, 50, 50, 50])
    tracker.fragments.wall[:] = [0, 1, -1, 0]
    see(tracker, [0, 1, 3], [2], times=5)
    assert groups(tracker) == [0, 1, 2, 0]


def test_fragments_that_no_frame_shows_together_stay_apart() -> None:
    tracker = make_tracker([50, 50])
    assert groups(tracker) == [0, 1]
    see(tracker, [0], [1], times=9)
    assert groups(tracker) == [0, 1]


def test_a_group_needs_a_margin_to_form_and_one_to_part() -> None:
    """Nearly balanced evidence changes nothing."""
    apart, joined = make_tracker([50, 50]), make_tracker([50, 50], group=[0, 0])
    for tracker in (apart, joined):
        see(tracker, [0, 1])
        see(tracker, [0], [1])
    assert groups(apart) == [0, 1]
    assert groups(joined) == [0, 0]
    see(apart, [0, 1], times=4)
    see(joined, [0], [1], times=4)
    assert groups(apart) == [0, 0]
    assert groups(joined) == [0, 1]


def test_embeddings_tip_the_scales_of_pairs_that_were_seen() -> None:
    vectors = {"equal": [[1, 0], [1, 0]], "opposed": [[1, 0], [-1, 0]]}
    result = {}
    for name, rows in vectors.items():
        tracker = make_tracker([50, 50], config=VoteConfig(semantic_weight=2.0))
        tracker.fragments.embedding = np.array(rows, np.float32)
        assert groups(tracker) == [0, 1], "alike, but never seen together"
        see(tracker, [0, 1], times=2)
        see(tracker, [0], [1], times=2)
        result[name] = groups(tracker)
    assert result == {"equal": [0, 0], "opposed": [0, 1]}


def test_a_torn_fragment_joins_no_other() -> None:
    tracker = make_tracker([50, 50, 50])
    see(tracker, [0, 1, 2], times=5)
    assert groups(tracker) == [0, 0, 0]
    tracker.fragments.torn[1], tracker.fragments.whole[1] = tracker.config.torn_frames, 0
    assert groups(tracker) == [0, 1, 0]
    tracker.fragments.whole[1] = tracker.config.torn_frames
    assert groups(tracker) == [0, 0, 0], "as often whole as torn"


def test_only_groups_with_enough_voxels_get_an_id() -> None:
    least = VoteConfig().min_voxels
    tracker = make_tracker([least, least - 1, least - 1, 1], group=[0, 1, 2, 2])
    changes = Changes()
    tracker._confirm(changes)
    assert changes.created == [1, 2]
    assert tracker.fragments.instance.tolist() == [1, 0, 2, 2]
    tracker._confirm(changes)
    assert changes.created == [1, 2], "once"


def test_old_fragments_without_voxels_are_forgotten() -> None:
    config = VoteConfig(stale_frames=10)
    tracker = make_tracker([50, 3, 3, 0], instance=[1, 2, 1, 3], config=config)
    tracker.votes.reserve(1)
    tracker.votes.fragment[0, :3], tracker.votes.weight[0, :3] = [3, 0, 2], [1, 2, 3]
    see(tracker, [0, 2], [3], times=3)
    named, one = np.array([-1, 0, 1, 2, 3]), np.ones(4)
    tracker.fragments.labels.add(
        named, ["cup", "chair", "lamp", "sofa"], hit_mask=np.arange(1, 5), vote=one
    )
    tracker._step = 11
    tracker.fragments.last_vote[:] = [0, 1, 0, 0]
    changes = Changes()
    tracker._drop_stale(changes)
    assert changes.removed == [3], "2 is not old enough, and 1 lives on in its other fragment"
    assert tracker.fragments.won.tolist() == [50, 3]
    assert tracker.fragments.instance.tolist() == [1, 2]
    names = [tracker.fragments.labels.shares(np.array([i])) for i in range(2)]
    assert names == [{"cup": 1.0}, {"chair": 1.0}]
    assert tracker.votes.fragment[0].tolist() == [-1, 0, -1, -1, -1, -1]
    assert tracker.votes.weight[0].tolist() == [0, 2, 0, 0, 0, 0]
    assert not tracker.evidence.apart.any() and not np.triu(tracker.evidence.together, 1).any()
