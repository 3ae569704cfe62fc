"""A still picture of a scene: from above and from two sides, by object and in color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenewright.core import ConventionError, Instance, Scene, instance_colors
from scenewright.core.palette import NO_INSTANCE, Color
from scenewright.geometry.scene_layers import facing_of, scene_layers
from scenewright.geometry.viewing import facing_areas, level_axes
from scenewright.pipelines.pictures._surfaces import (
    DrawnSurfaces,
    Surfaces,
    draw_surfaces,
    surfaces_of,
)

PANEL = (620, 520)
"""Width and height of one view, pixels."""
_ELEVATION_DEG = 40.0
_AZIMUTHS_DEG = tuple(35.0 + 45.0 * k for k in range(8))
_OTHER_SIDE = 0.75
"""Share of the surface of the first side that a second side must show; otherwise the second view
is from nearby."""
_SUPERSAMPLE = 2
_MARGIN = 14
_HEADER = 58
_BACKGROUND = (246, 246, 243)
_INK = (40, 42, 46)
_FAINT = (120, 122, 126)
_ROOM_PAINT = 0.4
"""How much of its color a wall or a floor shows; less than objects."""
_LEAST_LABEL_AREA = 170
"""Minimum number of visible pixels of an object with a name."""
_LAMP = np.array([-0.25, 0.1, 0.45])
"""Direction of the lamp from the viewer, level axes."""


def draw_preview(
    scene: Scene,
    *,
    up: NDArray[np.float64] | None = None,
    title: str = "",
    caption: str = "",
) -> Image.Image:
    """Draws a scene from above and from two sides, by object in the upper row.

    Surfaces that face away from the viewer and ceilings are left out, so that the inside of a room
    shows. The sides are those on which most of the surface is open to the viewer.

    Args:
        scene: With meshes, points or surfels.
        up: (3,) unit vector against gravity; None takes the scene's, and -y where that is unknown.
        title: First line of the header.
        caption: Second line of the header.

    Raises:
        ConventionError: The scene has nothing to draw.
    """
    rows = {row.id: row for row in scene.instances}
    colors = instance_colors(scene.instances)
    ceilings = {row.id for row in rows.values() if row.role == "ceiling"}
    layers = scene_layers(scene)
    shown = [layer for layer in layers if layer.instance not in ceilings] or layers
    if not shown:
        raise ConventionError(
            "A scene to draw", expected="meshes, points or surfels", got="none of them"
        )
    if up is None:
        up = np.array([0.0, -1.0, 0.0]) if scene.up is None else scene.up
    surfaces = surfaces_of(shown, level_axes(up, *facing_of(shown)))
    views = (("from above", 90.0, 0.0), *side_views(surfaces))
    sheet = _blank_sheet(len(views), title=title, caption=caption)
    for column, (name, elevation, azimuth) in enumerate(views):
        size = (PANEL[0] * _SUPERSAMPLE, PANEL[1] * _SUPERSAMPLE)
        drawn = draw_surfaces(surfaces, size, azimuth_deg=azimuth, elevation_deg=elevation)
        by_object, in_color = paint_surfaces(drawn, surfaces, rows, colors)
        by_object = _with_names(by_object, drawn, surfaces, rows)
        x = _MARGIN + column * (PANEL[0] + _MARGIN)
        sheet.paste(by_object, (x, _HEADER))
        sheet.paste(in_color, (x, _HEADER + PANEL[1] + _MARGIN))
        ImageDraw.Draw(sheet).text(
            (x + 10, _HEADER + 8), name, fill=_FAINT, font=_font(14),
            stroke_width=3, stroke_fill=_BACKGROUND,
        )  # fmt: skip
    return sheet


def side_views(surfaces: Surfaces) -> list[tuple[str, float, float]]:
    """Name, elevation and azimuth (degrees) of the most open side, and of another one."""
    seen = facing_areas(
        surfaces.normals, surfaces.areas, _AZIMUTHS_DEG, elevation_deg=_ELEVATION_DEG
    )
    first, count = int(seen.argmax()), len(seen)
    far = [(first + step) % count for step in range(count // 4, count - count // 4 + 1)]
    near = [(first - 1) % count, (first + 1) % count]
    other = max(far, key=lambda k: float(seen[k]))
    name = "from another side"
    if seen[other] < _OTHER_SIDE * seen[first]:
        other, name = max(near, key=lambda k: float(seen[k])), "from beside it"
    return [
        ("from the open side", _ELEVATION_DEG, _AZIMUTHS_DEG[first]),
        (name, _ELEVATION_DEG, _AZIMUTHS_DEG[other]),
    ]


def _blank_sheet(num_views: int, *, title: str, caption: str) -> Image.Image:
    width = _MARGIN + num_views * (PANEL[0] + _MARGIN)
    height = _HEADER + 2 * (PANEL[1] + _MARGIN)
    sheet = Image.new("RGB", (width, height), (228, 228, 224))
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, 9), title, fill=_INK, font=_font(20))
    pen.text((_MARGIN, 34), caption, fill=_FAINT, font=_font(14))
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def paint_surfaces(
    drawn: DrawnSurfaces,
    surfaces: Surfaces,
    rows: Mapping[int, Instance],
    colors: Mapping[int, Color],
) -> tuple[Image.Image, Image.Image]:
    """A view by object and in color, at panel size.

    Args:
        drawn: The view, at twice the panel size.
        surfaces: What is drawn.
        rows: The instances that have their color in the first picture; others are gray.
        colors: Color of each instance.
    """
    seen = drawn.index >= 0
    numbers = drawn.index[seen]
    relief = _relief(drawn)[seen][:, None].astype(np.float32)
    known = np.unique(surfaces.instance)
    palette = np.array([colors.get(int(i), NO_INSTANCE) for i in known], np.float32)
    strength = np.array([[_strength(rows.get(int(i)))] for i in known], np.float32)
    position = np.searchsorted(known, surfaces.instance[numbers])
    natural = surfaces.colors[numbers]
    gray = (natural @ np.array([0.299, 0.587, 0.114], np.float32) / 255)[:, None]
    calm = 255 * (0.46 + 0.42 * gray)
    own = palette[position] * (0.76 + 0.3 * gray)
    light = _light(surfaces.normals[numbers], drawn.towards_viewer)[:, None]
    painted = (calm + strength[position] * (own - calm)) * light
    natural = natural * (0.5 * 1.06 + 0.5 * light)
    pictures = []
    for values in (painted, natural):
        canvas = np.empty((*drawn.index.shape, 3), np.uint8)
        canvas[:] = _BACKGROUND
        canvas[seen] = np.clip(values * relief, 0, 255)
        pictures.append(Image.fromarray(canvas).resize(PANEL, Image.Resampling.BOX))
    return pictures[0], pictures[1]


def _strength(row: Instance | None) -> float:
    """How much of its color is shown: all of an object, little of the room, none of the rest."""
    if row is None:
        return 0.0
    return 1.0 if row.role == "object" else _ROOM_PAINT


def _light(normals: NDArray[np.float32], towards: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N,) brightness of surfaces: light of the sky, and a lamp beside the viewer."""
    lamp = towards + _LAMP
    lamp /= np.linalg.norm(lamp)
    sky = 0.5 + 0.5 * normals[:, 2]
    lit = np.clip(normals @ lamp.astype(np.float32), 0, None)
    shade: NDArray[np.float32] = 0.52 + 0.16 * sky + 0.34 * lit
    shade[~np.any(normals, axis=1)] = 0.95
    return shade


def _relief(drawn: DrawnSurfaces) -> NDArray[np.float64]:
    """(H, W) darkening where a neighbor is nearer (eye-dome lighting, Boucheny 2009)."""
    depth = np.where(np.isfinite(drawn.depth), drawn.depth, np.nan)
    total = np.zeros(depth.shape)
    for reach in (1, 3):
        padded = np.pad(depth, reach, mode="edge")
        height, width = depth.shape
        for row, column in ((0, reach), (2 * reach, reach), (reach, 0), (reach, 2 * reach)):
            other = padded[row : row + height, column : column + width]
            step = np.nan_to_num(depth - other, nan=0.0)
            total += np.clip(step - 2 * reach * drawn.meters_per_pixel, 0, 0.25)
    shade: NDArray[np.float64] = np.exp(-0.9 * total)
    return shade


def _with_names(
    picture: Image.Image,
    drawn: DrawnSurfaces,
    surfaces: Surfaces,
    rows: Mapping[int, Instance],
) -> Image.Image:
    """Writes the label and id of each sufficiently large object on it, the largest first."""
    step = _SUPERSAMPLE
    index = drawn.index[::step, ::step]
    ids = np.where(index >= 0, surfaces.instance[index], 0)
    pen = ImageDraw.Draw(picture)
    taken: list[tuple[float, float, float, float]] = []
    present, areas = np.unique(ids[ids > 0], return_counts=True)
    # Objects are named before the room, which is large wherever it is seen.
    is_room = np.array([rows[int(i)].role != "object" for i in present], bool)
    for which in np.lexsort((-areas, is_room)):
        if areas[which] < _LEAST_LABEL_AREA:
            continue
        points, columns = np.nonzero(ids == present[which])
        center = int(np.argmin((points - points.mean()) ** 2 + (columns - columns.mean()) ** 2))
        position = (float(columns[center]), float(points[center]))
        text = short_name(rows[int(present[which])])
        bounds = pen.textbbox(position, text, font=_font(14), anchor="mm", stroke_width=2)
        inside = bounds[0] >= 0 and bounds[2] <= PANEL[0]
        if not inside or any(_overlap(bounds, other) for other in taken):
            continue
        taken.append(bounds)
        pen.text(
            position, text, fill=(255, 255, 255), font=_font(14), anchor="mm",
            stroke_width=2, stroke_fill=_INK,
        )  # fmt: skip
    return picture


def short_name(row: Instance, *, length: int = 18) -> str:
    """The label (or the role of a part of the room) and the id, on one line.

    Args:
        row: The instance.
        length: Characters of the label that are kept.
    """
    word = row.label or ("" if row.role == "object" else row.role)
    word = "".join(letter if letter.isprintable() else " " for letter in word)
    word = word if len(word) <= length else word[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return f"{word} {row.id}".strip()


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
