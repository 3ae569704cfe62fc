"""The published rules, one by one, on constructed voxel sets; then on a stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import MaskSet
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, OnlineSegmenter, fusion_preset
from scenewright.fusion.mask_shells import Shell
from scenewright.fusion.onlineanyseg import OnlineAnySegTracker
from scenewright.fusion.tracker import Changes
from tests.builders import known
from tests.fusion.fusion_builders import APART, CAMERA, Run, arc, film, run, true_ids

LOOSE = OnlineAnySegConfig(min_voxels=0, keyframe_interval=1)
"""Settings that accept masks of any size, so that voxel sets stay readable."""


def span(first: int, last: int) -> NDArray[np.int64]:
    """Voxel addresses `first` to `last`, exclusive."""
    return np.arange(first, last)


def show(
    tracker: OnlineAnySegTracker,
    *masks: NDArray[np.int64],
    vectors: Sequence[NDArray[np.float32]] | None = None,
) -> Changes:
    """Adds one keyframe with masks of these voxels."""
    changes = Changes()
    tracker._keyframe += 1
    shells = [Shell(m, m, None if vectors is None else vectors[i], {}) for i, m in enumerate(masks)]
    tracker._insert(shells, changes)
    return changes


def shown(*keyframes: Iterable[NDArray[np.int64]]) -> OnlineAnySegTracker:
    tracker = OnlineAnySegTracker(LOOSE)
    for masks in keyframes:
        show(tracker, *masks)
    return tracker


def with_containment(
    rows: list[list[float]],
    *,
    weights: list[int] | None = None,
    vectors: list[NDArray[np.float32]] | None = None,
) -> OnlineAnySegTracker:
    """A tracker of masks for which row i, column j says how much i contains of j."""
    tracker = OnlineAnySegTracker(LOOSE)
    show(tracker, *[span(10 * i, 10 * i + 10) for i in range(len(rows))], vectors=vectors)
    tracker._contains = np.array(rows, np.float64)
    for number, weight in enumerate(weights or []):
        tracker._merged[number].weight = weight
    return tracker


def links(table: NDArray[np.bool_]) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in np.argwhere(table) if i != j}


def test_containment_counts_voxels_seen_by_the_container() -> None:
    # The second keyframe sees voxels 0 to 150; of the first mask's 100 it holds 50.
    tracker = shown([span(0, 100)], [span(50, 150), span(0, 50)])
    contains = tracker._contains
    assert contains[0, 1] == 1.0, "of the second, the first keyframe saw 50 to 100, and holds all"
    assert contains[1, 0] == 0.5, "of the first, the second keyframe saw all, and half is here"
    assert contains[2, 0] == 0.5 and contains[0, 2] == 1.0
    assert contains[1, 2] == contains[2, 1] == 0.0, "masks of one keyframe are not compared"
    assert (np.diag(contains) == 1).all()


def test_a_voxel_that_another_mask_covers_counts_as_seen() -> None:
    alone = shown([span(0, 60)], [span(0, 100)])
    covered = shown([span(0, 60), span(60, 100)], [span(0, 100)])
    assert alone._contains[0, 1] == 1.0
    assert covered._contains[0, 2] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("common", "size", "expected"),
    [
        (21, 100, 1.0),
        (20, 100, 0.0),  # at most a fifth of it was seen
        (500, 10_000, 0.0),
        (501, 10_000, 1.0),  # ... but many voxels are enough
    ],
)
def test_a_hardly_seen_mask_is_not_contained(common: int, size: int, expected: float) -> None:
    tracker = shown([span(0, common)], [span(0, size)])
    assert tracker._contains[0, 1] == expected
    assert tracker._contains[1, 0] == 1.0


@pytest.mark.parametrize(("common", "expected"), [(25, 0.0), (26, 0.026)])
def test_a_trifle_is_not_contained(common: int, expected: float) -> None:
    tracker = shown([span(0, common), span(5000, 5000 + 1000 - common)], [])
    rest = np.concatenate([span(0, common), span(5000, 5000 + 1000 - common)])
    show(tracker, rest)
    assert tracker._contains[0, 2] == pytest.approx(expected)


def test_sets_that_share_nothing_contain_nothing() -> None:
    tracker = shown([span(0, 100)], [span(200, 300)])
    assert np.array_equal(tracker._contains, np.eye(2))


def test_visibility_goes_beyond_64_keyframes() -> None:
    tracker = shown(*[[span(1000 * i, 1000 * i + 10)] for i in range(70)])
    show(tracker, span(68_005, 68_025), span(5, 25))
    assert tracker._contains[68, 70] == 1.0 and tracker._contains[0, 71] == 1.0
    assert tracker._contains[70, 68] == 1.0
    assert np.count_nonzero(tracker._contains - np.eye(72)) == 4


def test_masks_that_lost_most_voxels_are_not_added() -> None:
    tracker = OnlineAnySegTracker(OnlineAnySegConfig())
    changes = show(tracker, span(0, 50), span(100, 151))
    assert changes.created == [1] and len(tracker._merged) == 1
    assert tracker._merged[0].voxels.size == 51


@pytest.mark.parametrize(
    ("a", "b", "is_linked"),
    [
        (0.9, 0.65, True),  # mean 0.775 > 2.3 / 3
        (0.9, 0.62, False),  # mean 0.76
        (1.0, 0.5, False),
        (0.8, 0.8, True),
        (0.0, 1.0, False),
    ],
)
def test_rule_a_without_embeddings_uses_its_share_of_the_threshold(
    a: float, b: float, is_linked: bool
) -> None:
    tracker = with_containment([[1, a], [b, 1]])
    assert links(tracker._similar()) == ({(0, 1), (1, 0)} if is_linked else set())


def at_cosine(cosine: float) -> list[NDArray[np.float32]]:
    other = [cosine, np.sqrt(1 - cosine**2)]
    return [np.array([1, 0], np.float32), np.array(other, np.float32)]


@pytest.mark.parametrize(
    ("a", "b", "cosine", "is_linked"),
    [
        (0.6, 0.6, 1.0, True),  # 0.6 + 1 > 2.3 * 2 / 3
        (0.5, 0.5, 1.0, False),  # 0.5 + 1
        (1.0, 1.0, 0.85, True),  # 1 + 0.63
        (1.0, 1.0, 0.75, False),  # 1 + 0.38
        (1.0, 1.0, -1.0, False),
        (1.0, 0.39, 1.0, False),  # 0.695 + 1, but not mutual
        (1.0, 0.41, 1.0, True),
    ],
)
def test_rule_a_adds_the_semantic_term_where_masks_have_embeddings(
    a: float, b: float, cosine: float, is_linked: bool
) -> None:
    tracker = with_containment([[1, a], [b, 1]], vectors=at_cosine(cosine))
    assert links(tracker._similar()) == ({(0, 1), (1, 0)} if is_linked else set())


def test_the_semantic_term_runs_from_0_at_its_floor_to_1() -> None:
    values = [
        with_containment([[1, 0], [0, 1]], vectors=at_cosine(c))._semantic()[0, 1]
        for c in (-1.0, 0.6, 0.8, 0.9, 1.0)
    ]
    assert values == pytest.approx([0, 0, 0.505, 0.754, 1], abs=0.002)
    rise = (1 - np.exp(-0.1 * 0.2)) / (1 - np.exp(-0.1 * 0.4))
    assert values[2] == pytest.approx(rise, abs=1e-6)


def test_one_mask_without_embedding_turns_the_semantic_term_off() -> None:
    tracker = with_containment([[1, 0.6], [0.6, 1]], vectors=at_cosine(1.0))
    assert links(tracker._similar())
    tracker._merged[1].embedding = None
    assert not links(tracker._similar())


def supported(c_ji: float, c_ij: float, *weights: int) -> set[tuple[int, int]]:
    """Links by rule B between masks 0 and 1, both held by supporters of these weights."""
    n = 2 + len(weights)
    rows = np.eye(n)
    rows[2:, :2], rows[:2, 2:] = c_ji, c_ij
    tracker = with_containment(rows.tolist(), weights=[1, 1, *weights])
    return links(tracker._supported()[:2, :2])


@pytest.mark.parametrize("weights", [(5,), (3, 2), (1, 1, 1, 1, 1)])
def test_rule_b_links_what_enough_supporters_contain(weights: tuple[int, ...]) -> None:
    assert supported(0.9, 0.4, *weights) == {(0, 1), (1, 0)}


@pytest.mark.parametrize(
    ("c_ji", "c_ij", "weights"),
    [
        (0.9, 0.4, (4,)),  # too little support
        (0.9, 0.4, (2, 2)),
        (0.8, 0.4, (9,)),  # not contained
        (0.9, 0.3, (9,)),  # the supporter is far larger: two objects in one mask
    ],
)
def test_rule_b_does_not_fire(c_ji: float, c_ij: float, weights: tuple[int, ...]) -> None:
    assert supported(c_ji, c_ij, *weights) == set()


def test_rule_c_joins_a_mask_to_its_best_container() -> None:
    rows = [[1, 0.81, 0.0], [0.1, 1, 0.0], [0.0, 0.95, 1]]
    tracker = with_containment(rows, weights=[5, 5, 5])
    assert links(tracker._contained()) == {(2, 1)}


@pytest.mark.parametrize(
    ("share", "weights", "is_linked"),
    [(0.81, [2, 2], True), (0.8, [2, 2], False), (0.9, [2, 1], False), (0.9, [1, 2], False)],
)
def test_rule_c_needs_a_clear_container_and_masks_with_weight(
    share: float, weights: list[int], is_linked: bool
) -> None:
    tracker = with_containment([[1, share], [0.1, 1]], weights=weights)
    assert links(tracker._contained()) == ({(0, 1)} if is_linked else set())


def test_the_weight_that_counts_grows_with_the_rounds_to_five() -> None:
    tracker = OnlineAnySegTracker(LOOSE)
    wanted = []
    for rounds in range(6):
        tracker._rounds = rounds
        wanted.append(tracker._min_weight())
    assert wanted == [2, 3, 4, 5, 5, 5]


def test_a_join_unites_voxels_keyframes_weights_and_vectors() -> None:
    tracker = OnlineAnySegTracker(LOOSE)
    a, b = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    show(tracker, span(0, 100), span(500, 600), vectors=[a, b])
    show(tracker, span(20, 120), vectors=[b])
    changes = Changes()
    table = np.zeros((3, 3), bool)
    table[0, 2] = True
    assert tracker._join(table, changes)
    assert changes.merged == [(1, 3)]
    assert [m.instance for m in tracker._merged] == [1, 2]
    first, second = tracker._merged
    addresses = tracker._visibility.address_of_row[first.voxels]
    assert np.array_equal(np.sort(addresses), span(0, 120))
    assert first.weight == 2 and first.born == 0
    assert np.bitwise_count(first.keyframes).sum() == 2
    assert first.embedding is not None and first.embedding.tolist() == [1, 1]
    assert second.weight == 1
    assert np.array_equal(tracker._contains, np.eye(2))
    assert not tracker._join(np.zeros((2, 2), bool), changes)


def test_containment_is_measured_anew_after_a_join() -> None:
    tracker = shown([span(0, 50)], [span(50, 100)], [span(0, 100)])
    assert tracker._contains[0, 2] == tracker._contains[1, 2] == 1.0
    table = np.zeros((3, 3), bool)
    table[0, 1] = True
    tracker._join(table, Changes())
    assert tracker._contains.tolist() == [[1, 1], [1, 1]]


def test_one_frame_in_ten_is_used() -> None:
    tracker = OnlineAnySegTracker(OnlineAnySegConfig())
    assert [p for p in range(45) if tracker.wants(p)] == [0, 10, 20, 30, 40]
    segmenter = OnlineSegmenter(fusion_preset("onlineanyseg"))
    for number, pose in enumerate(arc(12)):
        frame, ids, _ = film(APART, pose, index=number)
        update = segmenter.update(frame, MaskSet.from_id_map(ids))
        assert update.fused == bool(update.stage_ms) == (number in (0, 10))
        assert (update.created != ()) == (number in (0, 10))
        assert update.dropped is None
    assert segmenter.volume.weight.max() == 2


CONFIG = FusionConfig(voxel_size=0.025, method=OnlineAnySegConfig(keyframe_interval=1))


@pytest.fixture(scope="module")
def stream() -> Run:
    return run(APART, arc(11), config=CONFIG)


def test_masks_are_merged_every_fifth_keyframe(stream: Run) -> None:
    rounds = [number for number, update in enumerate(stream.updates) if update.merged]
    assert rounds == [5, 10]
    assert all(len(update.created) == 3 for update in stream.updates)
    assert len(stream.created()) == len(set(stream.created())) == 33
    assert {stays for stays, _ in stream.merged()} == {1, 2, 3}


def test_a_stream_of_true_masks_gives_the_things(stream: Run) -> None:
    scene = stream.scene
    assert scene.points is not None and scene.points.instance_id is not None
    assert len(scene.instances) == 3
    truth, found = true_ids(scene, APART), scene.points.instance_id
    for number in (2, 3):
        best = int(np.bincount(found[truth == number]).argmax())
        assert best == number
        assert (found[truth == number] == best).mean() > 0.9
        assert (truth[found == best] == number).mean() > 0.9
    # The far floor has too few points for the clustering, so only the near part is checked.
    near = (truth == 1) & (np.linalg.norm(scene.points.points[:, :2] - [0, -0.6], axis=1) < 0.3)
    assert near.sum() > 200 and (found[near] == 1).mean() > 0.9
    assert (truth[found == 1] == 1).mean() > 0.99
    assert scene.instances.score.tolist() == [1, 1, 1]
    assert known(scene.instances.num_frames).tolist() == [11, 11, 11]
    assert known(scene.instances.num_points)[1:].min() > 200


def test_too_few_masks_or_points_are_no_object() -> None:
    few = run(APART, arc(4), config=CONFIG)
    assert len(few.created()) == 12 and len(few.scene.instances) == 0, "never merged"
    assert isinstance(CONFIG.method, OnlineAnySegConfig)
    larger = replace(CONFIG, method=replace(CONFIG.method, min_object_points=2000))
    assert len(run(APART, arc(6), config=larger).scene.instances) == 1


def test_a_mask_seen_once_is_dropped_after_twenty_keyframes() -> None:
    """The right block has a mask in the first keyframe only."""
    segmenter = OnlineSegmenter(CONFIG)
    removed = []
    frames = [film(APART, pose) for pose in arc(3, width=0.3)]
    for number in range(21):
        frame, ids, _ = frames[number % 3]
        masks = MaskSet.from_id_map(np.where((ids == 3) & (number > 0), 0, ids).astype(np.int32))
        removed.append(segmenter.update(frame, masks).removed)
    assert removed == [()] * 20 + [(3,)]
    assert segmenter.result().instances.id.tolist() == [1, 2]


def test_frames_without_a_mask_worth_lifting_are_survived() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    id_map = np.zeros(CAMERA.size, np.int32)
    id_map[40:45, 40:45] = 1
    for number, pose in enumerate(arc(11)):
        update = segmenter.update(film(APART, pose, index=number)[0], MaskSet.from_id_map(id_map))
        assert not (update.created or update.merged or update.removed)
    assert len(segmenter.result().instances) == 0


def test_a_contested_voxel_goes_to_the_smallest_object(stream: Run) -> None:
    tracker, volume = stream.segmenter.tracker, stream.segmenter.volume
    assert isinstance(tracker, OnlineAnySegTracker)
    assignment = tracker.assignment(volume)
    sizes = {m.instance: len(m.voxels) for m in tracker._merged}
    slot_of_voxel = volume.slot_of_voxel.reshape(-1)
    slots = {
        m.instance: slot_of_voxel[tracker._visibility.address_of_row[m.voxels]]
        for m in tracker._merged
    }
    both = np.intersect1d(slots[1], slots[2])
    both = both[both >= 0]
    assert len(both) > 10 and sizes[2] < sizes[1]
    given = assignment.instance_id[both]
    assert (given != 1).all() and (given == 2).mean() > 0.8
