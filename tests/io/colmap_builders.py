"""A COLMAP model with every camera model, and the errors of reading one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from scenewright.core import FormatError
from scenewright.geometry.distortion import LENS_MODELS
from scenewright.io.colmap import (
    COLMAP_MODELS,
    PANORAMA,
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    read_colmap_cameras,
    read_colmap_images,
    read_colmap_points,
)

NAMES = ("0001.jpg", "left/an image.png", "küche/0002.JPG")


def load_pycolmap() -> Any:
    """The module pycolmap, or a skipped test."""
    # Pillow first: loaded after pycolmap, its PNG encoder corrupts the heap.
    pytest.importorskip("PIL.Image")
    return pytest.importorskip("pycolmap")


def make_model(num_points: int = 20) -> ColmapModel:
    """A camera of every model, three images, colored points."""
    generator = np.random.default_rng(5)
    cameras = {}
    for number, model in enumerate(COLMAP_MODELS, start=3):
        size = 2 if model == PANORAMA else len(LENS_MODELS[model].params)
        params = generator.uniform(1, 700, size) / 3
        cameras[number] = ColmapCamera(number, model, 640 + number, 480, params)
    images = []
    for i, name in enumerate(NAMES):
        pose = np.eye(4)
        pose[:3, :3] = Rotation.random(random_state=i).as_matrix()
        pose[:3, 3] = generator.normal(size=3)
        images.append(ColmapImage(10 * i + 1, name, 3 + i, pose))
    points = ColmapPoints(
        generator.permutation(num_points).astype(np.uint64) + 5,
        generator.normal(size=(num_points, 3)),
        generator.integers(0, 256, (num_points, 3)).astype(np.uint8),
        generator.random(num_points),
    )
    return ColmapModel(cameras, tuple(images), points)


def message_of(path: Path, tmp_path: Path) -> str:
    """The error of reading a file, with DIR in place of the folder."""
    stem = path.stem
    read = {"cameras": read_colmap_cameras, "images": read_colmap_images}.get(
        stem, read_colmap_points
    )
    with pytest.raises(FormatError) as caught:
        read(path)
    return str(caught.value).replace(str(tmp_path), "DIR")


AGAIN = "Copy or export the model again."
