"""Sparse points for a capture whose poses are known, by matched features (extra `sfm`).

Pillow has to be loaded before pycolmap 4.2: the other way round, its PNG encoder breaks the heap.
This module imports it at its top and pycolmap when it is asked for points.
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

_FARTHEST_TURN = np.deg2rad(60.0)
"""Between the axes of two cameras that are matched; SIFT fails well before the views part."""
_MAX_ERROR = 2.0
_LEAST_VIEWS = 3


@dataclass(frozen=True)
class SfmConfig:
    """How much work triangulation takes.

    Attributes:
        max_frames: Frames used at most, spread evenly over the capture.
        max_side: Pictures are reduced to this longer side, pixels.
        max_features: Features per picture.
        num_neighbors: Other pictures that each is matched with.
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

    Poses and intrinsics stay as they are. Works in a temporary folder; nothing is written into the
    capture. Features are those of Lowe, IJCV 2004, and matching, verification and triangulation
    those of COLMAP (Schönberger and Frahm, CVPR 2016).

    Args:
        capture: Frames with pictures and poses; others are passed over.
        seed: Of the random samples that verification draws.
        config: How much work is done; None takes the defaults.

    Returns:
        Points that at least three frames agree on within 2 pixels, world frame, with colors.

    Raises:
        CaptureError: Fewer than two frames can be used, or nothing was matched.
        MissingExtraError: pycolmap is not installed.
    """
    pycolmap = require("pycolmap", extra="sfm")
    config = SfmConfig() if config is None else config
    with TemporaryDirectory(prefix="scenewright-sfm-") as place:
        folder = Path(place)
        (folder / "images").mkdir()
        views = _write_pictures(capture, folder / "images", config)
        if len(views) < 2:
            raise CaptureError(
                "Points cannot be triangulated",
                expected="two frames or more with a picture and a pose",
                got=f"{len(views)}",
                do="Check the capture with 'scenewright check'.",
            )
        pycolmap.set_random_seed(seed)
        with _Quiet(pycolmap):
            cloud = _triangulate(pycolmap, folder, views, config)
    if not len(cloud):
        raise CaptureError(
            "No points could be triangulated",
            expected="features that three frames or more share",
            got="none",
            do="Use frames that overlap more, with sharp pictures and right poses.",
        )
    return cloud


class _Quiet:
    """Keeps the library from writing its progress to the terminal."""

    def __init__(self, pycolmap: ModuleType) -> None:
        self.logging: Any = pycolmap.logging
        self.level = self.logging.minloglevel

    def __enter__(self) -> None:
        self.logging.minloglevel = int(self.logging.Level.ERROR.value)

    def __exit__(self, *_: object) -> None:
        self.logging.minloglevel = self.level


def _write_pictures(
    capture: FrameSource | Sequence[Frame], folder: Path, config: SfmConfig
) -> list[_View]:
    number = min(len(capture), config.max_frames)
    views = []
    for index in np.unique(np.linspace(0, len(capture) - 1, num=number).round().astype(int)):
        frame = capture[int(index)]
        if frame.image is None or frame.world_from_cam is None:
            continue
        picture, camera = Image.fromarray(frame.image), frame.camera
        share = config.max_side / max(camera.size)
        if share < 1:
            size = (max(round(camera.width * share), 1), max(round(camera.height * share), 1))
            picture, camera = picture.resize(size, Image.Resampling.BOX), camera.resized(*size)
        name = f"{index:06d}.png"
        picture.save(folder / name, compress_level=1)
        views.append(_View(name, camera, frame.world_from_cam))
    return views


def choose_matches(
    world_from_cam: NDArray[np.float64], *, num_neighbors: int
) -> list[tuple[int, int]]:
    """Pairs of views worth matching, each once, the lower position first.

    For each view others that look in a direction within 60 degrees: the nearest, and with growing
    steps farther ones, which see the same points at wider angles.

    Args:
        world_from_cam: (N, 4, 4).
        num_neighbors: Per view.
    """
    centers, axes = world_from_cam[:, :3, 3], world_from_cam[:, :3, 2]
    pairs = set()
    for i in range(len(centers)):
        apart = np.linalg.norm(centers - centers[i], axis=1)
        turned = np.arccos(np.clip(axes @ axes[i], -1, 1))
        able = np.flatnonzero((turned <= _FARTHEST_TURN) & (np.arange(len(centers)) != i))
        ranked = able[np.argsort(apart[able], kind="stable")]
        reach = min(len(ranked), 4 * num_neighbors)
        steps = np.linspace(0, 1, min(num_neighbors, reach)) ** 1.5 * (reach - 1)
        pairs |= {(min(i, j), max(i, j)) for j in ranked[steps.round().astype(int)].tolist()}
    return sorted(pairs)


def _triangulate(
    pycolmap: ModuleType, folder: Path, views: list[_View], config: SfmConfig
) -> PointCloud:
    database, pictures = folder / "features.db", folder / "images"
    options = pycolmap.FeatureExtractionOptions()
    options.sift.max_num_features = config.max_features
    cpu = pycolmap.Device.cpu
    pycolmap.extract_features(
        database, pictures, [view.name for view in views], pycolmap.CameraMode.PER_IMAGE,
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
        pycolmap.Reconstruction(folder / "known"), database, pictures, folder / "result"
    )
    found.extract_colors_for_all_images(pictures)
    return _cloud(found)


def _known_model(pycolmap: ModuleType, database: Path, views: list[_View]) -> ColmapModel:
    """The model of the known poses with the database's numbers; its cameras become the known."""
    by_name = {view.name: view for view in views}
    cameras, images = {}, []
    with pycolmap.Database.open(database) as stored:
        for row in stored.read_all_images():
            view = by_name[row.name]
            camera = view.camera
            params = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
            own = stored.read_camera(row.camera_id)
            own.model, own.params = pycolmap.CameraModelId.PINHOLE, params
            own.has_prior_focal_length = True
            stored.update_camera(own)
            number = int(row.camera_id)
            cameras[number] = ColmapCamera(number, "PINHOLE", camera.width, camera.height, params)
            pose = invert_rigid(view.world_from_cam)
            images.append(ColmapImage(int(row.image_id), row.name, number, pose))
    nothing = ColmapPoints.of(PointCloud(np.zeros((0, 3), np.float32)))
    return ColmapModel(cameras, tuple(images), nothing)


def _cloud(found: Any) -> PointCloud:
    kept = [
        point
        for _, point in sorted(found.points3D.items())
        if point.track.length() >= _LEAST_VIEWS and point.error <= _MAX_ERROR
    ]
    points = np.array([point.xyz for point in kept], np.float32).reshape(-1, 3)
    colors = np.array([point.color for point in kept], np.uint8).reshape(-1, 3)
    return PointCloud(points, colors)
