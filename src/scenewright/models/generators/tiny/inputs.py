"""What the image encoder of ``generate/tiny`` sees: square crops of the scene and of its objects.

A crop has `CHANNELS` channels: color, the mask of its subject, the masks of the other objects,
where in the picture of the scene it is, and, if depth is known, where its pixels are in the scene
cube.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ConventionError
from scenewright.geometry.layouts import similarity
from scenewright.models.generators.crops import CropBox

SIDE = 64
"""Pixels per side of a crop."""
CHANNELS = 11
"""Red, green, blue; subject, others; u, v; x, y, z; whether x, y, z are known."""
PLACE = slice(5, 7)
"""Channels of u, v."""
POINTS = slice(7, 10)
"""Channels of x, y, z, doubled."""
SEEN_EXTENT = 0.72
"""Longest edge of what is seen of a scene, in its cube; the rest is room for what is hidden."""
SEEN_CENTER = (0.0, -0.06, 0.0)
"""Center of what is seen: hidden parts are behind it, at larger y."""
_TRIM = 1.0
"""Share of the points of an object, percent, beyond which its extent is cut at both ends."""
_LEAST_COVERAGE = 128
"""Coverage of a pixel by the subject of a crop, of 255, from which on its point counts."""
LEAST_POINTS = 12
"""Objects with fewer measured points do not count for the scene cube."""


@dataclass(frozen=True, eq=False)
class Crop:
    """One square crop, as it is stored.

    Attributes:
        image: (side, side, 3) uint8 RGB.
        masks: (side, side, 2) uint8 coverage by the subject and by the other objects, 255 = full.
        points: (side, side, 3) float16 position in the scene cube, NaN where unknown.
        place: (3,) float32 center u, v and half side of the crop in the crop of the scene, which
            itself is (0, 0, 1).
    """

    image: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    points: NDArray[np.float16]
    place: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SceneCrops:
    """The crops of a scene.

    Attributes:
        scene: The square around all objects; its subject is all of them.
        objects: The square around each object.
        points: (H, W, 3) position of each pixel of the picture in the scene cube, NaN where
            unknown; None if nothing is known.
    """

    scene: Crop
    objects: tuple[Crop, ...]
    points: NDArray[np.floating] | None = None


def scene_cube(
    points: NDArray[np.floating], masks: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """(4, 4) similarity from level view axes to the scene cube, from what is seen of the objects.

    Args:
        points: (H, W, 3) in axes x right, y away from the camera, z up; NaN where unknown.
        masks: (H, W) pixels of each object.

    Raises:
        ConventionError: No object has enough points.
    """
    known = np.isfinite(points).all(axis=2)
    lows, highs = [], []
    for mask in masks:
        part = points[mask & known]
        if len(part) >= LEAST_POINTS:
            low, high = np.percentile(part, (_TRIM, 100 - _TRIM), axis=0)
            lows.append(low)
            highs.append(high)
    if not lows:
        raise ConventionError(
            "Measured points of the objects",
            expected=f"at least {LEAST_POINTS} of one",
            got="fewer",
        )
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    scale = SEEN_EXTENT / max(float((high - low).max()), 1e-6)
    return similarity(scale, np.eye(3), np.array(SEEN_CENTER) - scale * (low + high) / 2)


def scene_crops(
    image: NDArray[np.uint8],
    masks: Sequence[NDArray[np.bool_]],
    points: NDArray[np.floating] | None = None,
    *,
    side: int = SIDE,
) -> SceneCrops:
    """Cuts the crops of a picture.

    Args:
        image: (H, W, 3) RGB.
        masks: (H, W) pixels of each object, at least one.
        points: (H, W, 3) position of each pixel in the scene cube, NaN where unknown; None if
            nothing is known.
        side: Pixels per side of a crop.

    Raises:
        ConventionError: A mask is empty or a single pixel.
    """
    union = np.logical_or.reduce(masks)
    box = CropBox.around(union, name="The masks together")
    where = np.full((*union.shape, 3), np.nan, np.float32) if points is None else points
    scene = _crop(image, (union, np.zeros_like(union)), where, box, box, side)
    objects = []
    for number, mask in enumerate(masks):
        tight = CropBox.around(mask, name=f"Mask {number + 1}")
        objects.append(_crop(image, (mask, union & ~mask), where, tight, box, side))
    return SceneCrops(scene, tuple(objects), points)


def measured_points(crop: Crop) -> NDArray[np.float64]:
    """(P, 3) measured points of the subject of a crop, in the scene cube."""
    points = crop.points[crop.masks[..., 0] >= _LEAST_COVERAGE].astype(np.float64)
    return points[np.isfinite(points).all(axis=1)]


def encoder_input(crops: Sequence[Crop], *, with_points: bool = True) -> NDArray[np.float32]:
    """(N, CHANNELS, side, side) input of the image encoder.

    Args:
        crops: N crops of one size.
        with_points: Whether the positions of pixels are given where they are known.
    """
    side = len(crops[0].image)
    result = np.zeros((len(crops), CHANNELS, side, side), np.float32)
    for row, crop in zip(result, crops, strict=True):
        row[:3] = crop.image.transpose(2, 0, 1) / np.float32(127.5) - 1
        row[3:5] = crop.masks.transpose(2, 0, 1) / np.float32(255)
        row[PLACE] = place_channels(crop.place[None], side)[0]
        if with_points:
            points = crop.points.astype(np.float32).transpose(2, 0, 1)
            known = np.isfinite(points).all(axis=0)
            row[POINTS] = np.where(known, np.nan_to_num(points), 0) * 2
            row[10] = known
    return result


def place_channels(places: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """(N, 2, side, side) u and v of the pixels of crops, from `Crop.place`."""
    steps = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1)[None]
    u = places[:, 0, None] + places[:, 2, None] * steps
    v = places[:, 1, None] + places[:, 2, None] * steps
    shape = (len(places), side, side)
    return np.stack(
        [np.broadcast_to(u[:, None, :], shape), np.broadcast_to(v[:, :, None], shape)], 1
    )


def _crop(
    image: NDArray[np.uint8],
    masks: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    points: NDArray[np.floating],
    box: CropBox,
    scene: CropBox,
    side: int,
) -> Crop:
    size = box.right - box.left
    rows = box.top + ((np.arange(side) + 0.5) * size / side).astype(int)
    columns = box.left + ((np.arange(side) + 0.5) * size / side).astype(int)
    inside = ((rows >= 0) & (rows < len(image)))[:, None] & (
        (columns >= 0) & (columns < image.shape[1])
    )
    picked = points[np.clip(rows, 0, len(image) - 1)][:, np.clip(columns, 0, image.shape[1] - 1)]
    covered = [_shrunk(np.where(box.cut(mask), 255, 0).astype(np.uint8), side) for mask in masks]
    subject = masks[0] | masks[1]
    known = box.cut(subject)[rows - box.top][:, columns - box.left] & inside
    half = (scene.right - scene.left) / 2
    middle = np.array([box.left + box.right, box.top + box.bottom]) / 2
    origin = np.array([scene.left + scene.right, scene.top + scene.bottom]) / 2
    return Crop(
        _shrunk(box.cut(image), side),
        np.stack(covered, axis=2),
        np.where(known[..., None], picked, np.nan).astype(np.float16),
        np.array([*((middle - origin) / half), size / 2 / half], np.float32),
    )


def _shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR))
