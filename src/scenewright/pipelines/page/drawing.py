"""The picture of the page: masks over the picture, with their labels."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from scenewright.core.palette import instance_color
from scenewright.pipelines.page.session import NEW, Session

LONGEST_SIDE = 1200
"""Of the picture that is shown, pixels."""
_TINT, _SELECTED_TINT = 0.45, 0.6
_POINT = 6
_ON, _OFF, _BOX = (60, 220, 90), (235, 60, 60), (255, 255, 255)


def overlay(session: Session) -> NDArray[np.uint8]:
    """The shown picture (h, w, 3) with its masks, their labels, and what was given for the mask.

    Raises:
        ConventionError: There is no picture.
    """
    picture = session.picture
    height, width = picture.size
    scale = min(LONGEST_SIDE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    pixels = np.asarray(Image.fromarray(picture.pixels).resize(size, Image.Resampling.BOX))
    rows = np.minimum((np.arange(size[1]) + 0.5) / size[1] * height, height - 1).astype(int)
    columns = np.minimum((np.arange(size[0]) + 0.5) / size[0] * width, width - 1).astype(int)
    keys = picture.keys[rows[:, None], columns]
    mixed = pixels.astype(np.float32)
    for each in session.objects:
        mask = keys == each.key
        tint = _SELECTED_TINT if each.key == session.selected else _TINT
        color = np.array(instance_color(each.key), np.float32)
        mixed[mask] += tint * (color - mixed[mask])
        wide = 2 if each.key == session.selected else 1
        mixed[mask & ~ndimage.binary_erosion(mask, iterations=wide)] = (
            255 if each.key == session.selected else color
        )
    image = Image.fromarray(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    _draw_prompt(draw, session, size[0] / width)
    font = ImageFont.load_default(max(13, round(max(size) / 55)))
    for label, each in enumerate(session.objects, 1):
        place = _inner_point(keys == each.key)
        if place is not None:
            _draw_label(draw, place, str(label), font, instance_color(each.key))
    return np.asarray(image)


def data_url(image: NDArray[np.uint8]) -> str:
    """A picture (h, w, 3) uint8 as a JPEG in a URL."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def object_lines(session: Session) -> list[tuple[str, int]]:
    """A line per object of the list, and its key; the first one stands for a new object."""
    lines = [("New object", NEW)]
    for each in session.objects:
        area = session.picture.area(each.key)
        note = "" if area else " (no mask in this picture)"
        lines.append((f"{session.title(each.key)}{note}", each.key))
    return lines


def _draw_prompt(draw: ImageDraw.ImageDraw, session: Session, scale: float) -> None:
    prompt = session.prompt
    if prompt.box is not None:
        box = tuple(value * scale for value in prompt.box)
        draw.rectangle(box, outline=_BOX, width=2)
    for points, color in ((prompt.on, _ON), (prompt.off, _OFF)):
        for x, y in points:
            u, v = x * scale, y * scale
            draw.ellipse((u - _POINT, v - _POINT, u + _POINT, v + _POINT), color, _BOX, 2)


def _inner_point(mask: NDArray[np.bool_]) -> tuple[int, int] | None:
    """x and y of the pixel of a mask that is farthest from its border."""
    if not mask.any():
        return None
    inside = ndimage.distance_transform_cdt(np.pad(mask, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(inside.argmax()), mask.shape)
    return int(column), int(row)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    color: tuple[int, int, int],
) -> None:
    left, top, right, bottom = draw.textbbox(place, text, font=font, anchor="mm")
    draw.rounded_rectangle(
        (left - 6, top - 4, right + 6, bottom + 4), 5, fill=(20, 22, 26), outline=color, width=2
    )
    draw.text(place, text, font=font, anchor="mm", fill=(255, 255, 255))
