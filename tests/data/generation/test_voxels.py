"""Reading voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, PointCloud
from scenewright.data.generation.voxels import read_voxels
from scenewright.io import write_ply_points


def test_centers_become_coordinates(tmp_path: Path) -> None:
    coordinates = np.random.default_rng(0).integers(0, 64, (500, 3))
    centers = ((coordinates + 0.5) / 64 - 0.5).astype(np.float32)
    write_ply_points(tmp_path / "v.ply", PointCloud(centers))
    assert np.array_equal(read_voxels(tmp_path / "v.ply"), coordinates)


def test_points_outside_of_the_cube(tmp_path: Path) -> None:
    path = tmp_path / "v.ply"
    write_ply_points(path, PointCloud(np.array([[0, 0, 0.75]], np.float32)))
    with pytest.raises(FormatError) as caught:
        read_voxels(path)
    assert str(caught.value) == (
        f"{path}: expected centers of voxels in the cube from -0.5 to 0.5, "
        "got points from 0 to 0.75"
    )
