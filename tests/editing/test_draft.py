"""What the editing functions have in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright import __version__
from scenewright.core import Asset, ConventionError, Scene
from scenewright.editing.draft import check_ids, refitted, table_with, with_members, with_step
from scenewright.geometry.boxes import fit_box, trimmed
from tests.builders import assert_same_table, make_cube, make_instance, make_placement
from tests.editing.editing_builders import IDS, make_edit_scene


def test_boxes_come_from_points_then_surfels_then_the_asset() -> None:
    scene = make_edit_scene()
    assert scene.points is not None and scene.surfels is not None
    asset = Asset(make_cube(), make_placement((9.0, 9.0, 9.0)))
    scene = replace(scene, assets={2: asset})
    places = (
        (scene, trimmed(scene.points.points[scene.points.instance_id == 2])),
        (replace(scene, points=None), trimmed(scene.surfels.means[scene.surfels.instance_id == 2])),
        (replace(scene, points=None, surfels=None), asset.world_vertices()),
    )
    for one, points in places:
        row = refitted(one, [2]).instances.by_id(2)
        expected = fit_box(points, up=scene.up)
        assert np.array_equal(row.box.center, expected.center)
        assert np.array_equal(row.box.size, expected.size)
        assert row.source == "edited"
    bare = Scene(scene.instances)
    assert np.array_equal(refitted(bare, [2]).instances.center, scene.instances.center)


def test_points_are_counted_anew_where_there_are_any() -> None:
    scene = make_edit_scene()
    rows = {i: replace(scene.instances.by_id(i), num_points=999) for i in IDS}
    wrong = replace(scene, instances=table_with(scene.instances, rows))
    counts = scene.instances.num_points
    assert counts is not None
    found = refitted(wrong, [2, 5]).instances.num_points
    assert found is not None and found.tolist() == [*counts[:2].tolist(), 999, 999]
    unknown = replace(make_instance(4), num_points=None)
    bare = Scene(table_with(scene.instances, {}, [unknown]), scene.points)
    assert refitted(bare, [4]).instances.by_id(4).num_points is None, "no points, not none found"
    without = refitted(Scene(bare.instances), [2]).instances.by_id(2)
    assert without.num_points == scene.instances.by_id(2).num_points


def test_tables_keep_order_and_models() -> None:
    table = make_edit_scene().instances
    assert_same_table(table_with(table, {}), table)
    changed = table_with(table, {9: replace(table.by_id(9), label="desk")}, [make_instance(30)])
    assert changed.id.tolist() == [*IDS, 30] and changed.label[2] == "desk"
    assert changed.features["clip"].model == "embed/clip"
    assert not changed.features["clip"].known[-1] and changed.features["masks"].known[-1]


def test_members_of_clouds_that_are_not_there() -> None:
    scene = Scene(make_edit_scene().instances)
    ids = np.zeros(3, np.int32)
    after = with_members(scene, scene.instances[:1], ids, ids)
    assert after.points is None and after.surfels is None and after.instances.id.tolist() == [2]


def test_steps_name_the_release() -> None:
    step = with_step(make_edit_scene(), "merge", {"keep": 2}).provenance[-1]
    assert (step.name, step.version, dict(step.config)) == ("merge", __version__, {"keep": 2})


@pytest.mark.parametrize(
    ("ids", "least", "text"),
    [
        ((), 1, "ids to move: expected 1 or more, got none"),
        ((2,), 2, "ids to move: expected 2 or more, got 2"),
        ((2, 5, 2), 1, "ids to move: expected each id once, got 2, 5, 2"),
        ((2, 4), 1, "instance 4: expected one of the ids 2, 5, 9, 11, got an id that none has"),
    ],
)
def test_ids(ids: tuple[int, ...], least: int, text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        check_ids(make_edit_scene(), ids, least=least, verb="move")
    assert str(caught.value) == text
    check_ids(make_edit_scene(), (2, 5), least=2, verb="move")
