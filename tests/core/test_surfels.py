"""Surfels: indexing, normals, colors, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    SH_C0,
    ConventionError,
    ScenewrightError,
    ShapeError,
)
from tests.core.core_builders import make_surfels, spoiled

FINITE = "expected finite values, got 1 that are NaN or infinite"


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: make_surfels(means=np.zeros((4, 2))), ShapeError,
     "SurfelCloud.means: expected shape (4, 3), got (4, 2)"),
    (lambda: make_surfels(means=spoiled((4, 3))), ConventionError, f"SurfelCloud.means: {FINITE}"),
    (lambda: make_surfels(quats=np.zeros((3, 4))), ShapeError,
     "SurfelCloud.quats: expected shape (4, 4), got (3, 4)"),
    (lambda: make_surfels(quats=np.zeros((4, 4))), ConventionError,
     "SurfelCloud.quats: expected unit quaternions, got length 0"),
    (lambda: make_surfels(quats=np.eye(4) * 1.25), ConventionError,
     "SurfelCloud.quats: expected unit quaternions, got length 1.25"),
    (lambda: make_surfels(scales=np.zeros((4, 3))), ShapeError,
     "SurfelCloud.scales: expected shape (4, 2), got (4, 3)"),
    (lambda: make_surfels(scales=spoiled((4, 2), 0)), ConventionError,
     "SurfelCloud.scales: expected above 0, got 0 m"),
    (lambda: make_surfels(scales=spoiled((4, 2), -0.25)), ConventionError,
     "SurfelCloud.scales: expected above 0, got -0.25 m"),
    (lambda: make_surfels(opacities=spoiled((4,), 1.5)), ConventionError,
     "SurfelCloud.opacities: expected values in [0, 1], got 0.5 to 1.5"),
    (lambda: make_surfels(opacities=spoiled((4,), np.inf)), ConventionError,
     f"SurfelCloud.opacities: {FINITE}"),
    (lambda: make_surfels(sh=np.zeros((4, 3))), ShapeError,
     "SurfelCloud.sh: expected shape (4, N, 3), got (4, 3)"),
    (lambda: make_surfels(sh=np.zeros((4, 5, 3))), ShapeError,
     "SurfelCloud.sh: expected 1, 4, 9 or 16 coefficients, got 5"),
    (lambda: make_surfels(instance_id=np.zeros(3, int)), ShapeError,
     "SurfelCloud.instance_id: expected shape (4,), got (3,)"),
    (lambda: make_surfels(instance_id=np.array([0, 1, -2, 3])), ConventionError,
     "SurfelCloud.instance_id: expected 0 or more, got -2"),
    (lambda: make_surfels(instance_score=spoiled((4,), -1)), ConventionError,
     "SurfelCloud.instance_score: expected values in [0, 1], got -1 to 0.5"),
    (lambda: make_surfels(features=np.zeros((5, 8))), ShapeError,
     "SurfelCloud.features: expected shape (4, N), got (5, 8)"),
    (lambda: make_surfels(features=spoiled((4, 8))), ConventionError,
     f"SurfelCloud.features: {FINITE}"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_surfels_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_surfels_are_indexed_like_arrays() -> None:
    cloud = make_surfels(
        instance_id=np.array([0, 3, 7, 3]),
        instance_score=np.array([0, 0.25, 0.5, 1]),
        features=np.arange(8).reshape(4, 2),
    )
    assert len(cloud) == 4 and cloud.sh_degree == 1
    assert cloud.instance_id is not None
    some = cloud[cloud.instance_id == 3]
    assert some.means.tolist() == [[3, 4, 5], [9, 10, 11]]
    assert some.instance_score is not None and some.instance_score.tolist() == [0.25, 1]
    assert some.features is not None and some.features.dtype == np.float32
    assert cloud[np.array([2, 0])].means[:, 0].tolist() == [6, 0]
    assert len(cloud[1:]) == 3 and len(cloud[:0]) == 0
    bare = make_surfels()[::2]
    assert bare.instance_id is None and bare.instance_score is None and bare.features is None


def test_ids_and_scores_are_replaced_together() -> None:
    cloud = make_surfels(instance_id=np.ones(4, int), instance_score=np.ones(4))
    other = cloud.with_instances(np.full(4, 2, np.int32))
    assert other.instance_id is not None and other.instance_id.tolist() == [2] * 4
    assert other.instance_score is None and other.means is cloud.means


@given(st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_normals_are_the_third_axis(quat: tuple[float, float, float, float]) -> None:
    w, x, y, z = np.array(quat) / np.linalg.norm(quat)
    (normal,) = make_surfels(1, quats=np.array([[w, x, y, z]])).normals()
    # q (0, 0, 1) q*, by the vector form of the product.
    axis = np.array([x, y, z])
    up = np.array([0.0, 0.0, 1.0])
    turned = up + 2 * np.cross(axis, np.cross(axis, up) + w * up)
    assert np.allclose(normal, turned, atol=1e-5)


def test_base_colors() -> None:
    sh = np.zeros((3, 4, 3), np.float32)
    sh[0, 0] = (1 - 0.5) / SH_C0
    sh[1, 0] = [-9, 0, 9]
    sh[2, 1:] = 5
    assert make_surfels(3, sh=sh).base_colors().tolist() == [
        [255, 255, 255], [0, 128, 255], [128, 128, 128],
    ]  # fmt: skip
