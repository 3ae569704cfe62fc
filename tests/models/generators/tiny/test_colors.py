"""Colors come from the picture where it is seen, and from seen parts elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.models.generators.tiny.colors import camera_pitch, painted
from scenewright.models.generators.tiny.inputs import SIDE, Crop
from scenewright.models.generators.tiny.surfaces import grid_surface


def ball() -> np.ndarray:
    """(32, 32, 32) a ball."""
    steps = np.arange(32) - 15.5
    x, y, z = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.asarray(x**2 + y**2 + z**2 < 12**2)


def two_colored_crop() -> Crop:
    """A disk, red on the left and blue on the right, on green."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    disk = rows**2 + columns**2 < 24**2
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[..., 1] = 255
    image[disk & (columns < 0)] = (255, 0, 0)
    image[disk & (columns >= 0)] = (0, 0, 255)
    masks = np.stack([np.where(disk, 255, 0), np.zeros_like(image[..., 0])], axis=2)
    points = np.full((SIDE, SIDE, 3), np.nan, np.float16)
    return Crop(image, masks.astype(np.uint8), points, np.array([0, 0, 1], np.float32))


def test_sides_have_their_colors_and_nothing_is_taken_from_behind() -> None:
    occupied = ball()
    surface = grid_surface(np.where(occupied, 4.0, -4.0))
    colors = painted(surface.vertices, occupied, np.eye(3), two_colored_crop(), pitch=0.3)
    assert colors.shape == surface.vertices.shape
    front = surface.vertices[:, 1] < -0.1
    left, right = surface.vertices[:, 0] < -0.1, surface.vertices[:, 0] > 0.1
    assert colors[front & left, 0].mean() > 0.9 and colors[front & right, 2].mean() > 0.9
    assert colors[:, 1].max() < 0.1, "no green of the background"


def test_a_crop_without_a_mask_gives_gray() -> None:
    crop = two_colored_crop()
    blank = Crop(crop.image, np.zeros_like(crop.masks), crop.points, crop.place)
    colors = painted(np.zeros((3, 3)), ball(), np.eye(3), blank, pitch=0.3)
    assert np.ptp(colors) == 0 and colors[0, 0] == pytest.approx(0.6)


def test_the_pitch_follows_from_the_silhouette() -> None:
    slab = np.zeros((32, 32, 32), bool)
    slab[1:31, 1:31, 14:18] = True
    for degrees in (10, 50):
        pitch = np.deg2rad(degrees)
        high = round((30 * np.sin(pitch) + 4 * np.cos(pitch)) / 30 * 40)
        masks = np.zeros((SIDE, SIDE, 2), np.uint8)
        masks[32 - high // 2 : 32 - high // 2 + high, 12:52, 0] = 255
        crop = Crop(np.zeros((SIDE, SIDE, 3), np.uint8), masks,
                    np.full((SIDE, SIDE, 3), np.nan, np.float16),
                    np.array([0, 0, 1], np.float32))  # fmt: skip
        found = np.degrees(camera_pitch([slab], [np.eye(3)], [crop]))
        assert abs(found - degrees) <= 10
