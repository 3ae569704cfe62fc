"""Merging instances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scenewright as sw
from scenewright.core import (
    OCCUPIED,
    Asset,
    ConventionError,
    Instance,
    InstanceTable,
    Relation,
    RelationTable,
    Scene,
)
from scenewright.editing import merge, split
from scenewright.geometry.boxes import fit_box, trimmed
from tests.builders import assert_same_scene, make_cube, make_instance, make_placement
from tests.editing.editing_builders import (
    IDS,
    SEEDS,
    check_edited,
    make_edit_scene,
    membership,
)
from tests.io.surfel_builders import make_surfels

CHOICES = st.lists(st.sampled_from(IDS), min_size=2, max_size=4, unique=True)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, chosen=CHOICES, points=st.booleans())
def test_nothing_is_lost(seed: int, chosen: list[int], points: bool) -> None:
    scene = make_edit_scene(seed, points=points)
    twin = make_edit_scene(seed, points=points)
    keep, *others = chosen
    merged = merge(scene, keep, *others)
    assert_same_scene(scene, twin)
    check_edited(scene, merged)
    assert set(merged.instances.id.tolist()) == set(IDS) - set(others)
    before, after = membership(scene), membership(merged)
    assert after[keep] == sum(before[i] for i in chosen)
    assert {i: after[i] for i in after if i != keep} == {
        i: n for i, n in before.items() if i not in chosen
    }
    faces = sum(asset.num_faces for asset in scene.assets.values())
    assert sum(asset.num_faces for asset in merged.assets.values()) == faces
    row = merged.instances.by_id(keep)
    assert row.source == "edited"
    assert row.num_frames == max(scene.instances.by_id(i).num_frames or 0 for i in chosen)
    assert np.linalg.norm(row.features["clip"]) == pytest.approx(1, abs=1e-5)
    assert merged.provenance[-1].name == "merge"
    assert merged.provenance[-1].config == {"keep": keep, "others": others}


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, chosen=CHOICES)
def test_splitting_along_the_old_border_restores_the_members(seed: int, chosen: list[int]) -> None:
    scene = make_edit_scene(seed)
    assert scene.points is not None and scene.surfels is not None
    assert scene.points.instance_id is not None and scene.surfels.instance_id is not None
    merged = merge(scene, *chosen)
    number = np.zeros(max(IDS) + 1, np.int64)
    number[chosen] = np.arange(len(chosen))
    again = split(
        merged,
        chosen[0],
        point_labels=number[scene.points.instance_id],
        surfel_labels=number[scene.surfels.instance_id],
    )
    new_ids = again.provenance[-1].config["new_ids"]
    translated = np.arange(max([*IDS, *new_ids]) + 1)
    translated[chosen] = [chosen[0], *new_ids]
    assert again.points is not None and again.surfels is not None
    assert np.array_equal(again.points.instance_id, translated[scene.points.instance_id])
    assert np.array_equal(again.surfels.instance_id, translated[scene.surfels.instance_id])
    for old, new in zip(chosen, [chosen[0], *new_ids], strict=True):
        left, right = scene.instances.by_id(old), again.instances.by_id(new)
        assert left.num_points == right.num_points
        members = scene.points.points[scene.points.instance_id == old]
        box = fit_box(trimmed(members), up=scene.up)
        assert np.array_equal(right.box.center, box.center)
        assert np.array_equal(right.box.size, box.size)


def test_the_box_covers_the_points_of_all() -> None:
    scene = make_edit_scene(num=600)
    merged = sw.merge(scene, 9, 2, 5)
    assert scene.points is not None and scene.points.instance_id is not None
    members = scene.points.points[np.isin(scene.points.instance_id, (2, 5, 9))]
    box = merged.instances.by_id(9).box
    assert box.size.max() > 2.5 > scene.instances.by_id(9).box.size.max()
    assert box.contains(members, margin=1e-5).mean() > 0.97


def test_labels_of_a_named_one_win() -> None:
    scene = make_edit_scene()
    kept = merge(scene, 2, 9).instances.by_id(2)
    assert (kept.label, kept.score) == ("chair", 0.5)
    assert dict(kept.label_scores) == {"chair": 0.5, "stool": 0.25}
    named = merge(scene, 5, 9, 2).instances.by_id(5)
    assert (named.label, named.score) == ("table", pytest.approx(0.7))


def test_relations_move_and_those_among_the_merged_go() -> None:
    scene = make_edit_scene()
    merged = merge(scene, 2, 9)
    assert merged.relations is not None
    assert list(merged.relations) == [
        Relation(2, "beside", 5, 0.5), Relation(5, "beside", 2, 0.75)
    ]  # fmt: skip
    rows = [Relation(2, "beside", 11, 0.5), Relation(9, "beside", 11, 0.75)]
    twice = replace(scene, relations=RelationTable.from_rows(rows))
    kept = merge(twice, 2, 9).relations
    assert kept is not None and list(kept) == [Relation(2, "beside", 11, 0.75)]


def test_assets_are_joined_in_the_frame_of_the_first() -> None:
    scene = make_edit_scene()
    merged = merge(scene, 5, 2)
    asset = merged.assets[5]
    assert np.array_equal(asset.world_from_asset, scene.assets[5].world_from_asset)
    expected = np.concatenate([scene.assets[i].world_vertices() for i in (5, 2)])
    assert np.allclose(asset.world_vertices(), expected, atol=1e-6)
    assert asset.observed is not None and asset.observed[:10].all(), "those of 5 were all seen"
    assert np.array_equal(asset.observed[10:], scene.assets[2].observed)
    assert set(merged.assets) == {5, 9} and set(merged.grids) == {5}
    occupied = [np.count_nonzero(g.states == OCCUPIED) for g in scene.grids.values()]
    assert np.count_nonzero(merged.grids[5].states == OCCUPIED) == sum(occupied)


def test_what_no_camera_saw_can_be_merged() -> None:
    surfels = make_surfels(6, degree=1, ids=False)
    rows = [
        Instance(1, "", 1.0, make_instance().box, source="generated"),
        Instance(2, "mug", 0.5, make_instance().box, source="generated"),
        Instance(3, "", 0.5, make_instance().box, source="generated"),
    ]
    scene = Scene(
        InstanceTable.from_rows(rows),
        assets={
            1: Asset(make_cube(), make_placement(scale=2.0), is_whole=True),
            2: Asset(None, make_placement((5.0, 0, 0)), surfels, True),
        },
    )
    merged = merge(scene, 1, 2)
    row, asset = merged.instances.by_id(1), merged.assets[1]
    assert (row.label, row.source, row.num_points, row.num_frames) == ("mug", "edited", None, None)
    assert asset.is_whole is True and asset.surfels is not None and asset.mesh is not None
    moved = Asset(None, asset.world_from_asset, asset.surfels).world_vertices()
    assert np.allclose(moved, scene.assets[2].world_vertices(), atol=1e-5)
    assert row.box.contains(asset.world_vertices(), margin=1e-5).all()
    boxes_only = merge(scene, 3, 1)
    assert boxes_only.assets[3].num_faces == 12
    nothing = merge(replace(scene, assets={}), 1, 3).instances.by_id(1)
    assert nothing.box.contains(make_instance().box.corners(), margin=1e-9).all()


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ((2,), "ids to merge: expected 2 or more, got 2"),
        ((2, 5, 2), "ids to merge: expected each id once, got 2, 5, 2"),
        ((2, 7), "instance 7: expected one of the ids 2, 5, 9, 11, got an id that none has"),
        ((0, 2), "instance 0: expected one of the ids 2, 5, 9, 11, got an id that none has"),
    ],
)
def test_wrong_ids(ids: tuple[int, ...], text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        merge(make_edit_scene(), *ids)
    assert str(caught.value) == text
