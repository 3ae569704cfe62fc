"""A small room with exact depth, and writers of it in every layout that is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError, PointCloud
from scenewright.data import Capture, open_capture
from scenewright.io.colmap import (
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    write_colmap,
)

WIDTH, HEIGHT, FOCAL = 64, 48, 60.0
K_INTEGER = np.array([[FOCAL, 0, WIDTH / 2 - 0.5], [0, FOCAL, HEIGHT / 2 - 0.5], [0, 0, 1.0]])
FLIP_YZ = np.diag([1.0, -1.0, -1.0, 1.0])
ROOM = np.array([[-2.0, -1.6, -1.3], [2.5, 1.4, 2.9]])
CRATE = np.array([[-0.4, 0.5, 1.2], [0.5, 1.4, 1.9]])


@dataclass(frozen=True)
class Room:
    """Exact frames: (N, H, W, 3) uint8, (N, H, W) uint16 millimeters, (N, 4, 4) camera-to-world."""

    images: NDArray[np.uint8]
    depths: NDArray[np.uint16]
    poses: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.poses)


def make_room(num_frames: int = 8) -> Room:
    """A camera that turns and walks in a room with a crate, y down."""
    poses = np.tile(np.eye(4), (num_frames, 1, 1))
    steps = np.arange(num_frames) - num_frames / 2
    angles = np.stack([0.02 * steps, 0.08 * steps, 0.03 * steps], axis=1)
    poses[:, :3, :3] = Rotation.from_rotvec(angles).as_matrix()
    poses[:, :3, 3] = steps[:, None] * (0.12, -0.02, 0.05) + (0.0, 0.0, -0.6)
    return room_along(poses)


def make_walk(num_frames: int = 16) -> Room:
    """A camera that is held in the hand: it turns about all axes, and never twice in one way."""
    poses = np.tile(np.eye(4), (num_frames, 1, 1))
    steps = np.arange(num_frames)
    waves = [np.sin(rate * steps + start) for rate, start in ((0.9, 0), (0.6, 1), (0.75, 2))]
    angles = np.stack(waves, axis=1) * (0.12, 0.25, 0.15)
    poses[:, :3, :3] = Rotation.from_rotvec(angles).as_matrix()
    poses[:, :3, 3] = np.stack(waves[::-1], axis=1) * (0.5, 0.15, 0.25) + (0.0, 0.0, -0.6)
    return room_along(poses)


def room_along(poses: NDArray[np.float64]) -> Room:
    """The frames that a camera sees at these poses."""
    frames = [_render(pose) for pose in poses]
    return Room(np.stack([f[0] for f in frames]), np.stack([f[1] for f in frames]), poses)


def _render(pose: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x, y = (columns - K_INTEGER[0, 2]) / FOCAL, (rows - K_INTEGER[1, 2]) / FOCAL
    image, depth = render_rays(pose, x, y)
    return image, np.round(depth * 1000).astype(np.uint16)


def render_rays(
    pose: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """(H, W, 3) colors and (H, W) meters of the rays (x, y, 1) of a camera."""
    # Directions have z = 1 in the camera, so the ray parameter is the depth.
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        room = (np.where(rays > 0, ROOM[1], ROOM[0]) - pose[:3, 3]) / rays
        sides = np.sort((CRATE[:, None, None, :] - pose[:3, 3]) / rays, axis=0)
    enter, leave = sides[0].max(axis=-1), sides[1].min(axis=-1)
    wall = room.min(axis=-1)
    depth = np.where((enter < leave) & (enter > 0), np.minimum(enter, wall), wall)
    points = pose[:3, 3] + rays * depth[..., None]
    image = (128 + 90 * np.sin(3 * points)).astype(np.uint8)
    return image, depth


def save_picture(path: Path, pixels: NDArray[np.generic]) -> None:
    """Writes a PNG or JPEG, and the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def save_matrix(path: Path, matrix: NDArray[np.float64]) -> None:
    """Writes a matrix as text, and the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, matrix)


def as_4x4(K: NDArray[np.float64]) -> NDArray[np.float64]:
    """K in the upper left of a 4x4 identity."""
    matrix = np.eye(4)
    matrix[:3, :3] = K
    return matrix


def quaternions(room: Room) -> NDArray[np.float64]:
    """(N, 4) quaternions x y z w."""
    found: NDArray[np.float64] = Rotation.from_matrix(room.poses[:, :3, :3]).as_quat()
    return found


def write_plain(folder: Path, room: Room, *, suffix: str = ".png") -> Path:
    save_matrix(folder / "intrinsics.txt", K_INTEGER)
    for i in range(len(room)):
        save_picture(folder / "color" / f"{i:06d}{suffix}", room.images[i])
        save_picture(folder / "depth" / f"{i:06d}.png", room.depths[i])
        save_matrix(folder / "pose" / f"{i:06d}.txt", room.poses[i])
    return folder


def write_seven_scenes(folder: Path, room: Room) -> Path:
    save_matrix(folder / "camera-intrinsics.txt", K_INTEGER)
    for i in range(len(room)):
        save_picture(folder / f"frame-{i:06d}.color.png", room.images[i])
        depth = np.where(room.depths[i] == 0, 65535, room.depths[i]).astype(np.uint16)
        save_picture(folder / f"frame-{i:06d}.depth.png", depth)
        save_matrix(folder / f"frame-{i:06d}.pose.txt", room.poses[i])
    return folder


def write_apc(folder: Path, room: Room) -> Path:
    sections = [("Color camera intrinsic matrix", K_INTEGER)]
    for i in range(len(room)):
        save_picture(folder / f"frame-{i:06d}.color.png", room.images[i])
        units = room.depths[i] * np.uint16(10)
        rotated = (units << np.uint16(3)) | (units >> np.uint16(13))
        save_picture(folder / f"frame-{i:06d}.depth.png", rotated)
        title = f"Camera-to-world extrinsic matrix (camera pose) for frame-{i:06d}"
        sections.append((title, room.poses[i]))
    lines = ["# Environment: shelf"]
    for title, matrix in sections:
        lines += ["", f"# {title}", *("\t".join(f"{v: .12e}" for v in row) for row in matrix)]
    (folder / "cam.info.txt").write_text("\n".join(lines))
    return folder


def write_scannet(folder: Path, room: Room) -> Path:
    frames = folder / "frames"
    save_matrix(frames / "intrinsic" / "intrinsic_depth.txt", as_4x4(K_INTEGER))
    for i in range(len(room)):
        save_picture(frames / "color" / f"{i}.png", room.images[i])
        save_picture(frames / "depth" / f"{i}.png", room.depths[i])
        save_matrix(frames / "pose" / f"{i}.txt", room.poses[i])
    return folder


def write_scenenn(folder: Path, room: Room, *, log: bool = False) -> Path:
    save_matrix(folder / "intrinsic" / "intrinsic_depth.txt", K_INTEGER)
    lines = []
    for i in range(len(room)):
        save_picture(folder / "image" / f"image{i + 1:05d}.png", room.images[i])
        save_picture(folder / "depth" / f"depth{i + 1:05d}.png", room.depths[i])
        lines += [f"{i} {i} {i + 1}", *(" ".join(map(repr, row.tolist())) for row in room.poses[i])]
        if not log:
            save_matrix(folder / "pose" / f"{i + 1}.txt", room.poses[i])
    if log:
        (folder / "trajectory.log").write_text("\n".join(lines))
    return folder


def write_tum(folder: Path, room: Room) -> Path:
    save_matrix(folder / "intrinsics.txt", K_INTEGER)
    lists: dict[str, list[str]] = {"rgb": [], "depth": [], "groundtruth": []}
    for i, quaternion in enumerate(quaternions(room)):
        time = 100.0 + i / 10
        names = {"rgb": f"rgb/{time + 0.004:.6f}.png", "depth": f"depth/{time:.6f}.png"}
        save_picture(folder / names["rgb"], room.images[i])
        save_picture(folder / names["depth"], room.depths[i] * np.uint16(5))
        lists["rgb"].append(f"{time + 0.004:.6f} {names['rgb']}")
        lists["depth"].append(f"{time:.6f} {names['depth']}")
        numbers = [*room.poses[i, :3, 3], *quaternion]
        lists["groundtruth"].append(f"{time:.6f} " + " ".join(map(repr, map(float, numbers))))
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text("\n".join([f"# {name}", *lines]))
    return folder


def write_replica(folder: Path, room: Room) -> Path:
    for i in range(len(room)):
        save_picture(folder / "results" / f"frame{i:06d}.png", room.images[i])
        stored = np.round(room.depths[i] * 6.5535).astype(np.uint16)
        save_picture(folder / "results" / f"depth{i:06d}.png", stored)
    save_matrix(folder / "traj.txt", room.poses.reshape(len(room), 16))
    camera = {"w": WIDTH, "h": HEIGHT, "fx": FOCAL, "fy": FOCAL, "scale": 6553.5}
    camera |= {"cx": K_INTEGER[0, 2], "cy": K_INTEGER[1, 2]}
    (folder / "cam_params.json").write_text(json.dumps({"camera": camera}))
    return folder


def write_nerfstudio(folder: Path, room: Room) -> Path:
    frames = []
    for i in range(len(room)):
        save_picture(folder / "images" / f"{i:04d}.png", room.images[i])
        save_picture(folder / "depth" / f"{i:04d}.png", room.depths[i])
        frames.append(
            {
                "file_path": f"./images/{i:04d}.png",
                "depth_file_path": f"depth/{i:04d}.png",
                "transform_matrix": (room.poses[i] @ FLIP_YZ).tolist(),
            }
        )
    values: dict[str, Any] = {"fl_x": FOCAL, "fl_y": FOCAL, "cx": WIDTH / 2, "cy": HEIGHT / 2}
    values |= {"w": WIDTH, "h": HEIGHT, "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(values))
    return folder


def write_stray(folder: Path, room: Room, *, enlarge: int = 1) -> Path:
    """As the app does, with color `enlarge` times as large as depth."""
    K = K_INTEGER.copy()
    K[:2, 2] += 0.5
    K[:2] *= enlarge
    folder.mkdir(parents=True, exist_ok=True)
    np.savetxt(folder / "camera_matrix.csv", K, delimiter=", ")
    lines = ["timestamp, frame, x, y, z, qx, qy, qz, qw"]
    for i, quaternion in enumerate(quaternions(room)):
        image = room.images[i].repeat(enlarge, axis=0).repeat(enlarge, axis=1)
        save_picture(folder / "rgb" / f"{i:06d}.png", image)
        save_picture(folder / "depth" / f"{i:06d}.png", room.depths[i])
        trust = np.full((HEIGHT, WIDTH), 2, np.uint8)
        save_picture(folder / "confidence" / f"{i:06d}.png", trust)
        numbers = [*room.poses[i, :3, 3], *quaternion]
        lines.append(f"{7 + i / 60}, {i:06d}, " + ", ".join(map(repr, map(float, numbers))))
    (folder / "odometry.csv").write_text("\n".join(lines))
    return folder


def write_colmap_capture(
    folder: Path, room: Room, *, binary: bool = True, depth: bool = True, sparse: str = "sparse/0"
) -> Path:
    """A PINHOLE camera, the points of the first frame's middle row."""
    params = np.array([FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2])
    camera = ColmapCamera(1, "PINHOLE", WIDTH, HEIGHT, params)
    images = []
    for i, pose in enumerate(room.poses):
        save_picture(folder / "images" / f"{i:04d}.png", room.images[i])
        if depth:
            save_picture(folder / "depths" / f"{i:04d}.png", room.depths[i])
        images.append(ColmapImage(i + 1, f"{i:04d}.png", 1, np.linalg.inv(pose)))
    z = room.depths[0, HEIGHT // 2] / 1000
    x = (np.arange(WIDTH) - K_INTEGER[0, 2]) / FOCAL * z
    y = (HEIGHT // 2 - K_INTEGER[1, 2]) / FOCAL * z
    placed = np.stack([x, y, z], axis=1) @ room.poses[0, :3, :3].T + room.poses[0, :3, 3]
    cloud = PointCloud(placed.astype(np.float32), room.images[0, HEIGHT // 2])
    model = ColmapModel({1: camera}, tuple(images), ColmapPoints.of(cloud))
    if sparse == ".":
        write_colmap(folder / "model", model, binary=binary)
        for path in (folder / "model").iterdir():
            path.rename(folder / path.name)
        (folder / "model").rmdir()
    else:
        write_colmap(folder / sparse, model, binary=binary)
    return folder


def message_of(folder: Path, **options: Any) -> str:
    """The text of the `CaptureError` that opening a folder raises, with DIR for the folder."""
    with pytest.raises(CaptureError) as caught:
        open_capture(folder, **options)
    return str(caught.value).replace(str(folder), "DIR")


def write_settings(folder: Path, **values: object) -> Path:
    """Writes capture.json."""
    (folder / "capture.json").write_text(json.dumps(values))
    return folder


def assert_shows(capture: Capture, room: Room) -> None:
    """Asserts that a capture holds the frames of a room."""
    assert len(capture) == len(room)
    for i, frame in enumerate(capture):
        assert frame.index == i
        assert frame.camera.size == (HEIGHT, WIDTH)
        K = np.array([(FOCAL, 0, WIDTH / 2), (0, FOCAL, HEIGHT / 2), (0, 0, 1)], np.float64)
        np.testing.assert_allclose(frame.camera.K, K, atol=1e-9)
        assert frame.image is not None and frame.depth is not None
        assert frame.world_from_cam is not None
        np.testing.assert_array_equal(frame.image, room.images[i])
        np.testing.assert_allclose(frame.depth, room.depths[i] / 1000, atol=2e-4)
        np.testing.assert_allclose(frame.world_from_cam, room.poses[i], atol=1e-7)


def write_polycam(folder: Path, room: Room) -> Path:
    keyframes = folder / "keyframes"
    (keyframes / "cameras").mkdir(parents=True)
    for i, pose in enumerate(room.poses):
        name = str(65505281644 + i)
        save_picture(keyframes / "images" / f"{name}.png", room.images[i])
        save_picture(keyframes / "depth" / f"{name}.png", room.depths[i])
        stored = pose @ FLIP_YZ
        values = {f"t_{a}{b}": stored[a, b] for a in range(3) for b in range(4)}
        values |= {"fx": FOCAL, "fy": FOCAL, "cx": WIDTH / 2, "cy": HEIGHT / 2}
        values |= {"width": WIDTH, "height": HEIGHT}
        (keyframes / "cameras" / f"{name}.json").write_text(json.dumps(values))
    return folder


def write_record3d(folder: Path, room: Room) -> Path:
    """An unpacked .r3d file, compressed by the library that reads it."""
    lzfse = pytest.importorskip("lzfse")
    gl = replace(room, poses=room.poses @ FLIP_YZ)
    for i in range(len(room)):
        save_picture(folder / "rgbd" / f"{i}.png", room.images[i])
        meters = (room.depths[i] / np.float32(1000)).astype(np.float32)
        trust = np.full((HEIGHT, WIDTH), 2, np.uint8)
        for ending, values in ((".depth", meters), (".conf", trust)):
            (folder / "rgbd" / f"{i}{ending}").write_bytes(lzfse.compress(values.tobytes()))
    center = [FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2]
    values = {"w": WIDTH, "h": HEIGHT, "dw": WIDTH, "dh": HEIGHT}
    rows = np.hstack([quaternions(gl), gl.poses[:, :3, 3]]).tolist()
    more = {"K": [FOCAL, 0, 0, 0, FOCAL, 0, *center[2:], 1], "poses": rows}
    more |= {"perFrameIntrinsicCoeffs": [center] * len(room)}
    more |= {"frameTimestamps": [i / 60 for i in range(len(room))]}
    (folder / "metadata").write_text(json.dumps(values | more))
    return folder


def write_rtabmap(folder: Path, room: Room, *, prefix: str = "rtabmap_") -> Path:
    lines = ["#timestamp x y z qx qy qz qw id"]
    (folder / f"{prefix}calib").mkdir(parents=True)
    numbers = ", ".join(map(str, K_INTEGER.ravel().tolist()))
    for i, quaternion in enumerate(quaternions(room)):
        name = f"{1630000000 + i / 3:.6f}"
        save_picture(folder / f"{prefix}rgb" / f"{name}.png", room.images[i])
        save_picture(folder / f"{prefix}depth" / f"{name}.png", room.depths[i])
        (folder / f"{prefix}calib" / f"{name}.yaml").write_text(
            f"%YAML:1.0\n---\nimage_width: {WIDTH}\nimage_height: {HEIGHT}\n"
            f"camera_matrix:\n   rows: 3\n   cols: 3\n   data: [ {numbers} ]\n"
        )
        values = [*room.poses[i, :3, 3], *quaternion]
        lines.append(f"{name} " + " ".join(map(repr, map(float, values))) + f" {i + 1}")
    (folder / f"{prefix}camera_poses.txt").write_text("\n".join(lines))
    return folder


def write_arkitscenes(folder: Path, room: Room) -> Path:
    """As the raw data are published: times in names, poses as axis times angle, cam_from_world."""
    lines = []
    for i, pose in enumerate(room.poses):
        time = 6845.123 + i / 10
        name = f"40753679_{time:.3f}"
        save_picture(folder / "lowres_wide" / f"{name}.png", room.images[i])
        save_picture(folder / "lowres_depth" / f"{name}.png", room.depths[i])
        cameras = folder / "lowres_wide_intrinsics"
        cameras.mkdir(exist_ok=True)
        K = K_INTEGER
        # The times of intrinsics differ in the last digit.
        (cameras / f"40753679_{time + 0.001 * (i % 2):.3f}.pincam").write_text(
            f"{WIDTH} {HEIGHT} {K[0, 0]} {K[1, 1]} {K[0, 2]} {K[1, 2]}"
        )
        inverse = np.linalg.inv(pose)
        rotation = Rotation.from_matrix(inverse[:3, :3]).as_rotvec()
        numbers = (time + 0.004, *rotation, *inverse[:3, 3])
        lines.append(" ".join(f"{number:.9f}" for number in numbers))
    (folder / "lowres_wide.traj").write_text("\n".join(lines))
    return folder


def write_sun3d(folder: Path, room: Room) -> Path:
    """As it is downloaded: numbers and microseconds in names, rotated bits, a list of 3x4 poses."""
    lines = []
    for i, pose in enumerate(room.poses):
        depth = room.depths[i].astype(np.uint16)
        time = 33_367 * i
        save_picture(folder / "image" / f"{i + 1:07d}-{time:012d}.png", room.images[i])
        rotated = (depth << 3) | (depth >> 13)
        save_picture(folder / "depth" / f"{i + 2:07d}-{time + 11_000:012d}.png", rotated)
        lines += [" ".join(f"{value:.9f}" for value in row) for row in pose[:3]]
    (folder / "extrinsics").mkdir()
    (folder / "extrinsics" / "20140101000000.txt").write_text("0 " * 12)
    (folder / "extrinsics" / "20140808220511.txt").write_text("\n".join(lines))
    save_matrix(folder / "intrinsics.txt", K_INTEGER)
    return folder


WRITERS: dict[str, Callable[[Path, Room], Path]] = {
    "7scenes": write_seven_scenes,
    "apc": write_apc,
    "arkitscenes": write_arkitscenes,
    "colmap": write_colmap_capture,
    "nerfstudio": write_nerfstudio,
    "plain": write_plain,
    "polycam": write_polycam,
    "record3d": write_record3d,
    "replica": write_replica,
    "rtabmap": write_rtabmap,
    "scannet": write_scannet,
    "scenenn": write_scenenn,
    "stray": write_stray,
    "sun3d": write_sun3d,
    "tum": write_tum,
}
