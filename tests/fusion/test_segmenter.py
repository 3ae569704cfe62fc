"""`OnlineSegmenter`: its contract, frame by frame, for every method."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import ConventionError, Frame, MaskSet, ShapeError, UnknownNameError
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, OnlineSegmenter
from scenewright.fusion.vote_tracker import VoteTracker
from tests.builders import assert_same_scene, known
from tests.fusion.fusion_builders import (
    APART,
    CAMERA,
    CONFIG,
    VOXEL_SIZE,
    Run,
    arc,
    film,
    instance_of,
    pose_at,
    run,
    true_ids,
)

METHODS = {
    "default": CONFIG,
    "onlineanyseg": FusionConfig(voxel_size=0.025, method=OnlineAnySegConfig(keyframe_interval=1)),
}
both_methods = pytest.mark.parametrize("config", METHODS.values(), ids=METHODS.keys())


@pytest.fixture(scope="module")
def plain() -> Run:
    """True masks of three separate objects."""
    return run(APART, arc(10), up=np.array([0.0, 0.0, 1.0]))


def test_things_are_found_and_keep_their_ids(plain: Run) -> None:
    scene = plain.scene
    ids = instance_of(scene, APART)
    assert sorted(scene.instances.id.tolist()) == sorted(ids)
    assert plain.updates[0].created == (1, 2, 3)
    assert plain.created() == [1, 2, 3]
    assert not plain.merged() and not plain.split()
    assert all(update.removed == () for update in plain.updates)
    assert [update.frame_index for update in plain.updates] == list(range(10))
    assert all(update.dropped is None for update in plain.updates)


def test_instances_describe_their_points(plain: Run) -> None:
    scene = plain.scene
    assert scene.points is not None and scene.points.instance_id is not None
    for row in scene.instances:
        members = scene.points.points[scene.points.instance_id == row.id]
        assert row.num_points == len(members)
        assert row.num_frames == 10
        assert not row.features
        assert row.box.contains(members, margin=VOXEL_SIZE).mean() > 0.98
        assert row.box.rotation[:, 2].tolist() == [0, 0, 1]
    for number, instance in zip((2, 3), instance_of(scene, APART)[1:], strict=True):
        block, box = APART[number - 1], scene.instances.by_id(instance).box
        size = np.array(block.high) - block.low
        assert box.size[2] == pytest.approx(size[2], abs=2 * VOXEL_SIZE)
        assert sorted(box.size[:2]) == pytest.approx(sorted(size[:2]), abs=2.5 * VOXEL_SIZE)


def test_each_instance_has_a_mesh_that_lies_on_it(plain: Run) -> None:
    scene = plain.scene
    assert scene.points is not None and scene.points.instance_id is not None
    assert set(scene.assets) == set(scene.instances.id.tolist())
    for number, instance in enumerate(instance_of(scene, APART), start=1):
        asset = scene.assets[instance]
        vertices, points = asset.world_vertices(), scene.points.points
        members = points[scene.points.instance_id == instance]
        gap = cKDTree(members).query(vertices)[0]
        assert np.quantile(gap, 0.99) < 4 * VOXEL_SIZE and np.median(gap) < VOXEL_SIZE
        off = np.abs(APART[number - 1].distance(vertices))
        assert np.mean(off < VOXEL_SIZE) > 0.85
        mesh = known(asset.mesh)
        assert len(mesh.faces) > 100
        assert asset.scale == pytest.approx(1)
        middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
        assert middle == pytest.approx([0, 0, 0], abs=1e-5)


def test_the_scene_says_how_it_was_made(plain: Run) -> None:
    scene = plain.scene
    assert scene.up is not None and scene.up.tolist() == [0, 0, 1]
    (step,) = scene.provenance
    assert step.name == "segment"
    assert step.config["voxel_size"] == VOXEL_SIZE
    assert step.config["method"]["min_points"] == CONFIG.method.min_points


def test_colors_are_those_of_the_things(plain: Run) -> None:
    scene = plain.scene
    assert scene.points is not None and scene.points.colors is not None
    truth = true_ids(scene, APART)
    for number, shade in ((1, (120, 120, 120)), (2, (200, 40, 40)), (3, (40, 200, 40))):
        near = np.abs(scene.points.colors[truth == number].astype(int) - shade).max(axis=1) < 60
        assert near.mean() > 0.85


def frame_without(what: str, index: int = 7) -> Frame:
    frame, _, _ = film(APART, pose_at(0.0), index=index)
    assert frame.depth is not None
    if what == "no valid pose":
        return replace(frame, world_from_cam=None)
    if what == "no depth":
        return replace(frame, depth=None)
    return replace(frame, depth=np.zeros_like(frame.depth))


@both_methods
def test_frames_that_cannot_be_used_are_dropped_and_counted(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    reasons = ["no valid pose", "no depth", "no depth reading", "no depth"]
    for number, reason in enumerate(reasons):
        update = segmenter.update(frame_without(reason, number), MaskSet.empty(*CAMERA.size))
        assert (update.frame_index, update.dropped) == (number, reason)
        assert not (update.created or update.merged or update.split or update.removed)
        assert not update.fused and update.stage_ms == {}
    assert segmenter.dropped == {"no valid pose": 1, "no depth": 2, "no depth reading": 1}
    assert segmenter.num_frames == 4
    assert segmenter.volume.num_blocks == segmenter.volume.num_slots == 0


def test_a_preset_is_named_or_given() -> None:
    assert OnlineSegmenter().config == OnlineSegmenter("default").config == FusionConfig()
    assert OnlineSegmenter(CONFIG).config is CONFIG
    message = "Fusion preset 'fast': expected one of default, onlineanyseg, got 'fast'"
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        OnlineSegmenter("fast")


@both_methods
def test_only_frames_whose_masks_are_used_are_wanted(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    usable = film(APART, pose_at(0.0))[0]
    for number in range(4):
        for reason in ("no valid pose", "no depth", "no depth reading"):
            assert not segmenter.wants(frame_without(reason))
        is_wanted = segmenter.wants(usable)
        assert is_wanted == segmenter.tracker.wants(number)
        assert segmenter.num_frames == number
        update = segmenter.update(replace(usable, index=number))
        assert update.fused == is_wanted and update.dropped is None


def test_dropped_frames_leave_no_trace() -> None:
    plain, gappy = OnlineSegmenter(CONFIG), OnlineSegmenter(CONFIG)
    for number, pose in enumerate(arc(4)):
        frame, ids, _ = film(APART, pose, index=number)
        masks = MaskSet.from_id_map(ids)
        for segmenter in (plain, gappy):
            segmenter.update(frame, masks)
        gappy.update(frame_without("no valid pose"), masks)
    assert_same_scene(plain.result(), gappy.result())


@both_methods
def test_nothing_seen_is_an_empty_scene(config: FusionConfig) -> None:
    scene = OnlineSegmenter(config).result()
    assert len(scene.instances) == 0 and len(scene.assets) == 0
    assert scene.points is not None and len(scene.points) == 0
    assert scene.up is None


@both_methods
def test_frames_without_masks_are_fused_and_not_segmented(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    for number, pose in enumerate(arc(3)):
        update = segmenter.update(film(APART, pose, index=number)[0])
        assert update.dropped is None and update.created == ()
        assert update.fused and set(update.stage_ms) == {"integrate", "lift"}
    scene = segmenter.result()
    assert len(scene.instances) == 0
    assert scene.points is not None and len(scene.points) > 3000
    assert not known(scene.points.instance_id).any()


def test_frames_without_masks_between_others_change_no_instance() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    for number, pose in enumerate(arc(8)):
        frame, ids, _ = film(APART, pose, index=number)
        segmenter.update(frame, MaskSet.from_id_map(ids) if number % 2 == 0 else None)
    scene = segmenter.result()
    assert instance_of(scene, APART, least=0.7) == [1, 2, 3]
    assert known(scene.instances.num_frames).tolist() == [4, 4, 4]


@both_methods
def test_an_empty_set_of_masks_finds_nothing(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    for number, pose in enumerate(arc(7)):
        update = segmenter.update(film(APART, pose, index=number)[0], MaskSet.empty(*CAMERA.size))
        assert update.created == ()
        assert "associate" in update.stage_ms
    assert len(segmenter.result().instances) == 0


@both_methods
@pytest.mark.parametrize(("name", "index"), [("000003", 3), ("", 12)])
def test_masks_of_another_size_are_refused(config: FusionConfig, name: str, index: int) -> None:
    segmenter = OnlineSegmenter(config)
    frame = replace(film(APART, pose_at(0.0), index=index)[0], name=name)
    message = (
        f"masks of frame {name or index}: expected 128 x 96 pixels, the size of the frame, "
        "got 64 x 96. Compute the masks at the size of the depth, or resize them with nearest "
        "neighbor."
    )
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        segmenter.update(frame, MaskSet.empty(96, 64))


def test_arrays_are_no_masks() -> None:
    frame = film(APART, pose_at(0.0), index=2)[0]
    ids: Any = np.zeros(CAMERA.size, np.int32)
    with pytest.raises(
        ConventionError, match=r"^masks of frame 000002: expected a MaskSet, or None"
    ):
        OnlineSegmenter().update(frame, ids)


@both_methods
def test_a_result_in_between_changes_nothing(config: FusionConfig) -> None:
    asked, silent = OnlineSegmenter(config), OnlineSegmenter(config)
    asked.result()
    for number, pose in enumerate(arc(6)):
        frame, ids, points = film(APART, pose, index=number)
        if number % 3 == 1:
            ids = np.where((ids == 2) & (points[..., 2] > 0.2), 9, ids).astype(np.int32)
        masks = MaskSet.from_id_map(ids)
        said, expected = asked.update(frame, masks), silent.update(frame, masks)
        assert replace(said, stage_ms={}) == replace(expected, stage_ms={})
        if number % 2 == 0:
            asked.result()
    last = asked.result()
    assert_same_scene(last, asked.result())
    assert_same_scene(last, silent.result())


@both_methods
def test_the_same_stream_gives_the_same_scene(config: FusionConfig) -> None:
    first, second = (run(APART, arc(6), config=config) for _ in range(2))
    assert [replace(u, stage_ms={}) for u in first.updates] == [
        replace(u, stage_ms={}) for u in second.updates
    ]
    assert_same_scene(first.scene, second.scene)


@both_methods
def test_the_end_of_a_stream_may_come_early_and_twice(config: FusionConfig) -> None:
    segmenter = OnlineSegmenter(config)
    update = segmenter.finish()
    assert not (update.created or update.merged or update.split or update.removed)
    for number, pose in enumerate(arc(6)):
        frame, ids, _ = film(APART, pose, index=number)
        segmenter.update(frame, MaskSet.from_id_map(ids))
    segmenter.finish()
    scene = segmenter.result()
    again = segmenter.finish()
    assert not (again.created or again.merged or again.split or again.removed)
    assert_same_scene(segmenter.result(), scene)
    assert len(scene.instances) == 3


def test_stages_are_timed(plain: Run) -> None:
    for update in plain.updates:
        assert set(update.stage_ms) == {"integrate", "lift", "associate", "merge"}
        assert min(update.stage_ms.values()) >= 0


def test_a_frame_without_image_is_fused_in_gray() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    frame, ids, _ = film(APART, pose_at(0.0))
    segmenter.update(replace(frame, image=None), MaskSet.from_id_map(ids))
    scene = segmenter.result()
    assert scene.points is not None and scene.points.colors is not None
    assert np.unique(scene.points.colors).tolist() == [128]
    assert len(scene.instances) == 3


def test_replaying_the_stream_takes_no_more_memory() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    sizes = []
    for number, pose in enumerate(arc(4) * 4):
        frame, ids, _ = film(APART, pose, index=number)
        segmenter.update(frame, MaskSet.from_id_map(ids))
        volume, tracker = segmenter.volume, segmenter.tracker
        assert isinstance(tracker, VoteTracker)
        sizes.append((volume.num_blocks, volume.num_slots, len(tracker.fragments)))
    assert sizes[8:] == [sizes[7]] * 8


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


VECTORS = {1: unit(1, 0, 0), 2: unit(0, 1, 0.2), 3: unit(0, 0.3, 1)}


@both_methods
def test_embeddings_are_carried_to_the_instances(config: FusionConfig) -> None:
    scene = run(APART, arc(8), config=config, embeddings=VECTORS).scene
    truth = true_ids(scene, APART)
    assert scene.points is not None and "masks" in scene.instances.features
    assert len(scene.instances) == 3
    for row in scene.instances:
        block = int(np.bincount(truth[scene.points.instance_id == row.id]).argmax())
        assert row.features["masks"] == pytest.approx(VECTORS[block], abs=1e-5)
        assert np.linalg.norm(row.features["masks"]) == pytest.approx(1, abs=1e-5)


def test_embeddings_of_another_length_are_refused_before_they_count() -> None:
    segmenter = OnlineSegmenter(CONFIG)
    frame, id_map, _ = film(APART, pose_at(0.0), index=0)
    for size in (4, 4, 8):
        vectors = {int(i): np.eye(size, dtype=np.float32)[0] for i in np.unique(id_map) if i > 0}
        masks = MaskSet.from_id_map(id_map, embeddings=vectors)
        if size == 4:
            segmenter.update(frame, masks)
            continue
        message = (
            "mask embeddings: expected 4 numbers, as in the frames before, got 8. "
            "Use one encoder for the whole stream."
        )
        with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
            segmenter.update(frame, masks)


def test_a_direction_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConventionError, match=r"^up: expected a unit vector, got length 2$"):
        OnlineSegmenter(CONFIG, up=np.array([0.0, 0.0, 2.0]))


def test_a_camera_on_the_other_side_of_the_earth_is_refused() -> None:
    frame, id_map, _ = film(APART, pose_at(0.0), index=0)
    far = pose_at(0.0)
    far[0, 3] = 6e6
    message = "camera position: expected within 252 km of the world's origin, got 6000 km"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}. Subtract a common offset"):
        OnlineSegmenter(CONFIG).update(
            replace(frame, world_from_cam=far), MaskSet.from_id_map(id_map)
        )
