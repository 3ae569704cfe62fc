"""How pose matrices are stored, and what is wrong with those that are no poses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import ScenewrightError
from scenewright.core.checks import as_rigid
from scenewright.core.conventions import RIGID_TOLERANCE
from scenewright.geometry.transforms import invert_rigid

PoseDirection = Literal["world_from_cam", "cam_from_world", "inverse_rotation", "inverse_position"]
CameraAxes = Literal["opencv", "opengl", "ros", "ned", "unity", "unreal"]
ImageRoll = Literal[0, 90, 180, 270]
QuaternionOrder = Literal["xyzw", "wxyz"]
PoseFault = Literal["not-finite", "transposed", "mirrored", "scaled", "not-rigid"]

_STORED_FROM_OPENCV: dict[CameraAxes, NDArray[np.float64]] = {
    "opencv": np.eye(4),
    "opengl": np.diag([1.0, -1.0, -1.0, 1.0]),
    "ros": np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64),
    "ned": np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64),
    "unity": np.diag([1.0, -1.0, 1.0, 1.0]),
    "unreal": np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64),
}
"""Axes of the stored camera from those of ours: x right, y down, z forward."""
LEFT_HANDED: tuple[CameraAxes, ...] = ("unity", "unreal")
"""Conventions whose world is left-handed."""
MIRROR = np.diag([1.0, -1.0, 1.0, 1.0])
"""Turns the left-handed worlds of Unity and Unreal into right-handed ones."""
_QUARTER = np.array([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)
"""Axes of a camera from those of the same one whose image was turned clockwise by 90 degrees."""
ROUNDED = 2e-2
"""Largest entry of R^T R - I of a rotation that was written with two decimals."""


@dataclass(frozen=True)
class PoseEncoding:
    """How 4x4 pose matrices are stored.

    Attributes:
        direction: Direction of the stored transform. `inverse_rotation`: the position of the camera
            in the world beside the rotation of `cam_from_world`; `inverse_position`: the
            translation of `cam_from_world` beside the rotation of `world_from_cam`.
        axes: Camera axes. `opencv`: x right, y down, z forward. `opengl`: x right, y up, z
            backward. `ros`: x forward, y left, z up. `ned`: x forward, y right, z down. `unity`: x
            right, y up, z forward, and `unreal`: x forward, y right, z up, in left-handed worlds,
            which are mirrored in y on reading.
        scale: Stored units per meter of the translation.
        quaternion: Order of the numbers of the quaternion that the matrix was made from, which
            was taken for x y z w.
        origin: Position in the stored world, meters, that becomes the origin.
        roll: Degrees by which the images were turned clockwise against the camera of the poses.
        body_from_cam: The camera, with the axes named, in the body whose poses are stored, such as
            a robot or the markers of motion capture: 16 numbers of a 4x4 matrix by rows, meters.
    """

    direction: PoseDirection = "world_from_cam"
    axes: CameraAxes = "opencv"
    scale: float = 1.0
    quaternion: QuaternionOrder = "xyzw"
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roll: ImageRoll = 0
    body_from_cam: tuple[float, ...] = tuple(np.eye(4).ravel().tolist())

    @property
    def cam_from_opencv(self) -> NDArray[np.float64]:
        """(4, 4) camera of the stored poses from the one whose axes are ours."""
        quarters = np.linalg.matrix_power(_QUARTER, self.roll // 90)
        matrix: NDArray[np.float64] = _STORED_FROM_OPENCV[self.axes] @ quarters
        return matrix

    def moved(self, true_cam: NDArray[np.float64]) -> PoseEncoding:
        """The encoding in which every pose is the one read so far times a (4, 4) matrix."""
        present = np.reshape(self.body_from_cam, (4, 4))
        turn = self.cam_from_opencv
        matrix = present @ turn @ true_cam @ invert_rigid(turn)
        return replace(self, body_from_cam=tuple(matrix.ravel().tolist()))

    def world_from_cam(self, stored: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(4, 4) float64 rigid pose, meters, or None if the stored matrix is not rigid.

        A rotation that was written with few digits becomes the nearest rotation.
        """
        try:
            pose = as_rigid("pose", nearest_rigid(stored)).copy()
        except ScenewrightError:
            return None
        if self.quaternion == "wxyz":
            taken = Rotation.from_matrix(pose[:3, :3]).as_quat()
            pose[:3, :3] = Rotation.from_quat(taken[[1, 2, 3, 0]]).as_matrix()
        pose[:3, 3] /= self.scale
        if self.direction == "cam_from_world":
            pose = invert_rigid(pose)
        elif self.direction == "inverse_rotation":
            pose[:3, :3] = pose[:3, :3].T.copy()
        elif self.direction == "inverse_position":
            pose[:3, 3] = -pose[:3, :3] @ pose[:3, 3]
        pose[:3, 3] -= self.origin
        body_from_cam = np.reshape(self.body_from_cam, (4, 4))
        found: NDArray[np.float64] = pose @ body_from_cam @ self.cam_from_opencv
        return MIRROR @ found if self.axes in LEFT_HANDED else found


def rotation_error(stored: NDArray[np.float64]) -> float:
    """The largest entry of R^T R - I of a (4, 4) matrix."""
    rotation = stored[:3, :3]
    return float(np.abs(rotation.T @ rotation - np.eye(3)).max())


def is_rounded(stored: NDArray[np.float64]) -> bool:
    """Whether a (4, 4) matrix is a pose whose rotation was written with few digits."""
    if not np.isfinite(stored).all() or np.linalg.det(stored[:3, :3]) <= 0:
        return False
    return RIGID_TOLERANCE < rotation_error(stored) <= ROUNDED


def nearest_rigid(stored: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with the nearest rotation, in the Frobenius norm, if it `is_rounded`."""
    if not is_rounded(stored):
        return stored
    left, _, right = np.linalg.svd(stored[:3, :3])
    matrix = stored.copy()
    matrix[:3, :3] = left @ right
    return matrix


def pose_fault(stored: NDArray[np.float64]) -> PoseFault:
    """What is wrong with a (4, 4) matrix that is not rigid."""
    if not np.isfinite(stored).all():
        return "not-finite"
    if _is_last_row(stored[:, 3]) and not _is_last_row(stored[3]):
        return "transposed"
    if not _is_last_row(stored[3]):
        return "not-rigid"
    if rotation_error(stored) <= ROUNDED:
        return "mirrored" if np.linalg.det(stored[:3, :3]) < 0 else "not-rigid"
    return "scaled" if pose_scale(stored) is not None else "not-rigid"


def pose_scale(stored: NDArray[np.float64]) -> float | None:
    """The scale of a similarity transform, or None if the (4, 4) matrix is none."""
    scale = float(np.cbrt(np.linalg.det(stored[:3, :3])))
    if not scale > 1e-6:
        return None
    unscaled = stored.copy()
    unscaled[:3, :3] /= scale
    return scale if rotation_error(unscaled) <= ROUNDED else None


def _is_last_row(row: NDArray[np.float64]) -> bool:
    return bool(np.allclose(row, (0, 0, 0, 1), atol=1e-6))
