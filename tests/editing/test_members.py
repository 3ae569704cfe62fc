"""Labels of members that were not given, from the nearest that were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from scenewright.core import Asset, ConventionError, ShapeError
from scenewright.editing.members import (
    GivenLabels,
    checked_labels,
    member_labels,
    named_parts,
)
from tests.editing.editing_builders import SEEDS, make_edit_scene, make_strip
from tests.io.surfel_builders import make_surfels


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_every_member_gets_the_label_of_the_nearest(seed: int) -> None:
    scene = make_edit_scene(seed)
    assert scene.points is not None and scene.surfels is not None
    labels = np.random.default_rng(seed).integers(0, 3, len(scene.points))
    found = member_labels(scene, 2, GivenLabels(labels, None))
    own = scene.points.instance_id == 2
    assert np.array_equal(found.points, labels[own])
    positions = scene.points.points[own].astype(np.float64)
    surfels = scene.surfels.means[scene.surfels.instance_id == 2]
    for kind, queries in (
        (found.surfels, surfels),
        (found.elements, scene.assets[2].world_vertices()),
    ):
        gaps = np.linalg.norm(queries[:, None] - positions[None], axis=2)
        assert kind is not None and np.array_equal(kind, labels[own][gaps.argmin(axis=1)])
    assert found.cells is not None and len(found.cells) == 16
    assert found.asset_surfels is None


def test_labels_that_are_given_are_kept_and_all_of_them_are_seeds() -> None:
    scene = make_edit_scene()
    assert scene.points is not None and scene.surfels is not None
    points = np.zeros(len(scene.points), np.int64)
    surfels = np.ones(len(scene.surfels), np.int64)
    given_labels = GivenLabels(points, surfels)
    assert named_parts(scene, 2, given_labels) == [0, 1]
    found = member_labels(scene, 2, given_labels)
    assert found.points is not None and not found.points.any()
    assert found.surfels is not None and found.surfels.all()
    assert named_parts(scene, 2, GivenLabels(points, None)) == [0]
    assert named_parts(replace(scene, points=None), 2, GivenLabels(points, None)) == []


def test_surfels_beside_a_mesh_follow_too() -> None:
    scene = make_edit_scene()
    assert scene.points is not None
    mesh = make_strip(0.0)
    scene = replace(scene, assets={2: Asset(mesh, surfels=make_surfels(5, ids=False))})
    labels = (scene.points.points[:, 0] > 0.5).astype(np.int64)
    found = member_labels(scene, 2, GivenLabels(labels, None))
    assert found.asset_surfels is not None and found.asset_surfels.shape == (5,)
    assert found.elements is not None and found.elements.shape == (10,)
    nobody = member_labels(scene, 0, GivenLabels(labels, None))
    assert nobody.elements is None and nobody.cells is None and nobody.surfels is not None


def test_labels_are_checked() -> None:
    assert checked_labels("labels", None, None, 3) is None
    assert checked_labels("labels", [True, False], [1, 2], 2).tolist() == [1, 0]  # type: ignore[union-attr]
    for labels, ids, error, text in (
        ([0, 1], None, ConventionError,
         "labels: expected None, since the scene has nothing that they would label, got labels"),
        ([0, 1, 2], [1, 2], ShapeError, "labels: expected shape (2,), got (3,)"),
        ([0, -1], [1, 2], ConventionError, "labels: expected 0 or more, got -1"),
        ([0.0, 1.0], [1, 2], ShapeError, "labels: expected values that fit int64, got float64"),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            checked_labels("labels", labels, ids, 2)
        assert str(caught.value) == text
