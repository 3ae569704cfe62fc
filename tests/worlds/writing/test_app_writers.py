"""Captures as apps and datasets of apps write them: names, times and rotated bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from scenewright.worlds import SyntheticCapture
from scenewright.worlds.writing import TruthParts, write_capture

BARE = TruthParts(meshes=False, amodal=False)


def test_arkitscenes_has_times_in_names_and_poses_of_the_world(
    film: SyntheticCapture, tmp_path: Path
) -> None:
    folder = write_capture(film, tmp_path / "film", layout="arkitscenes", truth=BARE)
    names = sorted(path.stem for path in (folder / "lowres_wide").iterdir())
    assert names[:2] == ["40000000_0.000", "40000000_0.100"]
    text = (folder / "lowres_wide_intrinsics" / "40000000_0.100.pincam").read_text().split()
    assert [int(text[0]), int(text[1])] == [film.camera.width, film.camera.height]
    row = np.array((folder / "lowres_wide.traj").read_text().splitlines()[1].split(), float)
    inverse = np.linalg.inv(film.world_from_cam[1])
    assert row[0] == pytest.approx(0.1)
    np.testing.assert_allclose(
        Rotation.from_rotvec(row[1:4]).as_matrix(), inverse[:3, :3], atol=1e-9
    )
    np.testing.assert_allclose(row[4:], inverse[:3, 3], atol=1e-9)


def test_sun3d_rotates_the_bits_of_depth(film: SyntheticCapture, tmp_path: Path) -> None:
    folder = write_capture(film, tmp_path / "film", layout="sun3d", truth=BARE)
    first = folder / "depth" / "0000001-000000000000.png"
    stored = np.array(Image.open(first)).astype(np.uint16)
    depth = film[0].depth
    assert depth is not None
    meters = ((stored >> 3) | (stored << 13)) / 1000
    np.testing.assert_allclose(meters, depth, atol=0.0006)
    (poses,) = (folder / "extrinsics").glob("*.txt")
    numbers = np.array(poses.read_text().split(), float).reshape(-1, 3, 4)
    np.testing.assert_allclose(numbers, film.world_from_cam[:, :3], atol=1e-9)


def test_polycam_and_rtabmap_have_a_camera_for_each_frame(
    film: SyntheticCapture, tmp_path: Path
) -> None:
    polycam = write_capture(film, tmp_path / "a", layout="polycam", truth=BARE)
    rtabmap = write_capture(film, tmp_path / "b", layout="rtabmap", truth=BARE)
    assert len(list((polycam / "keyframes" / "cameras").iterdir())) == len(film)
    assert len(list((rtabmap / "rtabmap_calib").iterdir())) == len(film)
