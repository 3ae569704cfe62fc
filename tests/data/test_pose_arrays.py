"""Lists of poses in JSON and in arrays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data import open_capture
from scenewright.data.pose_arrays import read_pose_arrays
from tests.data.capture_builders import Room, write_plain


def write_json(folder: Path, value: Any) -> None:
    (folder / "poses.json").write_text(json.dumps(value))


def by_name(poses: NDArray[np.float64]) -> dict[str, Any]:
    """In no order, so that names must count."""
    return {f"{i:06d}.png": poses[i].tolist() for i in reversed(range(len(poses)))}


FORMS: dict[str, Callable[[Path, NDArray[np.float64]], None]] = {
    "by name": lambda folder, poses: write_json(folder, by_name(poses)),
    "list": lambda folder, poses: write_json(folder, poses[:, :3].tolist()),
    "flat numbers": lambda folder, poses: write_json(
        folder, {"poses": poses.reshape(-1, 16).tolist()}
    ),
    "objects": lambda folder, poses: write_json(
        folder,
        {"frames": [{"file_path": f"a/{n}", "c2w": m} for n, m in by_name(poses).items()]},
    ),
    "array": lambda folder, poses: np.save(folder / "poses.npy", poses),
    "rows": lambda folder, poses: np.save(folder / "trajectory.npy", poses[:, :3].reshape(-1, 12)),
    "archive": lambda folder, poses: np.savez(folder / "poses.npz", c2w=poses, K=np.eye(3)),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms(form: str, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path / "capture", room)
    shutil.rmtree(folder / "pose")
    FORMS[form](folder, room.poses)
    found = [frame.world_from_cam for frame in open_capture(folder)]
    for pose, true in zip(found, room.poses, strict=True):
        assert pose is not None
        np.testing.assert_allclose(pose, true, atol=1e-9)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("[[1, 2], [3]]", "2"),
        ('{"poses": [{"q": [1, 2]}]}', "1 x 1 numbers"),
        ('"x"', "str"),
        ("[[[1, 0, 0], [0, 1, 0], [0, 0, 1]]]", "1 x 9 numbers"),
    ],
)
def test_json_without_poses(value: str, got: str, tmp_path: Path) -> None:
    path = tmp_path / "poses.json"
    path.write_text(value)
    with pytest.raises(CaptureError, match="holds no list of poses") as caught:
        read_pose_arrays(path)
    assert got in str(caught.value)


def test_broken_files(tmp_path: Path) -> None:
    (tmp_path / "poses.json").write_text("{")
    with pytest.raises(CaptureError, match="not valid JSON"):
        read_pose_arrays(tmp_path / "poses.json")
    for name in ("poses.npy", "poses.npz"):
        (tmp_path / name).write_bytes(b"no array")
        with pytest.raises(CaptureError, match="holds no list of poses"):
            read_pose_arrays(tmp_path / name)
    np.savez(tmp_path / "poses.npz", a=np.eye(4), b=np.eye(4))
    with pytest.raises(CaptureError, match="arrays called a, b"):
        read_pose_arrays(tmp_path / "poses.npz")
    np.save(tmp_path / "poses.npy", np.array([{"x": 1}], object), allow_pickle=True)
    with pytest.raises(CaptureError, match="holds no list of poses"):
        read_pose_arrays(tmp_path / "poses.npy")
