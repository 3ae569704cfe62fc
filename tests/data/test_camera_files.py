"""Files with intrinsics, as many programs write them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture
from scenewright.data.camera_files import find_camera, read_yaml_camera
from tests.data.capture_builders import (
    FOCAL,
    HEIGHT,
    K_INTEGER,
    WIDTH,
    Room,
    as_4x4,
    assert_shows,
    write_seven_scenes,
    write_tum,
)

CENTER = {"cx": K_INTEGER[0, 2], "cy": K_INTEGER[1, 2]}
NAMED = {"fx": FOCAL, "fy": FOCAL, **CENTER}
SIZE = (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("intrinsic.json", {"intrinsic_matrix": K_INTEGER.T.ravel().tolist()}),
        ("intrinsics.json", {"K": K_INTEGER.tolist()}),
        ("intrinsics.json", {"camera_matrix": K_INTEGER.ravel().tolist()}),
        ("camera.json", NAMED | {"width": WIDTH, "height": HEIGHT}),
        ("camera_info.json", {"camera": NAMED | {"w": WIDTH, "h": HEIGHT, "scale": 5000}}),
        ("camera.json", {"fl_x": FOCAL, "fl_y": FOCAL, **CENTER}),
        ("intrinsics.json", {"fx": FOCAL, "fy": FOCAL, "ppx": CENTER["cx"], "ppy": CENTER["cy"]}),
    ],
)
def test_objects(name: str, values: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / name).write_text(json.dumps(values))
    found = find_camera(tmp_path, depth=SIZE, color=SIZE)
    assert found is not None and found.path.name == name
    np.testing.assert_allclose(found.intrinsics.K, K_INTEGER)
    assert found.intrinsics.size == SIZE
    assert found.depth_scale == (5000 if "scale" in json.dumps(values) else None)


@pytest.mark.parametrize("name", ["intrinsics.txt", "intrinsics_depth.txt", "intrinsic_depth.txt"])
def test_matrices_of_the_depth_images(name: str, tmp_path: Path) -> None:
    np.savetxt(tmp_path / name, as_4x4(K_INTEGER))
    found = find_camera(tmp_path, depth=SIZE, color=(2 * WIDTH, 2 * HEIGHT))
    assert found is not None and found.intrinsics.size is None
    (tmp_path / name).write_text(f"{FOCAL} {FOCAL} {CENTER['cx']} {CENTER['cy']}\n")
    four = find_camera(tmp_path, depth=SIZE, color=None)
    assert four is not None
    np.testing.assert_allclose(four.intrinsics.K, K_INTEGER)


def test_a_matrix_of_the_color_images_belongs_to_their_size(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "intrinsics_color.txt", np.diag([2.0, 2.0, 1.0]) @ K_INTEGER)
    found = find_camera(tmp_path, depth=SIZE, color=(2 * WIDTH, 2 * HEIGHT))
    assert found is not None
    assert found.intrinsics.camera(*SIZE).fx == FOCAL


def info_text(*, key: str = "m_calibrationDepthIntrinsic") -> str:
    numbers = " ".join(map(repr, as_4x4(K_INTEGER).ravel().tolist()))
    return (
        f"m_versionNumber = 4\nm_depthWidth = {WIDTH}\nm_depthHeight = {HEIGHT}\n"
        f"m_depthShift = 1000\n{key} = {numbers}\nm_frames.size = 8\n"
    )


@pytest.mark.parametrize("name", ["info.txt", "_info.txt"])
def test_key_value_lists_replace_the_default_camera(name: str, room: Room, tmp_path: Path) -> None:
    folder = write_seven_scenes(tmp_path, room)
    (folder / "camera-intrinsics.txt").unlink()
    (folder / name).write_text(info_text())
    capture = open_capture(folder)
    assert_shows(capture, room)
    assert f"intrinsics from {name}" in capture.description


def test_a_description_that_cannot_be_read_is_not_replaced_by_a_default(
    room: Room, tmp_path: Path
) -> None:
    folder = write_seven_scenes(tmp_path, room)
    (folder / "camera-intrinsics.txt").unlink()
    (folder / "info.txt").write_text(info_text(key="m_other"))
    with pytest.raises(CaptureError, match=r"info\.txt contains no intrinsics"):
        open_capture(folder)


@pytest.mark.parametrize("write", [write_seven_scenes, write_tum])
def test_a_default_camera_is_a_warning(write: object, long_room: Room, tmp_path: Path) -> None:
    assert callable(write)
    folder = write(tmp_path, long_room)
    for name in ("camera-intrinsics.txt", "intrinsics.txt"):
        (folder / name).unlink(missing_ok=True)
    found = [p for p in check_capture(folder).problems if p.code == "default-camera"]
    assert len(found) == 1 and found[0].severity == "warning"
    assert "holds no intrinsics, so those of another camera are assumed: fx = fy" in found[0].what
    values = [FOCAL * 640 / WIDTH, FOCAL * 640 / WIDTH, 319.5, 239.5]
    (folder / "capture.json").write_text(json.dumps({"intrinsics": values}))
    codes = {p.code for p in check_capture(folder).problems}
    assert not codes & {"default-camera", "intrinsics-focal"}


def test_calibration_files_of_opencv(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    numbers = ", ".join(map(str, K_INTEGER.ravel().tolist()))
    path.write_text(
        f"%YAML:1.0\n---\nimage_width: {WIDTH}\nimage_height: {HEIGHT}\ncamera_matrix:\n"
        f"   rows: 3\n   cols: 3\n   data: [ {numbers} ]\n"
    )
    found = read_yaml_camera(path)
    np.testing.assert_allclose(found.K, K_INTEGER)
    assert found.size == SIZE
    path.write_text("image_width: 3\n")
    with pytest.raises(CaptureError, match="contains no camera matrix"):
        read_yaml_camera(path)
