"""Colors come from the picture where it is seen, and from seen parts elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.models.generators.tiny.colors import camera_pitch, painted
from scenewright.models.generators.tiny.inputs import SIDE, Crop
from scenewright.models.generators.tiny.surfaces import grid_surface

GRAY: Any = {"heading": 0.0, "expected": np.full((8, 8, 8, 3), 0.5, np.float32)}


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
    colors = painted(surface.vertices, occupied, np.eye(3), two_colored_crop(), pitch=0.3, **GRAY)
    assert colors.shape == surface.vertices.shape
    front = surface.vertices[:, 1] < -0.1
    left, right = surface.vertices[:, 0] < -0.1, surface.vertices[:, 0] > 0.1
    assert colors[front & left, 0].mean() > 0.9 and colors[front & right, 2].mean() > 0.9
    assert colors[front, 1].max() < 0.1, "no green of the background"


def test_a_crop_without_a_mask_gives_gray() -> None:
    crop = two_colored_crop()
    blank = Crop(crop.image, np.zeros_like(crop.masks), crop.points, crop.place)
    colors = painted(np.zeros((3, 3)), ball(), np.eye(3), blank, pitch=0.3, **GRAY)
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


def test_hidden_sides_mirror_what_is_seen_about_the_heading() -> None:
    occupied = ball()
    surface = grid_surface(np.where(occupied, 4.0, -4.0))
    expected = np.full((8, 8, 8, 3), 0.5, np.float32)
    colors = painted(
        surface.vertices, occupied, np.eye(3), two_colored_crop(), pitch=0.1,
        heading=np.pi / 2, expected=expected,
    )  # fmt: skip
    # The plane of symmetry faces the camera: the back has the colors of the front.
    back = surface.vertices[:, 1] > 0.15
    left, right = surface.vertices[:, 0] < -0.1, surface.vertices[:, 0] > 0.1
    excess = colors[:, 0] - colors[:, 2]  # red over blue
    assert excess[back & left].mean() > 0.1 and excess[back & right].mean() < -0.1
    aside = painted(
        surface.vertices, occupied, np.eye(3), two_colored_crop(), pitch=0.1, heading=0.0,
        expected=expected,
    )  # fmt: skip
    assert abs((aside[:, 0] - aside[:, 2])[back & left].mean()) < 0.1, "another plane"


def test_what_neither_picture_nor_mirror_shows_is_as_expected_in_the_same_light() -> None:
    occupied = ball()
    surface = grid_surface(np.where(occupied, 4.0, -4.0))
    crop = two_colored_crop()
    crop.image[...] = (100, 50, 25)
    expected = np.full((8, 8, 8, 3), 0.5, np.float32)
    expected[:, 6:] = 1.0  # the back is twice as bright
    colors = painted(
        surface.vertices, occupied, np.eye(3), crop, pitch=0.1, heading=0.0, expected=expected
    )
    back, front = surface.vertices[:, 1] > 0.34, surface.vertices[:, 1] < -0.2
    assert colors[front].mean(axis=0) == pytest.approx(np.array([100, 50, 25]) / 255, abs=0.01)
    ratio = colors[back].mean(axis=0) / colors[front].mean(axis=0)
    assert ratio == pytest.approx(np.full(3, 1.9), abs=0.25)
