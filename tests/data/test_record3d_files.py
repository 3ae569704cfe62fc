"""Depth and confidence of Record3D."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, MissingExtraError
from scenewright.data import record3d_files
from scenewright.data.file_readers import image_size, read_channel, read_stored_depth
from scenewright.data.record3d_files import read_record3d

DEPTH = np.linspace(0.5, 3, 12, dtype=np.float32).reshape(3, 4)


def write(folder: Path, name: str, values: np.ndarray) -> Path:
    """A compressed file of a recording."""
    library = pytest.importorskip("lzfse")
    (folder / "rgbd").mkdir(exist_ok=True)
    path = folder / "rgbd" / name
    path.write_bytes(library.compress(values.tobytes()))
    return path


def test_the_metadata_say_the_size(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text(json.dumps({"w": 8, "dw": 4, "dh": 3}))
    path = write(tmp_path, "0.depth", DEPTH)
    assert np.array_equal(read_stored_depth(path), DEPTH) and image_size(path) == (4, 3)
    trust = write(tmp_path, "0.conf", np.arange(12, dtype=np.uint8))
    assert read_channel(trust).tolist() == np.arange(12).reshape(3, 4).tolist()


@pytest.mark.parametrize("shape", [(256, 192), (640, 480), (960, 720)])
def test_older_recordings_have_known_sizes(shape: tuple[int, int], tmp_path: Path) -> None:
    values = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    assert np.array_equal(read_record3d(write(tmp_path, "0.depth", values)), values)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text(json.dumps({"dw": 4, "dh": 3}))
    path = write(tmp_path, "0.depth", DEPTH[:2])
    with pytest.raises(CaptureError, match="expected depth of 4 x 3 pixels, by metadata, got 8"):
        read_record3d(path)
    for data in (path.read_bytes()[:-9], b"nonsense" * 9, b""):
        path.write_bytes(data)
        with pytest.raises(CaptureError, match=r"0\.depth"):
            read_record3d(path)
    with pytest.raises(CaptureError, match="is missing"):
        read_record3d(tmp_path / "rgbd" / "1.depth")
    (tmp_path / "metadata").unlink()
    with pytest.raises(CaptureError, match="an unknown size"):
        read_record3d(write(tmp_path, "0.depth", DEPTH))


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(package: str, *, extra: str) -> None:
        raise MissingExtraError(f"{package} {extra}")

    monkeypatch.setattr(record3d_files, "require", lacking)
    with pytest.raises(MissingExtraError, match="lzfse record3d"):
        read_record3d(tmp_path / "0.depth")
