"""Renaming and removing instances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, Relation, Scene
from scenewright.editing import remove, rename
from scenewright.editing.draft import table_with
from tests.builders import assert_same_scene, known
from tests.editing.editing_builders import IDS, SEEDS, check_edited, make_edit_scene, membership


def test_rename() -> None:
    scene = make_edit_scene()
    renamed = rename(scene, {2: "stool", 11: ""})
    assert renamed.instances.label == ("stool", "", "table", "")
    assert dict(renamed.instances.by_id(2).label_scores) == {}, "a person knows better"
    assert renamed.instances.source.tolist() == ["observed"] * 4, "no geometry changed"
    assert np.array_equal(renamed.instances.center, scene.instances.center)
    assert renamed.points is scene.points and renamed.relations is scene.relations
    assert renamed.provenance[-1].name == "rename"
    assert renamed.provenance[-1].config == {"labels": {"2": "stool", "11": ""}}
    assert scene.instances.label == ("chair", "", "table", "lamp")


@settings(max_examples=25, deadline=None)
@given(
    seed=SEEDS,
    gone=st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True),
    points=st.booleans(),
)
def test_removed_instances_leave_their_members_to_nobody(
    seed: int, gone: list[int], points: bool
) -> None:
    scene = make_edit_scene(seed, points=points)
    rest = remove(scene, *gone)
    assert_same_scene(scene, make_edit_scene(seed, points=points))
    check_edited(scene, rest)
    assert rest.instances.id.tolist() == [i for i in IDS if i not in gone]
    before, after = membership(scene), membership(rest)
    assert after[0] == before.get(0, 0) + sum(before[i] for i in gone)
    assert not set(gone) & (set(rest.assets) | set(rest.grids) | set(after))
    assert rest.relations is not None
    assert all(not {row.subject, row.object} & set(gone) for row in rest.relations)
    assert rest.provenance[-1].config == {"ids": gone}
    assert rest.instances.source.tolist() == ["observed"] * len(rest.instances)


def test_relations_of_others_stay() -> None:
    rest = remove(make_edit_scene(), 9).relations
    assert rest is not None and list(rest) == [Relation(2, "beside", 5, 0.5)]


def test_scenes_without_members() -> None:
    scene = make_edit_scene()
    bare = Scene(scene.instances)
    assert remove(bare, 2).instances.id.tolist() == [5, 9, 11]
    assert remove(bare, *IDS).points is None and remove(bare, 5).relations is None


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda scene: remove(scene), "ids to remove: expected 1 or more, got none"),
        (lambda scene: remove(scene, 2, 2), "ids to remove: expected each id once, got 2, 2"),
        (lambda scene: remove(scene, 3),
         "instance 3: expected one of the ids 2, 5, 9, 11, got an id that none has"),
        (lambda scene: rename(scene, {}), "ids to rename: expected 1 or more, got none"),
        (lambda scene: rename(scene, {3: "mug"}),
         "instance 3: expected one of the ids 2, 5, 9, 11, got an id that none has"),
        (lambda scene: rename(scene, cast(Any, {2: 5})),
         "label of instance 2: expected text, got 5"),
    ],
)  # fmt: skip
def test_wrong_arguments(edit: object, text: str) -> None:
    assert callable(edit)
    with pytest.raises(ConventionError) as caught:
        edit(make_edit_scene())
    assert str(caught.value) == text


def test_meshes_of_removed_instances_become_part_of_the_rest() -> None:
    scene = make_edit_scene()
    first, second = IDS[:2]
    assert remove(scene, first).rest is None, "a scene without a rest stays without one"
    with_rest = replace(remove(scene, second), rest=scene.assets[second])
    faces = scene.assets[second].num_faces + scene.assets[first].num_faces
    rest = known(remove(with_rest, first).rest)
    assert rest.num_faces == faces and rest.surfels is None
    x = rest.world_vertices()[:, 0]
    assert (x.min(), x.max()) == (0, 2)
    row = replace(scene.instances.by_id(first), num_points=None)
    unseen = replace(with_rest, instances=table_with(with_rest.instances, {first: row}))
    kept = known(remove(unseen, first).rest)
    assert kept.num_faces == scene.assets[second].num_faces, "what no camera saw is no surface"
