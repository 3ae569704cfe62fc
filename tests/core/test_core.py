"""Cameras, frames, boxes, clouds, meshes and assets are valid or cannot be built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    Asset,
    Box3D,
    Camera,
    ConventionError,
    Frame,
    Mesh,
    MissingExtraError,
    PointCloud,
    ScenewrightError,
    ShapeError,
    UnknownNameError,
    require,
)
from tests.builders import make_camera, make_cube, make_frame, make_placement, turn

EYE = np.eye(3)
LARGE = np.array([[500.0, 0, 4], [0, 500, 3], [0, 0, 1]])


def moved(**entries: float) -> np.ndarray:
    """A 4 x 4 identity with other entries, named m<row><column>."""
    matrix = np.eye(4)
    for name, value in entries.items():
        matrix[int(name[1]), int(name[2])] = value
    return matrix


INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: Camera(np.eye(2), 8, 6), ShapeError,
     "Camera.K: expected shape (3, 3), got (2, 2)"),
    (lambda: Camera(LARGE, 0, 6), ConventionError,
     "Camera size: expected at least 1 x 1 pixels, got 0 x 6"),
    (lambda: Camera(-EYE, 8, 6), ConventionError,
     "Camera.K: expected positive focal lengths, got fx -1, fy -1"),
    (lambda: Camera(LARGE * np.nan, 8, 6), ConventionError,
     "Camera.K: expected finite values, got 9 that are NaN or infinite"),
    (lambda: Camera(LARGE.T, 8, 6), ConventionError,
     "Camera.K: expected [[fx, s, cx], [0, fy, cy], [0, 0, 1]], got "
     "[[500.0, 0.0, 0.0], [0.0, 500.0, 0.0], [4.0, 3.0, 1.0]]"),
    (lambda: Frame(-1, make_camera(), None), ConventionError,
     "Frame.index: expected 0 or more, got -1"),
    (lambda: Frame(0, make_camera(), moved(m00=2)), ConventionError,
     "Frame.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 3 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: Frame(0, make_camera(), moved(m00=-1)), ConventionError,
     "Frame.world_from_cam: expected a rotation (orthonormal, determinant +1), got a matrix that "
     "is 0 away from one. A hidden scale or a flipped axis is the usual cause."),
    (lambda: Frame(0, make_camera(), moved(m03=-np.inf)), ConventionError,
     "Frame.world_from_cam: expected finite values, got 1 that are NaN or infinite"),
    (lambda: Frame(0, make_camera(), moved(m30=1)), ConventionError,
     "Frame.world_from_cam: expected last row 0 0 0 1, got [1.0, 0.0, 0.0, 1.0]"),
    (lambda: Frame(0, make_camera(), None, np.zeros((8, 6, 3), np.uint8)), ShapeError,
     "Frame.image: expected shape (6, 8, 3), got (8, 6, 3)"),
    (lambda: Frame(0, make_camera(), None, np.zeros((6, 8, 3))), ShapeError,
     "Frame.image: expected values that fit uint8, got float64"),
    (lambda: Frame(0, make_camera(), None, depth=np.zeros((6, 8), np.uint16)), ShapeError,
     "Frame.depth: expected floating-point metres, got uint16. Divide the stored integers by the "
     "depth scale first."),
    (lambda: Frame(0, make_camera(), None, depth=np.full((6, 8), -1.0)), ConventionError,
     "Frame.depth: expected 0 or more, got -1 m"),
    (lambda: Frame(0, make_camera(), None, time=np.nan), ConventionError,
     "Frame.time: expected finite seconds, got nan"),
    (lambda: Box3D(np.zeros(3), -np.ones(3), EYE), ConventionError,
     "Box3D.size: expected 0 or more, got [-1.0, -1.0, -1.0]"),
    (lambda: Box3D(np.zeros(2), np.ones(3), EYE), ShapeError,
     "Box3D.center: expected shape (3,), got (2,)"),
    (lambda: PointCloud(np.zeros((4, 2))), ShapeError,
     "PointCloud.points: expected shape (N, 3), got (4, 2)"),
    (lambda: PointCloud(np.full((1, 3), np.nan)), ConventionError,
     "PointCloud.points: expected finite values, got 3 that are NaN or infinite"),
    (lambda: PointCloud(np.zeros((2, 3)), np.full((2, 3), 300)), ShapeError,
     "PointCloud.colors: expected values that fit uint8, got int64"),
    (lambda: PointCloud(np.zeros((2, 3)), instance_id=np.array([0, -1])), ConventionError,
     "PointCloud.instance_id: expected 0 or more, got -1"),
    (lambda: PointCloud(np.zeros((2, 3)), instance_id=np.array([0])), ShapeError,
     "PointCloud.instance_id: expected shape (2,), got (1,)"),
    (lambda: Mesh(np.zeros((2, 3)), np.array([[0, 1, 2]])), ConventionError,
     "Mesh.faces: expected indices from 0 to 1, got 0 to 2"),
    (lambda: Mesh(np.zeros((2, 3)), np.zeros((0, 3), int), np.zeros((1, 3), int)), ShapeError,
     "Mesh.vertex_colors: expected shape (2, 3), got (1, 3)"),
    (lambda: Asset(make_cube(), moved(m00=-1)), ConventionError,
     "Asset.world_from_asset: expected a positive scale, got -1"),
    (lambda: Asset(make_cube(), moved(m33=2)), ConventionError,
     "Asset.world_from_asset: expected last row 0 0 0 1, got [0.0, 0.0, 0.0, 2.0]"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_objects_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_stretched_asset_is_refused() -> None:
    with pytest.raises(ConventionError, match="A hidden scale or a flipped axis"):
        Asset(make_cube(), np.diag([2.0, 1.0, 1.0, 1.0]))


@given(
    st.integers(1, 4000), st.integers(1, 4000), st.floats(0, 1), st.floats(0, 1), st.floats(1, 9)
)
def test_resized_camera_sees_the_same(
    width: int, height: int, u: float, v: float, depth: float
) -> None:
    # A point that lies at a share (u, v) of the old picture lies at the same share of the new.
    camera = make_camera(8, 6)
    other = camera.resized(width, height)
    ray = np.linalg.inv(camera.K) @ [u * 8, v * 6, 1] * depth
    x, y, w = other.K @ ray
    assert np.allclose([x / w, y / w], [u * width, v * height])
    assert other.size == (height, width)
    back = other.resized(8, 6)
    assert np.allclose(back.K, camera.K)


def test_camera_values() -> None:
    camera = Camera.from_focal(1.0, 2.0, 3.0, 4.0, width=6, height=8)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (1, 2, 3, 4)
    assert camera.size == (8, 6)


def test_frame_casts_what_loses_nothing() -> None:
    frame = make_frame()
    assert frame.depth is not None and frame.depth.dtype == np.float32
    wide = Frame(0, frame.camera, frame.world_from_cam, depth=frame.depth.astype(np.float64))
    assert wide.depth is not None and wide.depth.dtype == np.float32


@given(st.floats(-7, 7), st.integers(0, 2), st.tuples(*[st.floats(0.01, 9)] * 3))
def test_box_corners_and_contents(angle: float, axis: int, size: tuple[float, ...]) -> None:
    box = Box3D(np.array([1.0, -2, 3]), np.array(size), turn(angle, axis))
    corners = box.corners()
    assert box.volume == pytest.approx(np.prod(size))
    assert np.allclose(corners.mean(axis=0), box.center)
    for axis_number in range(3):
        edge = corners[1 << axis_number] - corners[0]
        assert np.allclose(edge, box.rotation[:, axis_number] * size[axis_number])
    assert box.contains(corners, margin=1e-6).all()
    assert box.contains(box.center[None])[0]
    outside = box.center + 1.01 * (corners - box.center)
    assert not box.contains(outside).any()


def test_cloud_is_indexed_like_an_array() -> None:
    cloud = PointCloud(
        np.arange(12).reshape(4, 3), instance_id=np.array([0, 1, 1, 2]), normals=np.eye(4)[:, :3]
    )
    part = cloud[np.array([True, False, True, False])]
    assert len(part) == 2 and part.instance_id is not None and part.normals is not None
    assert part.instance_id.tolist() == [0, 1] and part.points[1].tolist() == [6, 7, 8]
    assert len(cloud[1:]) == 3
    other = cloud.with_instance_id(np.zeros(4, np.int32))
    assert cloud.instance_id is not None and cloud.instance_id.tolist() == [0, 1, 1, 2]
    assert other.instance_id is not None and not other.instance_id.any()


@given(st.floats(0.01, 100), st.floats(-7, 7))
def test_asset_placement(scale: float, angle: float) -> None:
    asset = Asset(make_cube(), make_placement(angle=angle, scale=scale))
    assert asset.scale == pytest.approx(scale)
    world = asset.world_vertices()
    assert np.allclose(world.mean(axis=0), [1, 2, 0.5])
    edges = np.linalg.norm(world[[1, 2, 4]] - world[0], axis=1)
    assert np.allclose(edges, scale)


def test_values_cannot_be_replaced() -> None:
    with pytest.raises(AttributeError):
        make_camera().width = 3  # type: ignore[misc]


def test_error_text() -> None:
    full = ScenewrightError("file a.ply", expected="points", got="none", do="Save points.")
    assert str(full) == "file a.ply: expected points, got none. Save points."
    assert str(ScenewrightError("It failed")) == "It failed"
    assert str(ScenewrightError("It failed", do="Try again.")) == "It failed. Try again."
    assert str(UnknownNameError("x", got="y")) == "x: got y", "no quotes around it, as KeyError has"
    assert isinstance(ShapeError("x"), ValueError)


def test_missing_package_names_its_extra() -> None:
    assert require("json", extra="torch").__name__ == "json"
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package_xyz", extra="torch")
    assert str(caught.value) == (
        "The package 'no_such_package_xyz' is not installed. "
        'Install it with: pip install "scenewright[torch]"'
    )
    assert isinstance(caught.value, ImportError)
