"""The .splat files of web viewers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError
from scenewright.io import load_scene
from scenewright.io.splat_file import read_splat_file

ROW = np.dtype([("means", "<f4", 3), ("scales", "<f4", 3), ("rgba", "u1", 4), ("quats", "u1", 4)])


def make_rows(count: int = 5) -> np.ndarray:
    rows = np.zeros(count, ROW)
    rows["means"] = np.arange(3 * count).reshape(count, 3)
    rows["scales"] = (0.2, 0.1, 0.0)
    rows["rgba"] = (255, 128, 0, 204)
    rows["quats"] = (255, 128, 128, 128)
    return rows


def test_positions_sizes_and_colors(tmp_path: Path) -> None:
    path = tmp_path / "a.splat"
    path.write_bytes(make_rows().tobytes())
    surfels, notes = read_splat_file(path)
    assert notes == ()
    np.testing.assert_array_equal(surfels.means, make_rows()["means"])
    np.testing.assert_allclose(surfels.scales, np.tile([0.2, 0.1], (5, 1)), rtol=1e-6)
    np.testing.assert_allclose(surfels.opacities, 0.8)
    assert surfels.base_colors().tolist() == [[255, 128, 0]] * 5
    np.testing.assert_allclose(np.abs(surfels.normals()), np.tile([0, 0, 1], (5, 1)), atol=1e-6)
    scene = load_scene(path)
    assert scene.surfels is not None and len(scene.surfels) == 5


def test_rows_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    rows = make_rows()
    rows["means"][1, 2] = np.nan
    (tmp_path / "a.splat").write_bytes(rows.tobytes())
    surfels, notes = read_splat_file(tmp_path / "a.splat")
    assert len(surfels) == 4
    assert notes == ("1 of 5 rows without usable numbers were left out",)
    rows["means"] = np.inf
    (tmp_path / "a.splat").write_bytes(rows.tobytes())
    with pytest.raises(FormatError, match="got other values in 5 of 5 rows"):
        read_splat_file(tmp_path / "a.splat")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_other_files(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.splat"
    path.write_bytes(bytes(size))
    with pytest.raises(FormatError) as caught:
        read_splat_file(path)
    assert str(caught.value) == (
        f"{path}: expected a .splat file, 32 bytes per Gaussian, got {size} bytes"
    )
