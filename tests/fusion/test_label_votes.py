"""Labels of masks become names of instances: the sums, and whole streams by both methods."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Instance, MaskSet, Scene
from scenewright.fusion import FusionConfig, OnlineSegmenter, fusion_preset
from scenewright.fusion.label_votes import LabelVotes
from tests.fusion.fusion_builders import (
    APART,
    CONFIG,
    TOUCHING,
    arc,
    film,
    renamed,
    run,
    true_ids,
)

METHODS = {
    "default": CONFIG,
    "onlineanyseg": renamed(fusion_preset("onlineanyseg"), keyframe_interval=1),
}
NAMES = {1: "floor", 2: "chair", 3: "cup"}


def row_of(scene: Scene, block: int) -> Instance:
    """The instance with most points of a block of `APART`."""
    assert scene.points is not None and scene.points.instance_id is not None
    found = scene.points.instance_id[true_ids(scene, APART) == block]
    return scene.instances.by_id(int(np.bincount(found[found > 0]).argmax()))


def voted(*frames: tuple[list[int], list[str], list[float]], count: int = 3) -> LabelVotes:
    """Votes of frames, each as (fragment, label, vote) of its masks; one voxel per mask."""
    votes = LabelVotes()
    votes.append(count)
    for target, labels, weights in frames:
        votes.add(
            np.array([-1, *target]),
            labels,
            hit_mask=np.arange(1, len(target) + 1),
            vote=np.array(weights, np.float32),
        )
    return votes


def of(votes: LabelVotes, *members: int) -> dict[str, float]:
    return votes.shares(np.array(members))


def test_shares_of_one_fragment_and_of_several() -> None:
    votes = voted(
        ([0, 1], ["cup", "bowl"], [0.5, 0.25]),
        ([0, 0, 1], ["bowl", "", "cup"], [0.25, 0.25, 0.75]),
    )
    assert of(votes, 0) == {"cup": 0.5, "bowl": 0.25}
    assert of(votes, 1) == {"cup": 0.75, "bowl": 0.25}
    assert of(votes, 0, 1) == {"cup": 0.625, "bowl": 0.25}
    assert of(votes, 2) == {}, "no vote"


def test_all_voxels_of_a_mask_count_and_those_of_no_mask_do_not() -> None:
    votes = LabelVotes()
    votes.append(1)
    votes.add(
        np.array([-1, 0, 0, -1]),
        ["cup", "bowl", "chair"],
        hit_mask=np.array([0, 1, 2, 2, 2, 3]),
        vote=np.array([9.0, 1.0, 0.5, 0.25, 0.25, 9.0]),
    )
    assert of(votes, 0) == {"bowl": 0.5, "cup": 0.5}


def test_masks_without_labels_give_no_names() -> None:
    assert of(voted(([0, 1], ["", ""], [1.0, 1.0])), 0, 1) == {}


def test_votes_follow_their_fragments() -> None:
    votes = voted(([0, 1, 2], ["a", "b", "c"], [1.0, 1.0, 1.0]))
    votes.keep(np.array([2, 0]))
    votes.append(1)
    votes.add(np.array([-1, 2]), ["d"], hit_mask=np.array([1]), vote=np.ones(1))
    assert len(votes) == 3
    assert [of(votes, i) for i in range(3)] == [{"c": 1.0}, {"a": 1.0}, {"d": 1.0}]


@pytest.mark.parametrize("config", METHODS.values(), ids=METHODS)
def test_names_of_masks_become_names_of_instances(config: FusionConfig) -> None:
    scene = run(APART, arc(11), config=config, labels=lambda _: NAMES).scene
    for number, name in NAMES.items():
        row = row_of(scene, number)
        assert row.label == name == next(iter(row.label_scores))
        assert row.label_scores[name] > 0.9


@pytest.mark.parametrize("config", METHODS.values(), ids=METHODS)
def test_the_share_of_frames_without_a_name_is_missing_from_the_sum(config: FusionConfig) -> None:
    """In one frame of four a mask is called otherwise, in another one it has no name."""

    def labels(number: int) -> dict[int, str]:
        return [{2: "chair"}, {2: "stool"}, {}, {2: "chair"}][number % 4]

    row = row_of(run(APART, arc(12), config=config, labels=labels).scene, 2)
    assert row.label == "chair"
    assert list(row.label_scores) == ["chair", "stool"]
    assert row.label_scores["chair"] == pytest.approx(0.5, abs=0.08)
    assert row.label_scores["stool"] == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize("config", METHODS.values(), ids=METHODS)
def test_masks_without_labels_give_instances_without_names(config: FusionConfig) -> None:
    table = run(APART, arc(6), config=config).scene.instances
    assert len(table) >= 3
    assert set(table.label) == {""} and not any(table.label_scores)


def test_scores_of_masks_weigh_their_labels() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    for number, pose in enumerate(arc(9)):
        frame, ids, _ = film(APART, pose, index=number)
        is_sure = number % 3 == 0
        masks = MaskSet.from_id_map(
            ids,
            scores={2: 0.9 if is_sure else 0.3},
            labels={2: "chair" if is_sure else "stool"},
        )
        segmenter.update(frame, masks)
    row = row_of(segmenter.result(), 2)
    assert row.label == "chair"
    assert row.label_scores["chair"] == pytest.approx(0.6, abs=0.06)


def test_parts_with_other_names_that_become_one_are_named_by_the_larger() -> None:
    """Two blocks that touch: masks of both first, then masks of the whole."""

    def joined(
        number: int, ids: NDArray[np.int32], points: NDArray[np.float64]
    ) -> NDArray[np.int32]:
        return ids if number < 2 else np.where(ids == 3, 2, ids).astype(np.int32)

    def labels(number: int) -> dict[int, str]:
        return {2: "seat", 3: "back"} if number < 2 else {2: "chair"}

    scene = run(TOUCHING, arc(16), joined, labels=labels).scene
    named = [row for row in scene.instances if row.label]
    assert [row.label for row in named] == ["chair"]
    assert set(named[0].label_scores) == {"chair", "seat", "back"}
    assert sum(named[0].label_scores.values()) == pytest.approx(1)
