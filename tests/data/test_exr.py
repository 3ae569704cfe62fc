"""Depth in EXR files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import CaptureError, MissingExtraError
from scenewright.data import exr
from scenewright.data.exr import read_exr_depth
from scenewright.data.file_readers import image_size, read_stored_depth

DEPTH = np.linspace(0.5, 3, 12, dtype=np.float32).reshape(3, 4)


def write(path: Path, **channels: NDArray[Any]) -> Path:
    """Writes channels by name."""
    library = pytest.importorskip("OpenEXR")
    header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    library.File(header, channels).write(str(path))
    return path


@pytest.mark.parametrize("name", ["Z", "V", "depth", "anything"])
def test_a_single_channel_is_the_depth(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.exr", **{name: DEPTH})
    assert np.array_equal(read_stored_depth(path), DEPTH) and image_size(path) == (4, 3)


def test_gray_pictures_and_named_channels_are_read(tmp_path: Path) -> None:
    gray = write(tmp_path / "a.exr", R=DEPTH, G=DEPTH, B=DEPTH)
    assert np.array_equal(read_exr_depth(gray), DEPTH)
    far = DEPTH.copy()
    far[0, 0] = np.inf
    named = write(tmp_path / "b.exr", R=DEPTH, G=DEPTH * 2, B=DEPTH, Z=far)
    found = read_exr_depth(named)
    assert found[0, 0] == 0 and np.array_equal(found[1:], DEPTH[1:])


def test_other_files_are_refused(tmp_path: Path) -> None:
    colors = write(tmp_path / "a.exr", R=DEPTH, G=DEPTH * 2, B=DEPTH)
    with pytest.raises(CaptureError, match="does not say which of its channels is the depth"):
        read_exr_depth(colors)
    damaged = tmp_path / "b.exr"
    damaged.write_bytes(b"\x76\x2f\x31\x01" + bytes(100))
    with pytest.raises(CaptureError, match=r"b\.exr cannot be decoded"):
        read_exr_depth(damaged)
    with pytest.raises(CaptureError, match=r"c\.exr is missing"):
        read_exr_depth(tmp_path / "c.exr")


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(package: str, *, extra: str) -> None:
        raise MissingExtraError(f"{package} {extra}")

    monkeypatch.setattr(exr, "require", lacking)
    with pytest.raises(MissingExtraError, match="OpenEXR exr"):
        read_exr_depth(tmp_path / "a.exr")
