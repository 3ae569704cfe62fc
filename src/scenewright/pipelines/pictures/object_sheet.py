"""A contact sheet of the objects of a scene: each one cropped from an image, with its outline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_closing, binary_erosion, label

from scenewright.core import InstanceTable, instance_colors
from scenewright.core.wording import counted
from scenewright.pipelines.pictures.preview import short_name

MOST_OBJECTS = 60
"""Objects on a sheet; the largest ones are shown."""
SIDE = 220
"""Largest width and height of one picture, pixels."""
COLUMNS = 6
_MARGIN = 0.18
"""Added on each side of an object, share of its larger side."""
_CAPTION = 40
_HEADER = 34
_GAP = 12
_INK = (40, 42, 46)
_FAINT = (112, 114, 118)
_PAPER = (246, 246, 243)
_DIM = 0.55
"""Brightness of what lies around an object."""
_OUTLINE = 2
"""Width of the outline, pixels."""
_MOST_ENLARGED = 4.0
_GAP_SHARE = 0.02
"""Width of the widest cracks that an outline skips, share of the side of the object."""
_LEAST_HOLE = 0.012
"""Area of the smallest hole that is outlined, share of that of the object."""


def outlined_crop(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], *, color: tuple[int, int, int]
) -> Image.Image:
    """The part of an image around an object, with the object outlined and the rest dimmed.

    Args:
        image: (H, W, 3) RGB.
        mask: (H, W) pixels of the object; at least one.
        color: Of the outline.

    Returns:
        A picture whose larger side has `SIDE` pixels, or fewer for an object of few pixels.
    """
    left, top, right, bottom = _crop_bounds(mask)
    part = Image.fromarray(image[top:bottom, left:right])
    scale = min(SIDE / max(part.size), _MOST_ENLARGED)
    size = (max(round(part.width * scale), 1), max(round(part.height * scale), 1))
    shrinks = scale < 1
    pixels = np.asarray(
        part.resize(size, Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC)
    ).astype(np.float64)
    whole = _without_gaps(mask[top:bottom, left:right])
    small = Image.fromarray(whole.astype(np.uint8) * 255)
    # A smooth border: the mask is enlarged like an image and cut at one half.
    inside = np.asarray(small.resize(size, Image.Resampling.BILINEAR)) >= 128
    border = inside & ~binary_erosion(inside, iterations=_OUTLINE)
    pixels[~inside] *= _DIM
    pixels[border] = color
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _without_gaps(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask without the cracks, small holes and specks that missing depth leaves."""
    side = max(np.flatnonzero(mask.any(axis=k)).size for k in (0, 1))
    reach = max(round(_GAP_SHARE * side), 1)
    padded = np.pad(mask, reach)
    closed: NDArray[np.bool_] = (
        binary_closing(padded, iterations=reach)[reach:-reach, reach:-reach] | mask
    )
    least = _LEAST_HOLE * closed.sum()
    for value in (False, True):
        parts, count = label(closed == value)
        size = np.bincount(parts.reshape(-1), minlength=count + 1)
        is_small = size < least
        is_small[0] = False
        closed[is_small[parts]] = not value
    return closed


def _crop_bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of an object with a margin, pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    margin = int(_MARGIN * max(bottom - top, right - left)) + 3
    height, width = mask.shape
    return (
        max(int(left) - margin, 0),
        max(int(top) - margin, 0),
        min(int(right) + margin, width),
        min(int(bottom) + margin, height),
    )


def sheet_order(table: InstanceTable) -> list[int]:
    """Ids in the order of a sheet: objects before parts of the room, the largest first."""
    volume = np.maximum(table.size, 0.01).prod(axis=1)
    order = np.lexsort((table.id, -volume, table.is_stuff))
    return [int(i) for i in table.id[order]][:MOST_OBJECTS]


def draw_object_sheet(
    pictures: Mapping[int, Image.Image],
    table: InstanceTable,
    *,
    title: str = "",
    is_metric: bool = True,
) -> Image.Image:
    """Lays pictures of objects out in rows, each with name, size and score.

    Args:
        pictures: A picture per id; ids without one are left out.
        table: The objects.
        title: First line.
        is_metric: Whether sizes are in meters.
    """
    ids = [i for i in sheet_order(table) if i in pictures]
    rows = max(-(-len(ids) // COLUMNS), 1)
    width = _GAP + COLUMNS * (SIDE + _GAP)
    paper = Image.new("RGB", (width, _HEADER + rows * (SIDE + _CAPTION + _GAP)), _PAPER)
    pen = ImageDraw.Draw(paper)
    count = counted(len(ids), "object")
    if len(ids) < len(table):
        count = f"{len(ids)} of {counted(len(table), 'object')}"
    pen.text((_GAP, 9), f"{title}: {count}" if title else count, fill=_INK, font=_font(16))
    colors = instance_colors(table)
    for number, i in enumerate(ids):
        x = _GAP + number % COLUMNS * (SIDE + _GAP)
        y = _HEADER + number // COLUMNS * (SIDE + _CAPTION + _GAP)
        picture = pictures[i]
        paper.paste(picture, (x + (SIDE - picture.width) // 2, y + SIDE - picture.height))
        row = table.by_id(i)
        size = " x ".join(f"{edge:.2f}" for edge in row.box.size)
        pen.rectangle((x, y + SIDE + 8, x + 9, y + SIDE + 17), fill=colors[i])
        pen.text((x + 15, y + SIDE + 4), short_name(row), fill=_INK, font=_font(14))
        caption = f"{size}{' m' if is_metric else ''}, score {row.score:.2f}"
        pen.text((x, y + SIDE + 22), caption, fill=_FAINT, font=_font(12))
    return paper


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)
