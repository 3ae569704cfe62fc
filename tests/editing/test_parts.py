"""Splitting instances, and giving parts of them to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import (
    OCCUPIED,
    Asset,
    Instance,
    InstanceTable,
    Scene,
    ScenewrightError,
)
from scenewright.editing import merge, reassign, split
from tests.builders import assert_same_scene, make_cube, make_instance
from tests.editing.editing_builders import IDS, SEEDS, check_edited, make_edit_scene, membership


def right_half(scene: Scene, instance_id: int) -> np.ndarray:
    """(N,) 1 at points of the right half of an instance of `make_edit_scene`, elsewhere 0."""
    assert scene.points is not None
    middle = IDS.index(instance_id) + 0.5
    return (scene.points.points[:, 0] > middle).astype(np.int64)


def ids_of(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    assert scene.points is not None and scene.points.instance_id is not None
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    return scene.points.instance_id, scene.surfels.instance_id


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, instance_id=st.sampled_from(IDS), num=st.integers(2, 4), data=st.data())
def test_nothing_is_lost(seed: int, instance_id: int, num: int, data: st.DataObject) -> None:
    scene = make_edit_scene(seed)
    points, _ = ids_of(scene)
    size = int((points == instance_id).sum())
    labels = np.array(data.draw(st.lists(st.integers(0, num), min_size=size, max_size=size)))
    whole = np.full(len(points), 99)
    whole[points == instance_id] = labels
    names = set(labels.tolist())
    if len(names) < 2 or 0 not in names:
        with pytest.raises(ScenewrightError, match="labels of the parts"):
            split(scene, instance_id, point_labels=whole)
        return
    cut = split(scene, instance_id, point_labels=whole)
    assert_same_scene(scene, make_edit_scene(seed))
    check_edited(scene, cut)
    new_ids = list(range(12, 12 + len(names) - 1))
    assert cut.instances.id.tolist() == [*IDS, *new_ids]
    before, after = membership(scene), membership(cut)
    assert sum(after.get(i, 0) for i in (instance_id, *new_ids)) == before[instance_id]
    assert all(after.get(i) == before.get(i) for i in {0, *IDS} - {instance_id})
    # Parts are numbered by rising labels.
    for name, part in zip(sorted(names), [instance_id, *new_ids], strict=True):
        assert (ids_of(cut)[0] == part).sum() == (labels == name).sum()
        row = cut.instances.by_id(part)
        old = scene.instances.by_id(instance_id)
        assert (row.label, row.score, row.num_frames) == (old.label, old.score, old.num_frames)
        assert row.source == "edited"
    faces = sum(asset.num_faces for asset in scene.assets.values())
    assert sum(asset.num_faces for asset in cut.assets.values()) == faces
    cells = sum(np.count_nonzero(g.states == OCCUPIED) for g in scene.grids.values())
    assert sum(np.count_nonzero(g.states == OCCUPIED) for g in cut.grids.values()) == cells


def test_what_has_no_labels_follows_the_nearest() -> None:
    scene = make_edit_scene(num=600)
    cut = split(scene, 2, point_labels=right_half(scene, 2))
    points, surfels = ids_of(cut)
    assert scene.points is not None and scene.surfels is not None
    # Surfels lie where the points lie, so that none of them crosses the border.
    assert set(surfels[(scene.surfels.means[:, 0] < 0.5) & (surfels > 0)].tolist()) == {2}
    assert set(surfels[np.isin(ids_of(scene)[1], 2) & (scene.surfels.means[:, 0] > 0.5)]) == {12}
    for part, low, high in ((2, 0.0, 0.5), (12, 0.5, 1.0)):
        asset, grid = cut.assets[part], cut.grids[part]
        assert asset.is_whole is False and asset.num_faces > 0
        assert asset.world_vertices()[:, 0].min() >= low - 0.26
        assert asset.world_vertices()[:, 0].max() <= high + 0.26
        columns = np.argwhere(grid.states == OCCUPIED)[:, 0]
        assert set(columns.tolist()) == ({0, 1} if part == 2 else {2, 3})
        box = cut.instances.by_id(part).box
        assert low - 0.05 < box.center[0] < high + 0.05 and box.size.max() < 1.1
    assert points.dtype == np.int32
    config = cut.provenance[-1].config
    assert cut.provenance[-1].name == "split" and config["new_ids"] == [12]
    assert config["num_points"] == [int((points == i).sum()) for i in (2, 12)]


def test_relations_and_features_stay_with_the_first_part() -> None:
    scene = make_edit_scene()
    cut = split(scene, 2, point_labels=right_half(scene, 2))
    assert cut.relations is scene.relations
    vectors = cut.instances.features["clip"].vectors
    assert np.array_equal(vectors[0], vectors[-1]) and vectors.shape == (5, 3)


def test_assets_that_no_camera_saw_are_split_by_their_vertices() -> None:
    row = Instance(4, "mug", 1.0, make_instance().box, source="generated")
    uncertainty = np.linspace(0, 1, 8).astype(np.float32)
    cube = make_cube()
    asset = Asset(cube, is_whole=True, observed=np.zeros(8, bool), uncertainty=uncertainty)
    scene = Scene(InstanceTable.from_rows([row]), assets={4: asset})
    labels = (cube.vertices[:, 2] > 0).astype(int)
    cut = split(scene, 4, element_labels=labels)
    assert cut.instances.id.tolist() == [4, 5] and cut.instances.num_points is None
    assert [one.num_faces for one in cut.assets.values()] == [6, 6]
    assert all(one.is_whole is False for one in cut.assets.values())
    for one in cut.assets.values():
        assert one.uncertainty is not None and one.mesh is not None
        positions = {tuple(v): u for v, u in zip(cube.vertices.tolist(), uncertainty, strict=True)}
        assert [positions[tuple(v)] for v in one.mesh.vertices.tolist()] == list(one.uncertainty)
    joined = merge(cut, 4, 5)
    assert joined.assets[4].num_faces == 12 and joined.assets[4].is_whole is False


def test_surfels_alone_are_split_too() -> None:
    scene = make_edit_scene(points=False)
    assert scene.surfels is not None
    cut = split(scene, 5, surfel_labels=(scene.surfels.means[:, 0] > 1.5).astype(int))
    check_edited(scene, cut)
    assert cut.instances.id.tolist() == [*IDS, 12]


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, receiver=st.sampled_from((0, *IDS)), share=st.floats(0.05, 0.6))
def test_reassigning_loses_nothing(seed: int, receiver: int, share: float) -> None:
    scene = make_edit_scene(seed)
    points, surfels = ids_of(scene)
    rng = np.random.default_rng(seed)
    chosen, chosen_surfels = rng.uniform(size=(2, len(points))) < share
    for i in IDS:  # something of each stays
        chosen[np.flatnonzero(points == i)[0]] = False
    edited = reassign(scene, receiver, points=chosen, surfels=chosen_surfels)
    assert_same_scene(scene, make_edit_scene(seed))
    check_edited(scene, edited)
    assert edited.instances.id.tolist() == list(IDS)
    assert np.array_equal(ids_of(edited)[0], np.where(chosen, receiver, points))
    assert np.array_equal(ids_of(edited)[1], np.where(chosen_surfels, receiver, surfels))
    touched = {*points[chosen].tolist(), *surfels[chosen_surfels].tolist()} - {0, receiver}
    for row in edited.instances:
        changed = row.id in touched or row.id == receiver
        assert row.source == ("edited" if changed else "observed")
    if receiver:
        faces = sum(asset.num_faces for asset in scene.assets.values())
        assert sum(asset.num_faces for asset in edited.assets.values()) == faces


def test_surfels_faces_and_cells_follow_points() -> None:
    scene = make_edit_scene(num=600)
    points, surfels = ids_of(scene)
    half = right_half(scene, 2).astype(bool) & (points == 2)
    edited = reassign(scene, 5, points=half)
    assert scene.surfels is not None
    expected = np.where((surfels == 2) & (scene.surfels.means[:, 0] > 0.5), 5, surfels)
    assert np.array_equal(ids_of(edited)[1], expected)
    faces = scene.assets[2].num_faces
    assert edited.assets[2].num_faces + edited.assets[5].num_faces == 2 * faces
    assert edited.assets[5].world_vertices()[:, 0].min() == pytest.approx(0.5, abs=0.26)
    cells = [np.count_nonzero(edited.grids[i].states == OCCUPIED) for i in (2, 5)]
    assert cells == [8, 24]
    assert edited.instances.by_id(5).box.size.max() > 1.4
    assert edited.provenance[-1].config == {
        "id": 5, "from": [2], "num_points": int(half.sum()),
        "num_surfels": int((expected != surfels).sum()),
    }  # fmt: skip


def test_what_goes_to_nobody_takes_no_faces_along() -> None:
    scene = make_edit_scene(num=600)
    half = right_half(scene, 2).astype(bool) & (ids_of(scene)[0] == 2)
    edited = reassign(scene, 0, points=half)
    assert edited.assets[2].num_faces < scene.assets[2].num_faces
    assert set(edited.assets) == set(scene.assets)
    assert np.count_nonzero(edited.grids[2].states == OCCUPIED) == 8


def test_nobodys_points_can_be_given_to_an_instance() -> None:
    scene = make_edit_scene(num=200)
    points, _ = ids_of(scene)
    edited = reassign(scene, 11, points=points == 0)
    assert 0 not in ids_of(edited)[0] and 0 not in ids_of(edited)[1]
    assert edited.instances.by_id(11).num_points == int(np.isin(points, (0, 11)).sum())
    assert edited.instances.source.tolist() == ["observed"] * 3 + ["edited"]


EMPTY = np.zeros(60, bool)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda s: split(s, 3, point_labels=EMPTY.astype(int)),
         "instance 3: expected one of the ids 2, 5, 9, 11, got an id that none has"),
        (lambda s: split(s, 2),
         "labels of the parts of instance 2: expected 0 for what keeps the id, and one or more "
         "others, got none"),
        (lambda s: split(s, 2, point_labels=EMPTY.astype(int)),
         "labels of the parts of instance 2: expected 0 for what keeps the id, and one or more "
         "others, got 0"),
        (lambda s: split(s, 2, point_labels=EMPTY.astype(int) + 3),
         "labels of the parts of instance 2: expected 0 for what keeps the id, and one or more "
         "others, got 3"),
        (lambda s: split(s, 2, point_labels=np.zeros(5, int)),
         "point_labels: expected shape (60,), got (5,)"),
        (lambda s: split(s, 2, point_labels=EMPTY.astype(int) - 1),
         "point_labels: expected 0 or more, got -1"),
        (lambda s: split(s, 2, surfel_labels=np.zeros(60)),
         "surfel_labels: expected values that fit int64, got float64"),
        (lambda s: split(s, 11, element_labels=np.zeros(5, int)),
         "element_labels: expected None, since the scene has nothing that they would label, got "
         "labels"),
        (lambda s: split(replace(s, points=None), 2, point_labels=np.zeros(5, int)),
         "point_labels: expected None, since the scene has nothing that they would label, got "
         "labels"),
        (lambda s: reassign(s, 3, points=EMPTY),
         "instance 3: expected one of the ids 2, 5, 9, 11, got an id that none has"),
        (lambda s: reassign(s, 2, points=EMPTY),
         "points and surfels to reassign to instance 2: expected one or more that are not its own "
         "yet, got none"),
        (lambda s: reassign(s, 2, points=s.points.instance_id == 2),
         "points and surfels to reassign to instance 2: expected one or more that are not its own "
         "yet, got none"),
        (lambda s: reassign(s, 2, points=s.points.instance_id == 5),
         "instance 5: expected some of its points or surfels to stay, got all of them reassigned. "
         "Use merge or remove for a whole instance."),
        (lambda s: reassign(s, 2, points=np.zeros(60, int)),
         "points: expected values that fit bool, got int64"),
        (lambda s: reassign(s, 2, surfels=np.zeros(6, bool)),
         "surfels: expected shape (60,), got (6,)"),
        (lambda s: reassign(replace(s, surfels=None), 2, surfels=EMPTY),
         "surfels: expected None, since the scene has nothing that they would label, got labels"),
    ],
)  # fmt: skip
def test_wrong_arguments(edit: Callable[[Scene], Scene], text: str) -> None:
    with pytest.raises(ScenewrightError) as caught:
        edit(make_edit_scene())
    assert str(caught.value) == text
