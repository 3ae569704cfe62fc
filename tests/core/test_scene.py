"""Scenes: membership, selection, bounds, history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    Asset,
    ConventionError,
    InstanceTable,
    Scene,
    ScenewrightError,
    ShapeError,
    Step,
)
from tests.builders import make_cube, make_full_scene, make_scene
from tests.core.core_builders import make_grid, make_surfels


def scene(**changes: Any) -> Scene:
    return replace(make_scene(points=False, assets=False), **changes)


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: scene(surfels=make_surfels(instance_id=np.array([7, 8, 0, 9]))), ConventionError,
     "Scene.surfels.instance_id: expected ids of the instance table, got unknown ids [8, 9]"),
    (lambda: scene(grids={7: make_grid(), 8: make_grid()}), ConventionError,
     "Scene.grids: expected ids of the instance table, got unknown ids [8]"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_members_of_unknown_instances_are_refused(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_scene_refuses_unknown_ids() -> None:
    scene = make_scene()
    with pytest.raises(ConventionError) as caught:
        replace(scene, assets={99: Asset(make_cube())})
    assert str(caught.value) == (
        "Scene.assets: expected ids of the instance table, got unknown ids [99]"
    )
    with pytest.raises(ConventionError, match=r"Scene\.points\.instance_id: .* unknown ids \[7\]"):
        replace(scene, instances=scene.instances[1:], assets={})
    with pytest.raises(ConventionError) as caught:
        replace(scene, up=np.array([0, 0, 2.0]))
    assert str(caught.value) == "Scene.up: expected a unit vector, got length 2"
    with pytest.raises(ShapeError):
        replace(scene, up=np.array([0, 1.0]))


def test_select_ignores_case() -> None:
    scene = make_scene()
    assert scene.select("CHAIR").id.tolist() == [7]
    assert scene.select("CAFÉ TABLE/ROUND").id.tolist() == [12]
    assert len(scene.select("sofa")) == 0
    assert len(Scene(InstanceTable.empty()).select("chair")) == 0


def test_bounds() -> None:
    scene = make_scene()
    assert scene.points is not None and scene.bounds is not None
    assert np.allclose(scene.bounds[0], scene.points.points.min(axis=0))
    assert make_scene(points=False).bounds is None
    assert scene.unit == "meter"


def test_history_grows_in_a_new_scene() -> None:
    scene = make_scene()
    later = scene.with_step(Step("clean", "0.1.0"))
    assert [step.name for step in later.provenance] == ["segment", "clean"]
    assert len(scene.provenance) == 1


def test_assets_cannot_be_changed_from_outside() -> None:
    mine = {7: Asset(make_cube())}
    scene = Scene(make_scene().instances, assets=mine)
    mine.clear()
    assert set(scene.assets) == {7}
    with pytest.raises(TypeError):
        scene.assets[3] = Asset(make_cube())  # type: ignore[index]


def test_bounds_of_a_scene_hold_surfels() -> None:
    found = scene(surfels=make_surfels(2))
    assert found.bounds is not None and found.bounds.tolist() == [[0, 1, 2], [3, 4, 5]]
    both = replace(make_scene(), surfels=make_surfels(2, means=np.full((2, 3), 50.0)))
    assert both.bounds is not None and both.points is not None
    assert both.bounds[1].tolist() == [50, 50, 50]
    assert np.array_equal(both.bounds[0], both.points.points.min(axis=0))
    assert scene().bounds is None
    assert scene(surfels=make_surfels(0)).bounds is None


def test_grids_cannot_be_changed_from_outside() -> None:
    given_grids = {7: make_grid()}
    found = scene(grids=given_grids)
    given_grids.clear()
    assert list(found.grids) == [7]
    with pytest.raises(TypeError):
        found.grids[3] = make_grid()  # type: ignore[index]
    assert dict(Scene(InstanceTable.empty()).grids) == {}


def test_a_scene_is_shown_in_one_line() -> None:
    text = repr(make_scene())
    assert text.startswith("Scene(") and "instances" in text and len(text) < 120


def test_fragments_have_ids_of_their_own() -> None:
    scene = make_full_scene()
    assert scene.points is not None and scene.fragments.id.tolist() == [15]
    with pytest.raises(ConventionError, match=r"Scene.fragments: expected ids that no instance"):
        replace(scene, fragments=scene.instances[:1])
    points = replace(scene.points, fragment_id=np.full(10, 7, np.int32))
    with pytest.raises(ConventionError, match=r"fragment_id: expected ids of the table of fragm"):
        replace(scene, points=points)


def test_the_unit_of_a_scene() -> None:
    scene = make_scene()
    assert scene.is_metric and scene.unit == "meter"
    assert replace(scene, is_metric=False).unit == "arbitrary"


def test_instances_that_are_kept_go_back_into_the_scene() -> None:
    scene = make_full_scene()
    first, *others = scene.instances.id.tolist()
    for keep in (scene.instances.id == first, scene.instances[:1]):
        kept = scene.keep(keep)
        assert kept.instances.id.tolist() == [first]
        assert set(kept.assets) <= {first} and kept.rest is scene.rest
        assert kept.points is not None and scene.points is not None
        assert len(kept.points) == len(scene.points)
        assert kept.points.instance_id is not None
        assert not set(kept.points.instance_id.tolist()) & set(others)
    with pytest.raises(ConventionError) as caught:
        scene.keep(np.array([1, 2]))
    assert str(caught.value) == (
        f"Mask of instances to keep: expected {len(scene.instances)} booleans, got (2,) int64"
    )
    stranger = replace(scene.instances[:1], id=np.array([99], np.int32))
    with pytest.raises(ConventionError, match=r"Table of instances to keep: .* unknown ids \[99\]"):
        scene.keep(stranger)


def test_only_some_instances_and_nothing_else() -> None:
    scene = make_full_scene()
    first = int(scene.instances.id[0])
    only = scene.only(first)
    assert only.instances.id.tolist() == [first] and only.rest is None
    assert only.points is not None and only.points.instance_id is not None
    assert set(only.points.instance_id.tolist()) == {first}
    with pytest.raises(ConventionError, match="instance 99: expected one of the ids"):
        scene.only(first, 99)
    with pytest.raises(ConventionError, match=r"Scene\.only: expected one or more ids, got none"):
        scene.only()


def test_a_summary_for_notebooks() -> None:
    page = make_full_scene()._repr_html_()
    assert "<b>Scene(" in page and "meter" in page and "<th>label</th>" in page


def test_relabel() -> None:
    full = make_full_scene()
    before = full.instances.label
    found = full.relabel({12: "stool", 7: ""})
    changed = {12: "stool", 7: ""}
    wanted = [changed.get(i, w) for i, w in zip(full.instances.id.tolist(), before, strict=True)]
    assert list(found.instances.label) == wanted
    assert dict(found.instances.by_id(12).label_scores) == {}
    assert full.instances.label == before and found.points is full.points
    assert found.relabel({}).instances.label == found.instances.label
    with pytest.raises(ConventionError, match="label of instance 12: expected text, got 5"):
        full.relabel({12: 5})  # type: ignore[dict-item]
    with pytest.raises(ConventionError, match="99"):
        full.relabel({99: "mug"})
