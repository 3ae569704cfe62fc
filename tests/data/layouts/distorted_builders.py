"""Images and depth of the small room as a distorting lens shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.core import Frame
from scenewright.geometry.distortion import Lens, lens_rays
from tests.data.capture_builders import (
    Room,
    render_rays,
    save_picture,
)

DISTORTED_SIZE = (160, 120)


LENSES = {
    "OPENCV": [150.0, 148.0, 70.3, 66.1, -0.2, 0.05, 0.002, -0.003],
    "SIMPLE_RADIAL": [150.0, 83.2, 55.1, 0.12],
    "OPENCV_FISHEYE": [70.0, 71.0, 82.2, 58.3, 0.03, -0.01, 0.002, 0.0],
    "PINHOLE": [150.0, 148.0, 50.3, 76.1],
}


def write_distorted(folder: Path, room: Room, lens: Lens) -> list[str]:
    """Images and depth as the lens shows them; the names of the images."""
    columns, rows = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    rays = lens_rays(lens, np.stack([columns, rows], axis=-1))
    assert np.isfinite(rays).all()
    names = []
    for i, pose in enumerate(room.poses):
        image, depth = render_rays(pose, rays[..., 0], rays[..., 1])
        save_picture(folder / "images" / f"{i:04d}.png", image)
        save_picture(folder / "depths" / f"{i:04d}.png", np.round(1000 * depth).astype(np.uint16))
        names.append(f"{i:04d}.png")
    return names


def assert_undistorted(frame: Frame, room: Room) -> None:
    camera = frame.camera
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fy
    image, depth = render_rays(room.poses[frame.index], *np.meshgrid(x, y))
    assert frame.image is not None and frame.depth is not None
    # Edges of the crate fall on one pixel or its neighbor.
    difference = np.abs(frame.image.astype(int) - image).max(axis=-1)
    assert np.quantile(difference, 0.95) < 4
    assert np.quantile(np.abs(frame.depth - depth) / depth, 0.95) < 0.02
    assert (frame.depth > 0).all()
