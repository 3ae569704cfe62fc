"""What the writers of all layouts have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial.transform import Rotation

from scenewright.core import Camera, Frame
from scenewright.worlds.writing.samples import units_from_meters

FLIP_YZ = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns camera axes y down, z forward into y up, z backward."""


class LayoutWriter(ABC):
    """Writes frames one by one into a folder, then the files that describe all of them.

    Args:
        folder: An existing, empty folder.
        camera: Camera of all frames.
        jpeg_quality: Quality of the color images, or None for PNG.
    """

    depth_scale: ClassVar[float] = 1000
    keeps_times: ClassVar[bool] = False

    def __init__(self, folder: Path, camera: Camera, *, jpeg_quality: int | None = None) -> None:
        self.folder = folder
        self.camera = camera
        self.jpeg_quality = jpeg_quality
        self.suffix = ".png" if jpeg_quality is None else ".jpg"
        self.poses: list[NDArray[np.float64]] = []
        self.times: list[float] = []

    def name(self, index: int) -> str:
        """Name of the frame when the capture is read: its number, unless the layout differs."""
        return f"{index:06d}"

    @abstractmethod
    def files(self, index: int) -> tuple[str, str]:
        """Paths of color and depth relative to the folder, color without its suffix."""

    @abstractmethod
    def finish(self) -> None:
        """Writes intrinsics, poses and file lists."""

    def add(self, frame: Frame) -> None:
        """Writes the images of a frame, which must have image, depth and pose."""
        assert frame.image is not None and frame.depth is not None
        assert frame.world_from_cam is not None
        color, depth = self.files(frame.index)
        self._save(color + self.suffix, frame.image)
        self._save(depth, self.stored(units_from_meters(frame.depth, self.depth_scale)))
        self.poses.append(frame.world_from_cam)
        self.times.append(0.0 if frame.time is None else frame.time)
        pose_file = self.pose_file(frame.index)
        if pose_file is not None:
            self._save_matrix(pose_file, frame.world_from_cam)

    def stored(self, units: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Depth as the layout stores it, from integer units with 0 = no reading."""
        return units

    def pose_file(self, index: int) -> str | None:
        """Path of the pose file of a frame, in layouts with one file per frame."""
        return None

    def _save(self, name: str, pixels: NDArray[Any]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jpg":
            Image.fromarray(pixels).save(path, quality=self.jpeg_quality, subsampling=0)
        else:
            # Fast compression: users wait for captures, and the files are small either way.
            Image.fromarray(pixels).save(path, compress_level=1)

    def _save_matrix(self, name: str, matrix: NDArray[np.float64]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, matrix, fmt="%.12g")

    def _integer_k(self) -> NDArray[np.float64]:
        """K with the center of the top-left pixel at (0, 0)."""
        K = self.camera.K.copy()
        K[:2, 2] -= 0.5
        return K


def quaternion(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4,) rotation of a (4, 4) pose as a quaternion, x y z w."""
    found: NDArray[np.float64] = Rotation.from_matrix(pose[:3, :3]).as_quat()
    return found


def numbers(values: NDArray[np.float64], separator: str = " ") -> str:
    """Numbers as text, 12 digits."""
    return separator.join(f"{value:.12g}" for value in values)


def write_lines(path: Path, lines: list[str]) -> None:
    """Writes lines with the line end of Unix."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Writes a JSON object."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8", newline="\n")
