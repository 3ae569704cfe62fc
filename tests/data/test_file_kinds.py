"""Files that were given instead of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import CaptureError
from scenewright.data import open_capture


@pytest.mark.parametrize(
    ("name", "kind", "advice"),
    [
        ("room.zip", "an archive", "Unpack it first, and give the folder."),
        ("room.R3D", "a recording of Record3D", "unzip FILE -d FOLDER"),
        ("scene0000_00.sens", "a stream of ScanNet", "reader.py --export_depth_images"),
        ("walk.mp4", "a video", "estimate the poses with COLMAP"),
        ("map.db", "a database of RTAB-Map", "rtabmap-export --images --poses_camera"),
        ("room.ply", "a 3D file, not a capture", "Use 'scenewright info'"),
        ("notes", "a file", "Give the folder that holds it."),
    ],
)
def test_the_error_names_the_kind_and_the_way(
    name: str, kind: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CaptureError) as caught:
        open_capture(tmp_path / name)
    assert f"expected the folder of a capture, got {kind}. " in str(caught.value)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("name", "got", "advice"),
    [
        ("poses_bounds.npy", "poses of LLFF", "transforms.json"),
        ("cameras_sphere.npz", "cameras of IDR or NeuS", "world_mat @ scale_mat"),
        ("scan.r3d", "a recording of Record3D", "unzip FILE -d FOLDER"),
        ("walk.MOV", "a video", "ffmpeg -i"),
    ],
)
def test_a_folder_with_the_files_of_another_program(
    name: str, got: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CaptureError) as caught:
        open_capture(tmp_path)
    assert f"got {name}, {got}, which is not read. " in str(caught.value)
    assert advice in str(caught.value)


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"got no such path\. Check the spelling of the path\.$"):
        open_capture(tmp_path / "room.zip")
