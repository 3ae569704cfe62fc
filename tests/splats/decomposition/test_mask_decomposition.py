"""Decomposition by masks: exact partitions, damaged masks, hard shapes, units, order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import (
    MaskSet,
    PointCloud,
    ShapeError,
)
from scenewright.splats.decomposition import (
    MATCHED,
    UNDER_SEGMENTED,
    ClusterConfig,
    PublishedConfig,
    cluster_preset,
    decompose_masks,
    seed_from_points,
)
from tests.splats.decomposition.room_builders import (
    FLOOR,
    THINGS,
    Pictured,
    damage_masks,
    drawn_iou,
    is_right_partition,
    is_same_partition,
    look_at,
    picture_boxes,
    rescaled,
    ring,
    sure_surfels,
    true_labels,
)


def test_perfect_masks_give_the_exact_partition(room: Pictured) -> None:
    found = decompose_masks(room.store, room.masks(), room.surfels, cluster_preset("default"))
    assert is_right_partition(found.labels, room)
    assert (found.labels > 0).all() and len(found.ids) == 5
    assert (found.verdict == MATCHED).all()
    assert found.object_scores.min() > 0.9
    assert drawn_iou(room, found.labels) > 0.97
    shown = np.array([room.masks()[v].ids.tolist().index(i) for v, i in
                      zip(found.mask_view, found.mask_id, strict=True)])  # fmt: skip
    assert len(shown) == len(found.mask_object)
    assert is_same_partition(found.mask_object, found.mask_id)


def test_dropped_and_merged_masks_are_flagged_and_do_no_harm(room: Pictured) -> None:
    rng = np.random.default_rng(0)
    merged, sets = [], []
    for view, picture in enumerate(room.id_maps):
        damaged = picture.copy()
        ids = np.unique(damaged[damaged > 1])
        if view % 2 == 0 and len(ids) > 1:
            a, b = rng.choice(ids, 2, replace=False)
            damaged[damaged == b] = a
            merged.append((view, int(a)))
        for gone in np.unique(damaged[damaged > 0]):
            if rng.random() < 0.2 and (view, int(gone)) not in merged:
                damaged[damaged == gone] = 0
        sets.append(MaskSet.from_id_map(damaged))
    found = decompose_masks(room.store, sets, room.surfels, cluster_preset("default"))
    truth, sure = true_labels(room), sure_surfels(room)
    # A surfel has no object if the masks of all the few views that see it were dropped.
    known = sure & (found.labels > 0)
    assert known.sum() > 0.99 * sure.sum()
    assert is_same_partition(found.labels[known], truth[known])
    flagged = {
        (int(v), int(i))
        for v, i, verdict in zip(found.mask_view, found.mask_id, found.verdict, strict=True)
        if verdict == UNDER_SEGMENTED
    }
    assert flagged == set(merged)


def test_damaged_masks_beat_the_published_rules(room: Pictured) -> None:
    rng = np.random.default_rng(4)
    sets = [MaskSet.from_id_map(damage_masks(m, rng, border=1)) for m in room.id_maps]
    ours = decompose_masks(room.store, sets, room.surfels, cluster_preset("default"))
    config = PublishedConfig(min_mask_surfels=20)
    theirs = decompose_masks(room.store, sets, room.surfels, config)
    assert drawn_iou(room, ours.labels) > 0.9
    assert drawn_iou(room, ours.labels) > drawn_iou(room, theirs.labels) + 0.03


def test_two_touching_equal_boxes_stay_two() -> None:
    boxes = [FLOOR, (2, (-0.5, -0.2, 0), (0, 0.2, 0.4)), (3, (0, -0.2, 0), (0.5, 0.2, 0.4))]
    pictured = picture_boxes(boxes, ring(12))
    found = decompose_masks(
        pictured.store, pictured.masks(), pictured.surfels, cluster_preset("default")
    )
    assert len(found.ids) == 3
    assert is_right_partition(found.labels, pictured)


@pytest.mark.slow
def test_a_thin_object_is_kept() -> None:
    boxes = [FLOOR, (2, (-0.02, -0.02, 0), (0.02, 0.02, 1.0))]
    pictured = picture_boxes(boxes, ring(12), spacing=0.03, size=(160, 120))
    found = decompose_masks(
        pictured.store, pictured.masks(), pictured.surfels, cluster_preset("default")
    )
    assert len(found.ids) == 2
    truth = true_labels(pictured)
    assert (found.labels == truth).mean() > 0.99
    assert is_same_partition(found.labels[truth == 2], truth[truth == 2])


def test_an_object_that_two_views_see_is_found() -> None:
    poses = [*ring(8, start=2.4, turn=1.4), *ring(2, start=-0.3, turn=0.4)]
    # A wall hides the box from all but the last two views.
    boxes = [FLOOR, (2, (0, -1.2, 0), (0.1, 1.2, 1.1)), (3, (0.6, -0.3, 0), (1.0, 0.3, 0.3))]
    pictured = picture_boxes(boxes, poses)
    assert sum((m == 3).any() for m in pictured.id_maps) == 2
    found = decompose_masks(
        pictured.store, pictured.masks(), pictured.surfels, cluster_preset("default")
    )
    sure = sure_surfels(pictured)
    assert len(found.ids) == 3
    assert is_same_partition(found.labels[sure], true_labels(pictured)[sure])


def test_an_object_cut_in_two_by_an_occluder_stays_one() -> None:
    boxes = [FLOOR, (2, (-1.0, 0.4, 0.0), (1.0, 0.6, 0.5)), (3, (-0.2, -0.6, 0), (0.2, -0.3, 1.2))]
    eyes = [(x, -2.6, 0.7) for x in np.linspace(-0.05, 0.05, 6)]
    pictured = picture_boxes(boxes, [look_at(eye, (0, 0.4, 0.3)) for eye in eyes])
    found = decompose_masks(
        pictured.store, pictured.masks(), pictured.surfels, cluster_preset("default")
    )
    truth = true_labels(pictured)
    board = found.labels[(truth == 2) & sure_surfels(pictured)]
    middle = np.abs(pictured.surfels.means[truth == 2, 0])
    assert middle.min() > 0.1  # no view sees behind the post
    assert len(np.unique(board)) == 1 and len(found.ids) == 3


def test_one_view_is_enough(room: Pictured) -> None:
    single = picture_boxes(THINGS, ring(1))
    found = decompose_masks(single.store, single.masks(), single.surfels, cluster_preset("default"))
    sure = sure_surfels(single)
    assert is_same_partition(found.labels[sure], true_labels(single)[sure])


@pytest.mark.parametrize("preset", ["default", "published"])
@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_unit_of_length_does_not_matter(room: Pictured, preset: str, scale: float) -> None:
    scaled = replace(room, surfels=rescaled(room.surfels, scale))
    rng = np.random.default_rng(2)
    damaged = [MaskSet.from_id_map(damage_masks(m, rng, border=1)) for m in room.id_maps]
    first = decompose_masks(room.store, damaged, room.surfels, cluster_preset(preset))
    second = decompose_masks(scaled.store, damaged, scaled.surfels, cluster_preset(preset))
    np.testing.assert_array_equal(first.labels, second.labels)


@pytest.mark.parametrize("preset", ["default", "published"])
def test_the_same_masks_give_the_same_bytes(room: Pictured, preset: str) -> None:
    sets = [MaskSet.from_id_map(damage_masks(m, np.random.default_rng(9))) for m in room.id_maps]
    runs = [decompose_masks(room.store, sets, room.surfels, cluster_preset(preset))
            for _ in range(2)]  # fmt: skip
    for name in ("labels", "scores", "object_scores", "mask_object", "verdict"):
        assert getattr(runs[0], name).tobytes() == getattr(runs[1], name).tobytes()
    assert runs[0].tree.parent.tobytes() == runs[1].tree.parent.tobytes()


@pytest.mark.slow
def test_a_coarse_store_finds_the_same_objects(room: Pictured) -> None:
    coarse = picture_boxes(THINGS, ring(20), stride=2)
    found = decompose_masks(coarse.store, room.masks(), room.surfels, cluster_preset("default"))
    truth = true_labels(room)
    assert len(found.ids) == 5
    shown = sure_surfels(room) & (found.labels > 0)
    assert shown.mean() > 0.8
    assert is_same_partition(found.labels[shown], truth[shown])


def test_tracks_go_straight_to_votes(room: Pictured) -> None:
    sets = [MaskSet.from_id_map(np.where(m > 0, 10 * m, 0).astype(np.int32)) for m in room.id_maps]
    found = decompose_masks(
        room.store, sets, room.surfels, cluster_preset("default"), masks_are_tracks=True
    )
    assert found.ids.tolist() == [10, 20, 30, 40, 50]
    sure = sure_surfels(room)
    np.testing.assert_array_equal(found.labels[sure], 10 * true_labels(room)[sure])
    np.testing.assert_array_equal(found.mask_object, found.mask_id)


def test_seeds_keep_their_ids_and_new_objects_follow(room: Pictured) -> None:
    truth = true_labels(room)
    known = np.isin(truth, (2, 4))
    points = PointCloud(
        room.surfels.means, instance_id=np.where(known, truth + 40, 0).astype(np.int32)
    )
    seeds = seed_from_points(points, room.surfels)
    np.testing.assert_array_equal(seeds, points.instance_id)
    rng = np.random.default_rng(3)
    sets = [MaskSet.from_id_map(damage_masks(m, rng, border=1)) for m in room.id_maps]
    found = decompose_masks(room.store, sets, room.surfels, cluster_preset("default"), seeds=seeds)
    sure = sure_surfels(room)
    assert {42, 44} <= set(found.ids.tolist())
    assert (found.ids[~np.isin(found.ids, (42, 44))] > 44).all()
    for object_id in (2, 4):
        assert (found.labels[sure & (truth == object_id)] == object_id + 40).mean() > 0.97


def test_masks_of_another_size_or_number_are_errors(room: Pictured) -> None:
    masks = room.masks()
    wrong = [*masks[:3], MaskSet.empty(10, 12), *masks[4:]]
    config = ClusterConfig()
    with pytest.raises(ShapeError) as caught:
        decompose_masks(room.store, wrong, room.surfels, config)
    assert str(caught.value) == "masks of view 3: expected 96 x 72, got 12 x 10"
    with pytest.raises(ShapeError) as caught:
        decompose_masks(room.store, masks[:-1], room.surfels, config)
    assert str(caught.value) == "masks: expected 20 sets, one per view, got 19"
    n = len(room.surfels)
    with pytest.raises(ShapeError) as caught:
        decompose_masks(room.store, masks, room.surfels[:-1], config)
    assert str(caught.value) == f"surfels: expected {n}, got {n - 1}"
