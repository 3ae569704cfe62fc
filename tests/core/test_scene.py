"""Tables of instances, and scenes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    Asset,
    ConventionError,
    FeatureColumn,
    InstanceTable,
    Scene,
    ScenewrightError,
    ShapeError,
    Step,
)
from tests.builders import assert_same_table, make_cube, make_scene


def table() -> InstanceTable:
    return make_scene().instances


def test_rows_come_back() -> None:
    rows = list(table())
    assert [row.id for row in rows] == [7, 12, 3]
    again = InstanceTable.from_rows(rows)
    assert_same_table(again, table())
    assert table().by_id(3).score == 1.0
    assert len(InstanceTable.empty()) == 0 and list(InstanceTable.empty()) == []


def test_indexing() -> None:
    assert table()[table().score > 0.2].id.tolist() == [12, 3]
    assert table()[np.array([2, 0])].label == ("", "chair")
    assert table()[1:].id.tolist() == [12, 3]
    part = table()[np.array([False, True, False])]
    assert part.features["masks"].vectors.shape == (1, 4)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"id": np.array([7, 7, 3])}, ConventionError,
         "InstanceTable.id: expected each id once, got a repeated id"),
        ({"id": np.array([7, 0, 3])}, ConventionError,
         "InstanceTable.id: expected 1 or more, got 0"),
        ({"id": np.array([7, 2**31, 3])}, ShapeError,
         "InstanceTable.id: expected values that fit int32, got int64"),
        ({"label": ("a",)}, ShapeError, "InstanceTable.label: expected 3 words, got 1"),
        ({"score": np.array([0, 1, 1.5])}, ConventionError,
         "InstanceTable.score: expected values in [0, 1], got 0 to 1.5"),
        ({"score": np.array([0, 1, np.nan])}, ConventionError,
         "InstanceTable.score: expected finite values, got 1 that are NaN or infinite"),
        ({"size": -np.ones((3, 3))}, ConventionError,
         "InstanceTable.size: expected 0 or more, got -1"),
        ({"center": np.zeros((2, 3))}, ShapeError,
         "InstanceTable.center: expected shape (3, 3), got (2, 3)"),
        ({"rotation": np.zeros((3, 3, 3))}, ConventionError,
         "InstanceTable.rotation: expected a rotation (orthonormal, determinant +1), got a matrix "
         "that is 1 away from one. A hidden scale or a flipped axis is the usual cause."),
        ({"features": {"clip": FeatureColumn(np.eye(2))}}, ShapeError,
         "InstanceTable.features['clip']: expected 3 rows, got 2"),
        ({"num_points": np.array([1, -2, 3])}, ConventionError,
         "InstanceTable.num_points: expected 0 or more, got -2"),
    ],
)  # fmt: skip
def test_invalid_tables_cannot_be_built(
    changes: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        replace(table(), **changes)
    assert str(caught.value) == text


def test_unknown_id() -> None:
    with pytest.raises(ConventionError) as caught:
        table().by_id(99)
    assert str(caught.value) == (
        "instance 99: expected one of the ids 3, 7, 12, got an id that none has"
    )


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
    assert scene.unit == "metre"


def test_history_grows_in_a_new_scene() -> None:
    scene = make_scene()
    later = scene.with_step(Step("clean", "0.1.0"))
    assert [step.name for step in later.provenance] == ["segment", "clean"]
    assert len(scene.provenance) == 1


def test_assets_cannot_be_changed_behind_its_back() -> None:
    mine = {7: Asset(make_cube())}
    scene = Scene(table(), assets=mine)
    mine.clear()
    assert set(scene.assets) == {7}
    with pytest.raises(TypeError):
        scene.assets[3] = Asset(make_cube())  # type: ignore[index]
