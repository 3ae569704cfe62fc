"""Point clouds: indexing and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    ConventionError,
    PointCloud,
    ScenewrightError,
    ShapeError,
)

FLAT: Any = np.zeros((2, 3))
"""Two points; Any, because the tests pass arrays of wrong types."""

INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: PointCloud(FLAT.reshape(3, 2)), ShapeError,
     "PointCloud.points: expected shape (N, 3), got (3, 2)"),
    (lambda: PointCloud(np.full((1, 3), np.nan)), ConventionError,
     "PointCloud.points: expected finite values, got 3 that are NaN or infinite"),
    (lambda: PointCloud(FLAT, np.full((2, 3), 300)), ShapeError,
     "PointCloud.colors: expected values that fit uint8, got int64"),
    (lambda: PointCloud(FLAT, instance_id=np.array([0, -1])), ConventionError,
     "PointCloud.instance_id: expected 0 or more, got -1"),
    (lambda: PointCloud(FLAT, instance_id=np.array([0])), ShapeError,
     "PointCloud.instance_id: expected shape (2,), got (1,)"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_clouds_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_cloud_is_indexed_like_an_array() -> None:
    cloud = PointCloud(
        np.arange(12, dtype=np.float32).reshape(4, 3),
        instance_id=np.array([0, 1, 1, 2], np.int32),
        normals=np.eye(4, 3, dtype=np.float32),
    )
    part = cloud[np.array([True, False, True, False])]
    assert len(part) == 2 and part.instance_id is not None and part.normals is not None
    assert part.instance_id.tolist() == [0, 1] and part.points[1].tolist() == [6, 7, 8]
    assert len(cloud[1:]) == 3
    other = cloud.with_instance_id(np.zeros(4, np.int32))
    assert cloud.instance_id is not None and cloud.instance_id.tolist() == [0, 1, 1, 2]
    assert other.instance_id is not None and not other.instance_id.any()
