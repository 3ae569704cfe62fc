"""Projection of surfels against plain linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.columns import (
    RECORD_ANCHOR,
    RECORD_COLOR,
    RECORD_DEPTH,
    RECORD_NORMAL,
    RECORD_OPACITY,
)
from scenewright.splats.rasterizer.projection import project_surfels
from scenewright.splats.rasterizer.rasterization import Viewpoint
from tests.splats.splat_builders import make_camera, make_pose, make_surfels

CAMERA, POSE = make_camera(), make_pose(3)


def project(arrays: SurfelArrays) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Records and bounding boxes of float64 surfels."""
    view = Viewpoint.of(CAMERA, POSE)
    records, boxes, _ = project_surfels(
        *arrays, view.K, view.cam_from_world, view.origin, view.size, 0.05, 0
    )
    return np.asarray(records, np.float64), boxes


def to_pixels(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2) world points in pixels, with pixel centers at integers."""
    local = (points - POSE[:3, 3]) @ POSE[:3, :3]
    homogeneous = local @ CAMERA.K.T
    return np.asarray(homogeneous[..., :2] / homogeneous[..., 2:] - 0.5)


def test_records_take_points_of_the_disk_to_their_pixels() -> None:
    arrays = make_surfels(60, 4)
    records, boxes = project(arrays)
    drawn = np.flatnonzero(boxes[:, 1] > boxes[:, 0])
    assert len(drawn) > 20
    rotation = Rotation.from_quat(arrays.quats[:, [1, 2, 3, 0]]).as_matrix()
    for i in drawn.tolist():
        T = records[i, :9].reshape(3, 3)
        for u, v in ((0.0, 0.0), (1.0, -0.5), (-0.3, 0.8)):
            axes = rotation[i, :, :2] * arrays.scales[i]
            point = arrays.means[i] + axes @ np.array([u, v])
            x, y, w = T @ np.array([u, v, 1.0])
            anchor = records[i, RECORD_ANCHOR : RECORD_ANCHOR + 2]
            assert np.array([x, y]) / w + anchor == pytest.approx(to_pixels(point), abs=1e-8)
        local = POSE[:3, :3].T @ (arrays.means[i] - POSE[:3, 3])
        assert records[i, RECORD_DEPTH] == pytest.approx(local[2])
        normal = records[i, RECORD_NORMAL : RECORD_NORMAL + 3]
        assert abs(normal @ (POSE[:3, :3].T @ rotation[i, :, 2])) == pytest.approx(1)
        assert normal @ local < 0  # toward the camera
        assert records[i, RECORD_OPACITY] == arrays.opacities[i]
        color = np.maximum(0.5 + 0.28209479177387814 * arrays.sh[i, 0], 0)
        assert records[i, RECORD_COLOR : RECORD_COLOR + 3] == pytest.approx(color)


def test_boxes_hold_all_pixels_that_the_disk_can_show() -> None:
    arrays = make_surfels(60, 5)
    _, boxes = project(arrays)
    rotation = Rotation.from_quat(arrays.quats[:, [1, 2, 3, 0]]).as_matrix()
    angle = np.linspace(0, 2 * np.pi, 90)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for i in np.flatnonzero(boxes[:, 1] > boxes[:, 0]).tolist():
        reach = np.sqrt(2 * np.log(255 * arrays.opacities[i]))
        rim = arrays.means[i] + reach * (circle * arrays.scales[i]) @ rotation[i, :, :2].T
        pixels = to_pixels(rim)
        low = np.clip(np.ceil(pixels.min(axis=0)), 0, None)
        high = np.minimum(np.floor(pixels.max(axis=0)), np.array(CAMERA.size[::-1]) - 1)
        assert (boxes[i, [0, 2]] <= low).all() and (boxes[i, [1, 3]] > high).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [("means", [0.0, 0.0, -3.0]), ("opacities", 1 / 300), ("means", [90.0, 0.0, 4.0])],
)
def test_surfels_that_cannot_be_seen_are_culled(field: str, value: object) -> None:
    arrays = make_surfels(1, 1)._replace(means=np.array([[0.0, 0.0, 4.0]]))
    assert project(arrays)[1][0, 1] > 0
    changed = getattr(arrays, field).copy()
    changed[0] = value
    assert not project(arrays._replace(**{field: changed}))[1].any()
