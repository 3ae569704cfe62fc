"""Writers of captures as apps export them, and as datasets of such exports are published."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import require
from scenewright.worlds.writing.writer_base import (
    FLIP_YZ,
    LayoutWriter,
    numbers,
    quaternion,
    write_json,
    write_lines,
)

_VIDEO = "40000000"
"""Number of the video, which names of ARKitScenes begin with."""


class PolycamWriter(LayoutWriter):
    """keyframes/ with images/, depth/ and cameras/."""

    def files(self, index: int) -> tuple[str, str]:
        return f"keyframes/images/{index:06d}", f"keyframes/depth/{index:06d}.png"

    def finish(self) -> None:
        folder = self.folder / "keyframes" / "cameras"
        folder.mkdir(parents=True)
        K = self.camera.K.tolist()
        shared = {"fx": K[0][0], "fy": K[1][1], "cx": K[0][2], "cy": K[1][2]}
        shared |= {"width": self.camera.width, "height": self.camera.height}
        for index, pose in enumerate(self.poses):
            stored = (pose @ FLIP_YZ).tolist()
            values = {f"t_{a}{b}": stored[a][b] for a in range(3) for b in range(4)}
            write_json(folder / f"{index:06d}.json", values | shared)


class Record3dWriter(LayoutWriter):
    """An unpacked .r3d file: rgbd/ with colors and depth compressed with LZFSE, and metadata."""

    keeps_times = True

    def name(self, index: int) -> str:
        return str(index)

    def files(self, index: int) -> tuple[str, str]:
        return f"rgbd/{index}", f"rgbd/{index}.depth"

    def _save(self, name: str, pixels: NDArray[Any]) -> None:
        if not name.endswith(".depth"):
            super()._save(name, pixels)
            return
        meters = (pixels / np.float32(self.depth_scale)).astype(np.float32)
        data = require("lzfse", extra="record3d").compress(meters.tobytes())
        (self.folder / name).write_bytes(data)

    def finish(self) -> None:
        poses = [pose @ FLIP_YZ for pose in self.poses]
        width, height = self.camera.width, self.camera.height
        values = {
            "w": width, "h": height, "dw": width, "dh": height,
            "K": self.camera.K.T.ravel().tolist(),
            "poses": [[*quaternion(pose).tolist(), *pose[:3, 3].tolist()] for pose in poses],
            "frameTimestamps": self.times,
        }  # fmt: skip
        write_json(self.folder / "metadata", values)


class RtabMapWriter(LayoutWriter):
    """rtabmap_rgb/, rtabmap_depth/, rtabmap_calib/ and rtabmap_camera_poses.txt."""

    def files(self, index: int) -> tuple[str, str]:
        return f"rtabmap_rgb/{index:06d}", f"rtabmap_depth/{index:06d}.png"

    def finish(self) -> None:
        folder = self.folder / "rtabmap_calib"
        folder.mkdir()
        matrix = numbers(self._integer_k().ravel(), ", ")
        lines = ["#timestamp x y z qx qy qz qw id"]
        for index, pose in enumerate(self.poses):
            calibration = [
                "%YAML:1.0",
                "---",
                f"image_width: {self.camera.width}",
                f"image_height: {self.camera.height}",
                "camera_matrix:",
                "   rows: 3",
                "   cols: 3",
                f"   data: [ {matrix} ]",
            ]
            write_lines(folder / f"{index:06d}.yaml", calibration)
            row = f"{numbers(pose[:3, 3])} {numbers(quaternion(pose))}"
            lines.append(f"{index:.6f} {row} {index + 1}")
        write_lines(self.folder / "rtabmap_camera_poses.txt", lines)


class ArkitScenesWriter(LayoutWriter):
    """lowres_wide/, lowres_depth/ and their intrinsics, named by times, and lowres_wide.traj."""

    keeps_times = True

    def name(self, index: int) -> str:
        return f"{_VIDEO}_{index / 10:.3f}"

    def files(self, index: int) -> tuple[str, str]:
        return f"lowres_wide/{self.name(index)}", f"lowres_depth/{self.name(index)}.png"

    def finish(self) -> None:
        folder = self.folder / "lowres_wide_intrinsics"
        folder.mkdir()
        K = self._integer_k()
        row = numbers(np.array([*self.camera.size[::-1], K[0, 0], K[1, 1], K[0, 2], K[1, 2]]))
        lines = []
        for index, pose in enumerate(self.poses):
            write_lines(folder / f"{self.name(index)}.pincam", [row])
            inverse = np.linalg.inv(pose)
            turn = Rotation.from_matrix(inverse[:3, :3]).as_rotvec()
            lines.append(numbers(np.array([index / 10, *turn, *inverse[:3, 3]])))
        write_lines(self.folder / "lowres_wide.traj", lines)


class Sun3dWriter(LayoutWriter):
    """image/ and depth/ named by numbers and microseconds, rotated bits, a list of 3x4 poses."""

    keeps_times = True

    def name(self, index: int) -> str:
        return f"{index + 1:07d}-{100_000 * index:012d}"

    def files(self, index: int) -> tuple[str, str]:
        return f"image/{self.name(index)}", f"depth/{self.name(index)}.png"

    def stored(self, units: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return (units << np.uint16(3)) | (units >> np.uint16(13))

    def finish(self) -> None:
        self._save_matrix("intrinsics.txt", self._integer_k())
        rows = [numbers(row) for pose in self.poses for row in pose[:3]]
        (self.folder / "extrinsics").mkdir()
        write_lines(self.folder / "extrinsics" / "20140101000000.txt", rows)
