"""Contents of a COLMAP model, and the checks that its binary and text files share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import FormatError, PointCloud
from scenewright.geometry.distortion import LENS_MODELS

PANORAMA = "EQUIRECTANGULAR"
"""The only model without a lens and a flat sensor; its parameters are width and height."""
COLMAP_MODELS = (*LENS_MODELS, PANORAMA)
"""Names of the camera models; the index is COLMAP's model number."""
AGAIN = "Copy or export the model again."


@dataclass(frozen=True, eq=False)
class ColmapCamera:
    """Intrinsics that one or more images share.

    Attributes:
        camera_id: Number in COLMAP.
        model: A name among `COLMAP_MODELS`.
        width: Pixels.
        height: Pixels.
        params: (n,) float64 in the model's order; pixel centers are at half integers.
    """

    camera_id: int
    model: str
    width: int
    height: int
    params: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColmapImage:
    """An image with its pose.

    Attributes:
        image_id: Number in COLMAP.
        name: Path below the image folder, with ``/``.
        camera_id: Number of its camera.
        cam_from_world: (4, 4) float64, x right, y down, z forward; NaN if the file contains no
            rotation.
    """

    image_id: int
    name: str
    camera_id: int
    cam_from_world: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColmapPoints:
    """Sparse points.

    Attributes:
        ids: (N,) uint64, numbers in COLMAP.
        points: (N, 3) float64, world frame, units of the model.
        colors: (N, 3) uint8 RGB.
        errors: (N,) float64, mean reprojection error, pixels; -1 = unknown.
    """

    ids: NDArray[np.uint64]
    points: NDArray[np.float64]
    colors: NDArray[np.uint8]
    errors: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, cloud: PointCloud) -> ColmapPoints:
        """Points numbered from 1; gray if the cloud has no colors."""
        n = len(cloud)
        gray = np.full((n, 3), 128, np.uint8)
        colors = gray if cloud.colors is None else cloud.colors
        ids = np.arange(1, n + 1, dtype=np.uint64)
        return cls(ids, cloud.points.astype(np.float64), colors, np.full(n, -1.0))

    def cloud(self) -> PointCloud:
        """The points with finite coordinates and their colors."""
        keep = np.isfinite(self.points).all(axis=1)
        return PointCloud(self.points[keep].astype(np.float32), self.colors[keep])


@dataclass(frozen=True, eq=False)
class ColmapModel:
    """Contents of the three files of a model.

    Attributes:
        cameras: Cameras by number.
        images: In the order of the file.
        points: Empty if there is no such file.
    """

    cameras: Mapping[int, ColmapCamera]
    images: tuple[ColmapImage, ...]
    points: ColmapPoints


@dataclass(frozen=True)
class ImageRow:
    """An image as in the file.

    Attributes:
        image_id: Number in COLMAP.
        pose: (7,) quaternion (w, x, y, z) and translation of cam_from_world.
        camera_id: Number of its camera.
        name: Path below the image folder.
    """

    image_id: int
    pose: tuple[float, ...]
    camera_id: int
    name: str


def checked_camera(
    path: Path, number: int, model: str, *, size: tuple[int, int], params: Sequence[float]
) -> ColmapCamera:
    """Makes a camera of the values in a file.

    Args:
        path: The file, for messages.
        number: Number in COLMAP.
        model: A name among `COLMAP_MODELS`.
        size: (width, height), pixels.
        params: Parameters in the order of the model.

    Raises:
        FormatError: The number of parameters is wrong, or a value is not possible.
    """
    values = np.array(params, np.float64)
    wanted = num_params(model)
    if len(values) != wanted:
        raise FormatError(
            f"{path}: camera {number} has the wrong number of parameters",
            expected=f"{wanted} for the model {model}",
            got=f"{len(values)}",
            do=AGAIN,
        )
    if min(size) < 1 or not np.isfinite(values).all() or values[0] <= 0:
        raise FormatError(
            f"{path}: camera {number} is not usable",
            expected="a size of 1 x 1 pixels or more, finite numbers, a positive focal length",
            got=f"{size[0]} x {size[1]} pixels, {' '.join(f'{v:g}' for v in values)}",
            do=AGAIN,
        )
    return ColmapCamera(number, model, *size, values)


def num_params(model: str) -> int:
    """Number of parameters of a camera model."""
    return 2 if model == PANORAMA else len(LENS_MODELS[model].params)


def unknown_model(path: Path, number: int, *, expected: str, got: str) -> FormatError:
    """The error for a camera model that this release does not know."""
    return FormatError(
        f"{path}: camera {number} has an unknown model",
        expected=expected,
        got=got,
        do="Undistort the images with COLMAP (colmap image_undistorter) and use its output.",
    )


def points_from_columns(
    ids: object, points: object, colors: object, errors: object
) -> ColmapPoints:
    """Points of the columns of a file: (N,) ids, (N, 3) xyz, (N, 3) RGB, (N,) errors."""
    return ColmapPoints(
        np.array(ids, np.uint64),
        np.array(points, np.float64).reshape(-1, 3),
        np.array(colors, np.uint8).reshape(-1, 3),
        np.array(errors, np.float64),
    )


def poses_from_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4, 4) poses of (N, 7) quaternions wxyz and translations; NaN for invalid rows."""
    poses = np.full((len(rows), 4, 4), np.nan)
    largest = np.abs(rows[:, :4]).max(axis=1, initial=0)
    valid = np.isfinite(rows).all(axis=1) & (largest > 1e-6) & (largest < 1e6)
    poses[valid] = np.eye(4)
    if valid.any():
        poses[valid, :3, :3] = Rotation.from_quat(rows[valid][:, [1, 2, 3, 0]]).as_matrix()
        poses[valid, :3, 3] = rows[valid, 4:]
    return poses


def row_from_pose(pose: NDArray[np.float64]) -> list[float]:
    """(7,) quaternion wxyz and translation of a (4, 4) pose; zeros for a pose with NaN."""
    if not np.isfinite(pose).all():
        return [0.0] * 7
    x, y, z, w = Rotation.from_matrix(pose[:3, :3]).as_quat().tolist()
    return [w, x, y, z, *pose[:3, 3].tolist()]
