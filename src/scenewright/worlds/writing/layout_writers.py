"""Writers of captures, one per layout that `scenewright.data` reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame, PointCloud, UnknownNameError
from scenewright.geometry.projection import unproject_pixels
from scenewright.geometry.transforms import invert_rigid
from scenewright.io.colmap import (
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    write_colmap,
)
from scenewright.worlds.writing.app_writers import (
    ArkitScenesWriter,
    PolycamWriter,
    Record3dWriter,
    RtabMapWriter,
    Sun3dWriter,
)
from scenewright.worlds.writing.writer_base import (
    FLIP_YZ,
    LayoutWriter,
    numbers,
    quaternion,
    write_json,
    write_lines,
)

NO_READING = 65535
_SPARSE_POINTS = 200
"""Points that each frame adds to the sparse model, about as many as matched features would."""


class PlainWriter(LayoutWriter):
    """color/, depth/, pose/, intrinsics.txt."""

    def files(self, index: int) -> tuple[str, str]:
        return f"color/{index:06d}", f"depth/{index:06d}.png"

    def pose_file(self, index: int) -> str | None:
        return f"pose/{index:06d}.txt"

    def finish(self) -> None:
        self._save_matrix("intrinsics.txt", self._integer_k())


class SevenScenesWriter(LayoutWriter):
    """frame-NNNNNN.color, .depth and .pose side by side."""

    def name(self, index: int) -> str:
        return f"frame-{index:06d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"{self.name(index)}.color", f"{self.name(index)}.depth.png"

    def stored(self, units: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return np.where(units == 0, NO_READING, units).astype(np.uint16)

    def pose_file(self, index: int) -> str | None:
        return f"{self.name(index)}.pose.txt"

    def finish(self) -> None:
        self._save_matrix("camera-intrinsics.txt", self._integer_k())


class ScanNetWriter(LayoutWriter):
    """color/, depth/, pose/, intrinsic/."""

    def name(self, index: int) -> str:
        return str(index)

    def files(self, index: int) -> tuple[str, str]:
        return f"color/{index}", f"depth/{index}.png"

    def pose_file(self, index: int) -> str | None:
        return f"pose/{index}.txt"

    def finish(self) -> None:
        matrix = np.eye(4)
        matrix[:3, :3] = self._integer_k()
        self._save_matrix("intrinsic/intrinsic_depth.txt", matrix)
        self._save_matrix("intrinsic/intrinsic_color.txt", matrix)


class SceneNNWriter(LayoutWriter):
    """image/, depth/, trajectory.log; numbers count from 1."""

    def name(self, index: int) -> str:
        return f"image{index + 1:05d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"image/{self.name(index)}", f"depth/depth{index + 1:05d}.png"

    def finish(self) -> None:
        self._save_matrix("intrinsic/intrinsic_depth.txt", self._integer_k())
        lines = []
        for index, pose in enumerate(self.poses):
            lines.append(f"{index} {index} {index + 1}")
            lines += [" ".join(f"{value:.12g}" for value in row) for row in pose]
        write_lines(self.folder / "trajectory.log", lines)


class TumWriter(LayoutWriter):
    """rgb/, depth/ and lists of timestamps."""

    depth_scale = 5000
    keeps_times = True

    def name(self, index: int) -> str:
        return f"{index / 10:.6f}"

    def files(self, index: int) -> tuple[str, str]:
        return f"rgb/{self.name(index)}", f"depth/{self.name(index)}.png"

    def finish(self) -> None:
        self._save_matrix("intrinsics.txt", self._integer_k())
        names = [self.files(index) for index in range(len(self.poses))]
        times = [f"{time:.6f}" for time in self.times]
        color = [f"{time} {one[0]}{self.suffix}" for time, one in zip(times, names, strict=True)]
        depth = [f"{time} {one[1]}" for time, one in zip(times, names, strict=True)]
        poses = [
            f"{time} {numbers(pose[:3, 3])} {numbers(quaternion(pose))}"
            for time, pose in zip(times, self.poses, strict=True)
        ]
        write_lines(self.folder / "rgb.txt", ["# color images", *color])
        write_lines(self.folder / "depth.txt", ["# depth maps", *depth])
        write_lines(self.folder / "groundtruth.txt", ["# timestamp tx ty tz qx qy qz qw", *poses])


class ReplicaWriter(LayoutWriter):
    """results/, traj.txt, cam_params.json."""

    depth_scale = 6553.5

    def name(self, index: int) -> str:
        return f"frame{index:06d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"results/{self.name(index)}", f"results/depth{index:06d}.png"

    def finish(self) -> None:
        self._save_matrix("traj.txt", np.stack(self.poses).reshape(len(self.poses), 16))
        K = self._integer_k()
        camera = {"w": self.camera.width, "h": self.camera.height, "scale": self.depth_scale}
        camera |= {"fx": K[0, 0], "fy": K[1, 1], "cx": K[0, 2], "cy": K[1, 2]}
        write_json(self.folder / "cam_params.json", {"camera": camera})


class StrayWriter(LayoutWriter):
    """rgb/, depth/, confidence/, odometry.csv, camera_matrix.csv."""

    keeps_times = True

    def files(self, index: int) -> tuple[str, str]:
        return f"rgb/{index:06d}", f"depth/{index:06d}.png"

    def add(self, frame: Frame) -> None:
        super().add(frame)
        assert frame.depth is not None
        sure = np.where(frame.depth > 0, 2, 0).astype(np.uint8)
        self._save(f"confidence/{frame.index:06d}.png", sure)

    def finish(self) -> None:
        rows = [
            f"{time:.6f}, {index:06d}, " + numbers(np.r_[pose[:3, 3], quaternion(pose)], ", ")
            for index, (time, pose) in enumerate(zip(self.times, self.poses, strict=True))
        ]
        head = "timestamp, frame, x, y, z, qx, qy, qz, qw"
        write_lines(self.folder / "odometry.csv", [head, *rows])
        matrix = [numbers(row, ", ") for row in self.camera.K]
        write_lines(self.folder / "camera_matrix.csv", matrix)


class NerfstudioWriter(LayoutWriter):
    """images/, depth/, transforms.json."""

    keeps_times = True

    def name(self, index: int) -> str:
        return f"frame_{index + 1:05d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"images/{self.name(index)}", f"depth/{self.name(index)}.png"

    def finish(self) -> None:
        frames = []
        for index, (time, pose) in enumerate(zip(self.times, self.poses, strict=True)):
            color, depth = self.files(index)
            frames.append(
                {
                    "file_path": color + self.suffix,
                    "depth_file_path": depth,
                    "timestamp": time,
                    "transform_matrix": (pose @ FLIP_YZ).tolist(),
                }
            )
        camera = self.camera
        values = {"camera_model": "OPENCV", "w": camera.width, "h": camera.height}
        values |= {"fl_x": camera.fx, "fl_y": camera.fy, "cx": camera.cx, "cy": camera.cy}
        write_json(self.folder / "transforms.json", {**values, "frames": frames})


class ColmapWriter(LayoutWriter):
    """images/, depths/, sparse/0/ with points sampled from the depth of the frames."""

    def __init__(self, folder: Path, camera: Camera, *, jpeg_quality: int | None = None) -> None:
        super().__init__(folder, camera, jpeg_quality=jpeg_quality)
        self.clouds: list[PointCloud] = []

    def files(self, index: int) -> tuple[str, str]:
        return f"images/{self.name(index)}", f"depths/{self.name(index)}.png"

    def add(self, frame: Frame) -> None:
        super().add(frame)
        assert frame.image is not None and frame.depth is not None
        assert frame.world_from_cam is not None
        rows, columns = np.nonzero(frame.depth)
        number = min(_SPARSE_POINTS, len(rows))
        chosen = np.random.default_rng(frame.index).choice(len(rows), number, replace=False)
        rows, columns = rows[chosen], columns[chosen]
        points = unproject_pixels(rows, columns, frame.depth[rows, columns], frame.camera)
        placed = points @ frame.world_from_cam[:3, :3].T + frame.world_from_cam[:3, 3]
        self.clouds.append(PointCloud(placed.astype(np.float32), frame.image[rows, columns]))

    def finish(self) -> None:
        camera = self.camera
        params = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
        images = tuple(
            ColmapImage(index + 1, f"{self.name(index)}{self.suffix}", 1, invert_rigid(pose))
            for index, pose in enumerate(self.poses)
        )
        points = np.concatenate([np.zeros((0, 3), np.float32), *(c.points for c in self.clouds)])
        colors = [cloud.colors for cloud in self.clouds if cloud.colors is not None]
        cloud = PointCloud(points, np.concatenate([np.zeros((0, 3), np.uint8), *colors]))
        pinhole = ColmapCamera(1, "PINHOLE", camera.width, camera.height, params)
        model = ColmapModel({1: pinhole}, images, ColmapPoints.of(cloud))
        write_colmap(self.folder / "sparse" / "0", model)


class ApcWriter(LayoutWriter):
    """frame-NNNNNN.color and .depth with rotated bits, all calibration in cam.info.txt."""

    depth_scale = 10000

    def name(self, index: int) -> str:
        return f"frame-{index:06d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"{self.name(index)}.color", f"{self.name(index)}.depth.png"

    def stored(self, units: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return (units << np.uint16(3)) | (units >> np.uint16(13))

    def finish(self) -> None:
        sections = [("Color camera intrinsic matrix", self._integer_k())]
        sections += [
            (f"Camera-to-world extrinsic matrix (camera pose) for {self.name(index)}", pose)
            for index, pose in enumerate(self.poses)
        ]
        lines = ["# Environment: synthetic"]
        for title, matrix in sections:
            lines += ["", f"# {title}", *(numbers(row, "\t") for row in matrix)]
        write_lines(self.folder / "cam.info.txt", lines)


LAYOUT_WRITERS: dict[str, type[LayoutWriter]] = {
    "apc": ApcWriter,
    "7scenes": SevenScenesWriter,
    "scannet": ScanNetWriter,
    "scenenn": SceneNNWriter,
    "tum": TumWriter,
    "replica": ReplicaWriter,
    "stray": StrayWriter,
    "polycam": PolycamWriter,
    "record3d": Record3dWriter,
    "rtabmap": RtabMapWriter,
    "arkitscenes": ArkitScenesWriter,
    "sun3d": Sun3dWriter,
    "nerfstudio": NerfstudioWriter,
    "colmap": ColmapWriter,
    "plain": PlainWriter,
}
"""Writers by the name of the layout."""


def check_layout(name: str) -> None:
    """Raises unless there is a writer for the layout.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in LAYOUT_WRITERS:
        raise UnknownNameError(
            f"There is no layout '{name}'", expected=f"one of {', '.join(LAYOUT_WRITERS)}"
        )
