"""capture.json corrects what a layout found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import open_capture
from tests.data.capture_builders import (
    WIDTH,
    Room,
    message_of,
    write_plain,
    write_settings,
)


def test_settings_file(room: Room, tmp_path: Path) -> None:
    flipped = Room(room.images, room.depths * np.uint16(5), room.poses.copy())
    for i, pose in enumerate(room.poses):
        stored = pose @ np.diag([1.0, -1.0, -1.0, 1.0])
        stored[:3, 3] *= 1000
        flipped.poses[i] = np.linalg.inv(stored)
    folder = write_plain(tmp_path, flipped)
    write_settings(
        folder,
        name="kitchen",
        depth_scale=5000,
        pixel_center="half",
        pose="cam_from_world",
        axes="opengl",
        pose_scale=1000,
        up=[0, -2, 0],
        times=[i / 2 for i in range(len(room))],
    )
    capture = open_capture(folder)
    frame = capture[3]
    assert capture.name == "kitchen"
    assert capture.up is not None and capture.up.tolist() == [0, -1, 0]
    assert frame.camera.cx == WIDTH / 2 - 0.5
    assert frame.time == 1.5
    assert frame.depth is not None
    np.testing.assert_allclose(frame.depth, room.depths[3] / 1000, rtol=1e-6)
    assert frame.world_from_cam is not None
    np.testing.assert_allclose(frame.world_from_cam, room.poses[3], atol=1e-9)


def test_settings_errors(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    assert message_of(write_settings(folder, depthscale=1)) == (
        "DIR/capture.json contains an unknown key: expected keys among name, depth_scale, "
        "pixel_center, pose, axes, roll, body_from_cam, quaternion, depth, intrinsics, origin, "
        "pose_scale, up, times, got depthscale. "
        "Correct the spelling or remove the key."
    )
    assert message_of(write_settings(folder, pose="c2w")) == (
        "DIR/capture.json: 'pose' has an invalid value: expected 'world_from_cam', "
        "'cam_from_world', 'inverse_rotation' or 'inverse_position', got 'c2w'"
    )
    for bad in ({"depth_scale": 0}, {"up": [0, 0, 0]}, {"times": [1, 2]}, {"depth_scale": "x"}):
        assert "has an invalid value" in message_of(write_settings(folder, **bad))
    (folder / "capture.json").write_text("{")
    assert message_of(folder).startswith("DIR/capture.json is not valid JSON: got ")


def test_depth_scale_of_the_caller(room: Room, tmp_path: Path) -> None:
    folder = write_settings(write_plain(tmp_path, room), depth_scale=5000)
    depth = open_capture(folder, depth_scale=2000)[0].depth
    assert depth is not None
    np.testing.assert_allclose(depth, room.depths[0] / 2000, rtol=1e-6)


def test_camera_in_a_body(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    rows: list[list[float]] = [[0, 0, 1, 0.25], [-1, 0, 0, -0.5], [0, -1, 0, 1]]
    write_settings(folder, body_from_cam=rows)
    pose = open_capture(folder)[3].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose, room.poses[3] @ [*rows, [0, 0, 0, 1]], atol=1e-9)
    flat = [number for row in rows for number in row]
    write_settings(folder, body_from_cam=flat)
    again = open_capture(folder)[3].world_from_cam
    assert again is not None
    np.testing.assert_allclose(again, pose, atol=1e-9)
    for bad in ([1, 2, 3], np.eye(3).tolist(), (2 * np.eye(4)).tolist(), "x"):
        assert "'body_from_cam' has an invalid value" in message_of(
            write_settings(folder, body_from_cam=bad)
        )
