"""Surfels, views, state grids and the scene that holds them are valid or cannot be built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    FREE,
    OCCUPIED,
    SH_C0,
    UNKNOWN,
    ConventionError,
    InstanceTable,
    Scene,
    ScenewrightError,
    ShapeError,
    StateGrid,
    SurfelCloud,
    UnknownNameError,
    Views,
)
from tests.builders import make_frame, make_scene

FINITE = "expected finite values, got 1 that are NaN or infinite"


def surfels(n: int = 4, **changes: Any) -> SurfelCloud:
    quats = np.zeros((n, 4), np.float32)
    quats[:, 0] = 1
    columns: dict[str, Any] = {
        "means": np.arange(3 * n, dtype=np.float32).reshape(n, 3),
        "quats": quats,
        "scales": np.full((n, 2), 0.1, np.float32),
        "opacities": np.full(n, 0.5, np.float32),
        "sh": np.zeros((n, 4, 3), np.float32),
    }
    return SurfelCloud(**{**columns, **changes})


def spoilt(shape: tuple[int, ...], value: float = np.nan) -> np.ndarray:
    array = np.full(shape, 0.5, np.float32)
    array.ravel()[-1] = value
    return array


def views(n: int = 3, **changes: Any) -> Views:
    columns: dict[str, Any] = {
        "name": tuple(f"v{i}" for i in range(n)),
        "K": np.tile(np.array([[500.0, 0, 4], [0, 500, 3], [0, 0, 1]]), (n, 1, 1)),
        "size": np.tile(np.array([8, 6]), (n, 1)),
        "world_from_cam": np.tile(np.eye(4), (n, 1, 1)),
    }
    return Views(**{**columns, **changes})


def grid(**changes: Any) -> StateGrid:
    columns: dict[str, Any] = {
        "states": np.zeros((2, 3, 4), np.uint8),
        "origin": np.array([1.0, 2.0, 3.0]),
        "cell_size": 0.5,
        "seen_share": 0.25,
    }
    return StateGrid(**{**columns, **changes})


def scene(**changes: Any) -> Scene:
    return replace(make_scene(points=False, assets=False), **changes)


def one_repeated() -> np.ndarray:
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[1, 0, 0] = 2
    return poses


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: surfels(means=np.zeros((4, 2))), ShapeError,
     "SurfelCloud.means: expected shape (4, 3), got (4, 2)"),
    (lambda: surfels(means=spoilt((4, 3))), ConventionError, f"SurfelCloud.means: {FINITE}"),
    (lambda: surfels(quats=np.zeros((3, 4))), ShapeError,
     "SurfelCloud.quats: expected shape (4, 4), got (3, 4)"),
    (lambda: surfels(quats=np.zeros((4, 4))), ConventionError,
     "SurfelCloud.quats: expected unit quaternions, got length 0"),
    (lambda: surfels(quats=np.eye(4) * 1.25), ConventionError,
     "SurfelCloud.quats: expected unit quaternions, got length 1.25"),
    (lambda: surfels(scales=np.zeros((4, 3))), ShapeError,
     "SurfelCloud.scales: expected shape (4, 2), got (4, 3)"),
    (lambda: surfels(scales=spoilt((4, 2), 0)), ConventionError,
     "SurfelCloud.scales: expected above 0, got 0 m"),
    (lambda: surfels(scales=spoilt((4, 2), -0.25)), ConventionError,
     "SurfelCloud.scales: expected above 0, got -0.25 m"),
    (lambda: surfels(opacities=spoilt((4,), 1.5)), ConventionError,
     "SurfelCloud.opacities: expected values in [0, 1], got 0.5 to 1.5"),
    (lambda: surfels(opacities=spoilt((4,), np.inf)), ConventionError,
     f"SurfelCloud.opacities: {FINITE}"),
    (lambda: surfels(sh=np.zeros((4, 3))), ShapeError,
     "SurfelCloud.sh: expected shape (4, N, 3), got (4, 3)"),
    (lambda: surfels(sh=np.zeros((4, 5, 3))), ShapeError,
     "SurfelCloud.sh: expected 1, 4, 9 or 16 coefficients, got 5"),
    (lambda: surfels(instance_id=np.zeros(3, int)), ShapeError,
     "SurfelCloud.instance_id: expected shape (4,), got (3,)"),
    (lambda: surfels(instance_id=np.array([0, 1, -2, 3])), ConventionError,
     "SurfelCloud.instance_id: expected 0 or more, got -2"),
    (lambda: surfels(instance_score=spoilt((4,), -1)), ConventionError,
     "SurfelCloud.instance_score: expected values in [0, 1], got -1 to 0.5"),
    (lambda: surfels(features=np.zeros((5, 8))), ShapeError,
     "SurfelCloud.features: expected shape (4, N), got (5, 8)"),
    (lambda: surfels(features=spoilt((4, 8))), ConventionError, f"SurfelCloud.features: {FINITE}"),
    (lambda: views(name=("a", "b", "a")), ConventionError,
     "Views.name: expected each name once, got a repeated name"),
    (lambda: views(K=np.zeros((2, 3, 3))), ShapeError,
     "Views.K: expected shape (3, 3, 3), got (2, 3, 3)"),
    (lambda: views(K=np.tile(-np.eye(3), (3, 1, 1))), ConventionError,
     "Camera.K: expected positive focal lengths, got fx -1, fy -1"),
    (lambda: views(size=np.zeros((3, 2), int)), ConventionError,
     "Camera size: expected at least 1 x 1 pixels, got 0 x 0"),
    (lambda: views(size=np.full((3, 2), 2.5)), ShapeError,
     "Views.size: expected values that fit int32, got float64"),
    (lambda: views(world_from_cam=one_repeated()), ConventionError,
     "Views.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 3 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: views(world_from_cam=np.full((3, 4, 4), np.nan)), ConventionError,
     "Views.world_from_cam: expected finite values, got 48 that are NaN or infinite"),
    (lambda: views().index("v7"), UnknownNameError,
     "View 'v7': expected one of 3 names such as v0, v1, v2, got a name that no view has"),
    (lambda: Views.from_frames([make_frame(), replace(make_frame(1), world_from_cam=None)]),
     ShapeError, "Views of frames: expected a pose in every frame, got 1 without"),
    (lambda: grid(states=np.zeros((2, 3), np.uint8)), ShapeError,
     "StateGrid.states: expected shape (N, M, K), got (2, 3)"),
    (lambda: grid(states=np.full((1, 1, 1), 3, np.uint8)), ConventionError,
     "StateGrid.states: expected 0, 1 or 2, got 3"),
    (lambda: grid(origin=np.zeros(2)), ShapeError,
     "StateGrid.origin: expected shape (3,), got (2,)"),
    (lambda: grid(cell_size=0.0), ConventionError,
     "StateGrid.cell_size: expected above 0, got 0 m"),
    (lambda: grid(cell_size=np.nan), ConventionError,
     "StateGrid.cell_size: expected above 0, got nan m"),
    (lambda: grid(seen_share=1.5), ConventionError,
     "StateGrid.seen_share: expected values in [0, 1], got 1.5 to 1.5"),
    (lambda: scene(surfels=surfels(instance_id=np.array([7, 8, 0, 9]))), ConventionError,
     "Scene.surfels.instance_id: expected ids of the instance table, got unknown ids [8, 9]"),
    (lambda: scene(grids={7: grid(), 8: grid()}), ConventionError,
     "Scene.grids: expected ids of the instance table, got unknown ids [8]"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "kind", "message"), INVALID)
def test_what_is_invalid(
    build: Callable[[], Any], kind: type[ScenewrightError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        build()
    assert str(caught.value) == message


def test_surfels_are_indexed_like_arrays() -> None:
    cloud = surfels(
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
    bare = surfels()[::2]
    assert bare.instance_id is None and bare.instance_score is None and bare.features is None


def test_membership_is_replaced_whole() -> None:
    cloud = surfels(instance_id=np.ones(4, int), instance_score=np.ones(4))
    other = cloud.with_instances(np.full(4, 2, np.int32))
    assert other.instance_id is not None and other.instance_id.tolist() == [2] * 4
    assert other.instance_score is None and other.means is cloud.means


@given(st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_normals_are_the_third_axis(quat: tuple[float, float, float, float]) -> None:
    w, x, y, z = np.array(quat) / np.linalg.norm(quat)
    (normal,) = surfels(1, quats=np.array([[w, x, y, z]])).normals()
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
    assert surfels(3, sh=sh).base_colors().tolist() == [
        [255, 255, 255], [0, 128, 255], [128, 128, 128],
    ]  # fmt: skip


def test_views_of_frames() -> None:
    frames = [make_frame(i) for i in range(3)]
    found = Views.from_frames([*frames[:2], replace(frames[2], name="")])
    assert found.name == ("000000", "000001", "2")
    assert found.size.tolist() == [[8, 6]] * 3 and found.size.dtype == np.int32
    for (camera, pose), frame in zip(found, frames, strict=True):
        assert np.array_equal(camera.K, frame.camera.K)
        assert np.array_equal(pose, frame.world_from_cam)
    assert found.index("000001") == 1
    assert found[[True, False, True]].name == ("000000", "2")
    assert found[np.array([2, 0])].name == ("2", "000000")
    assert len(Views.from_frames([])) == 0


def test_centers_of_views() -> None:
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[1, :3, 3] = [1, 2, 3]
    assert views(2, world_from_cam=poses).centers.tolist() == [[0, 0, 0], [1, 2, 3]]


def test_centers_of_cells() -> None:
    assert (UNKNOWN, FREE, OCCUPIED) == (0, 1, 2)
    centers = grid().centers()
    assert centers.shape == (2, 3, 4, 3)
    assert centers[0, 0, 0].tolist() == [1.25, 2.25, 3.25]
    assert centers[1, 2, 3].tolist() == [1.75, 3.25, 4.75]


def test_bounds_of_a_scene_hold_surfels() -> None:
    place = scene(surfels=surfels(2))
    assert place.bounds is not None and place.bounds.tolist() == [[0, 1, 2], [3, 4, 5]]
    both = replace(make_scene(), surfels=surfels(2, means=np.full((2, 3), 50.0)))
    assert both.bounds is not None and both.points is not None
    assert both.bounds[1].tolist() == [50, 50, 50]
    assert np.array_equal(both.bounds[0], both.points.points.min(axis=0))
    assert scene().bounds is None
    assert scene(surfels=surfels(0)).bounds is None


def test_grids_cannot_be_changed_from_outside() -> None:
    given_grids = {7: grid()}
    place = scene(grids=given_grids)
    given_grids.clear()
    assert list(place.grids) == [7]
    with pytest.raises(TypeError):
        place.grids[3] = grid()  # type: ignore[index]
    assert dict(Scene(InstanceTable.empty()).grids) == {}
