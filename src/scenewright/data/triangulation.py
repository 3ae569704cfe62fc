"""Sparse points of a capture with known poses, triangulated from SIFT matches (extra `sfm`).

Pillow must be loaded before pycolmap 4.2: in the opposite order its PNG encoder corrupts the heap.
This module imports Pillow at import time, and pycolmap in `triangulate_points`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, CaptureError, Frame, FrameSource, PointCloud, require
from scenewright.geometry.transforms import invert_rigid
from scenewright.io.colmap import (
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    write_colmap,
)

_MAX_ANGLE = np.deg2rad(60.0)
"""Maximum angle between the axes of matched cameras; SIFT fails well below it."""
_MAX_ERROR = 2.0
_LEAST_VIEWS = 3


@dataclass(frozen=True)
class SfmConfig:
    """Limits of triangulation.

    Attributes:
        max_frames: Maximum number of frames, evenly spaced over the capture.
        max_side: Images are reduced to this length of the longer side, pixels.
        max_features: Maximum number of features per image.
        num_neighbors: Number of images with which each image is matched.
    """

    max_frames: int = 120
    max_side: int = 960
    max_features: int = 2048
    num_neighbors: int = 8


@dataclass(frozen=True, eq=False)
class _View:
    name: str
    camera: Camera
    world_from_cam: NDArray[np.float64]


def triangulate_points(
    capture: FrameSource | Sequence[Frame], *, seed: int, config: SfmConfig | None = None
) -> PointCloud:
    """Matches SIFT features between frames and triangulates them from the known poses.

    Poses and intrinsics are not changed. Works in a temporary folder; nothing is written to the
    capture. Features are those of Lowe, IJCV 2004; matching, verification and triangulation are
    those of COLMAP (Schönberger and Frahm, CVPR 2016).

    Args:
        capture: Frames with images and poses; others are skipped.
        seed: Random seed of geometric verification.
        config: Limits; None = the defaults.

    Returns:
        Points seen by at least three frames with a mean error of at most 2 pixels, world frame,
        with colors.

    Raises:
        CaptureError: Fewer than two frames are usable, or no points were found.
        MissingExtraError: pycolmap is not installed.
    """
    pycolmap = require("pycolmap", extra="sfm")
    config = SfmConfig() if config is None else config
    with TemporaryDirectory(prefix="scenewright-sfm-") as name:
        folder = Path(name)
        (folder / "images").mkdir()
        views = _write_images(capture, folder / "images", config)
        if len(views) < 2:
            raise CaptureError(
                "Points cannot be triangulated",
                expected="two or more frames with an image and a pose",
                got=f"{len(views)}",
                do="Check the capture with 'scenewright check'.",
            )
        pycolmap.set_random_seed(seed)
        with _Quiet(pycolmap):
            cloud = _triangulate(pycolmap, folder, views, config)
    if not len(cloud):
        raise CaptureError(
            "No points could be triangulated",
            expected="features shared by three or more frames",
            got="none",
            do="Use frames with more overlap, sharp images and correct poses.",
        )
    return cloud


class _Quiet:
    """Suppresses the log output of the library."""

    def __init__(self, pycolmap: ModuleType) -> None:
        self.logging: Any = pycolmap.logging
        self.level = self.logging.minloglevel

    def __enter__(self) -> None:
        self.logging.minloglevel = int(self.logging.Level.ERROR.value)

    def __exit__(self, *_: object) -> None:
        self.logging.minloglevel = self.level


def _write_images(
    capture: FrameSource | Sequence[Frame], folder: Path, config: SfmConfig
) -> list[_View]:
    number = min(len(capture), config.max_frames)
    views = []
    for index in np.unique(np.linspace(0, len(capture) - 1, num=number).round().astype(int)):
        frame = capture[int(index)]
        if frame.image is None or frame.world_from_cam is None:
            continue
        image, camera = Image.fromarray(frame.image), frame.camera
        scale = config.max_side / max(camera.size)
        if scale < 1:
            size = (max(round(camera.width * scale), 1), max(round(camera.height * scale), 1))
            image, camera = image.resize(size, Image.Resampling.BOX), camera.resized(*size)
        name = f"{index:06d}.png"
        image.save(folder / name, compress_level=1)
        views.append(_View(name, camera, frame.world_from_cam))
    return views


def choose_matches(
    world_from_cam: NDArray[np.float64], *, num_neighbors: int
) -> list[tuple[int, int]]:
    """Pairs of views to match, each once, the lower index first.

    For each view, others whose viewing direction differs by at most 60 degrees: the nearest ones
    and, at increasing steps, farther ones, which see the same points at larger angles.

    Args:
        world_from_cam: (N, 4, 4).
        num_neighbors: Number of neighbors per view.
    """
    centers, axes = world_from_cam[:, :3, 3], world_from_cam[:, :3, 2]
    pairs = set()
    for i in range(len(centers)):
        apart = np.linalg.norm(centers - centers[i], axis=1)
        turned = np.arccos(np.clip(axes @ axes[i], -1, 1))
        similar = np.flatnonzero((turned <= _MAX_ANGLE) & (np.arange(len(centers)) != i))
        ranked = similar[np.argsort(apart[similar], kind="stable")]
        reach = min(len(ranked), 4 * num_neighbors)
        steps = np.linspace(0, 1, min(num_neighbors, reach)) ** 1.5 * (reach - 1)
        pairs |= {(min(i, j), max(i, j)) for j in ranked[steps.round().astype(int)].tolist()}
    return sorted(pairs)


def _triangulate(
    pycolmap: ModuleType, folder: Path, views: list[_View], config: SfmConfig
) -> PointCloud:
    database, image_folder = folder / "features.db", folder / "images"
    options = pycolmap.FeatureExtractionOptions()
    options.sift.max_num_features = config.max_features
    cpu = pycolmap.Device.cpu
    pycolmap.extract_features(
        database, image_folder, [view.name for view in views], pycolmap.CameraMode.PER_IMAGE,
        extraction_options=options, device=cpu,
    )  # fmt: skip
    model = _known_model(pycolmap, database, views)
    poses = np.stack([view.world_from_cam for view in views])
    pairs = choose_matches(poses, num_neighbors=config.num_neighbors)
    listed = "\n".join(f"{views[i].name} {views[j].name}" for i, j in pairs)
    (folder / "pairs.txt").write_text(listed + "\n", encoding="utf-8")
    pairing = pycolmap.ImportedPairingOptions(match_list_path=folder / "pairs.txt")
    pycolmap.match_image_pairs(database, pairing_options=pairing, device=cpu)
    write_colmap(folder / "known", model)
    (folder / "result").mkdir()
    found = pycolmap.triangulate_points(
        pycolmap.Reconstruction(folder / "known"), database, image_folder, folder / "result"
    )
    found.extract_colors_for_all_images(image_folder)
    return _cloud(found)


def _known_model(pycolmap: ModuleType, database: Path, views: list[_View]) -> ColmapModel:
    """The model of the known poses with the ids of the database; also updates its cameras."""
    by_name = {view.name: view for view in views}
    cameras, images = {}, []
    with pycolmap.Database.open(database) as stored:
        for row in stored.read_all_images():
            view = by_name[row.name]
            camera = view.camera
            params = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
            stored_camera = stored.read_camera(row.camera_id)
            stored_camera.model = pycolmap.CameraModelId.PINHOLE
            stored_camera.params = params
            stored_camera.has_prior_focal_length = True
            stored.update_camera(stored_camera)
            number = int(row.camera_id)
            cameras[number] = ColmapCamera(number, "PINHOLE", camera.width, camera.height, params)
            pose = invert_rigid(view.world_from_cam)
            images.append(ColmapImage(int(row.image_id), row.name, number, pose))
    no_points = ColmapPoints.of(PointCloud(np.zeros((0, 3), np.float32)))
    return ColmapModel(cameras, tuple(images), no_points)


def _cloud(found: Any) -> PointCloud:
    kept = [
        point
        for _, point in sorted(found.points3D.items())
        if point.track.length() >= _LEAST_VIEWS and point.error <= _MAX_ERROR
    ]
    points = np.array([point.xyz for point in kept], np.float32).reshape(-1, 3)
    colors = np.array([point.color for point in kept], np.uint8).reshape(-1, 3)
    return PointCloud(points, colors)
