"""A still picture of a scene: from above and from two corners, by object and in color."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial import KDTree

from scenewright.core import ConventionError, PointCloud, Scene
from scenewright.geometry.transforms import upright_frame
from scenewright.pipelines.pictures._point_drawing import draw_points

PANEL = (470, 420)
"""Width and height of one view, pixels."""
_VIEWS = (
    ("from above", 90.0, 0.0),
    ("from one corner", 38.0, 35.0),
    ("from the opposite corner", 38.0, 215.0),
)
"""Name, elevation and azimuth (degrees) of each view."""
_SUPERSAMPLE = 2
_MARGIN = 14
_HEADER = 58
_BACKGROUND = (246, 246, 243)
_INK = (40, 42, 46)
_FAINT = (120, 122, 126)
_UNASSIGNED = (176, 176, 174)
_GOLDEN = 0.618033988749895
_LARGEST_RADIUS = 12
"""Maximum radius in pixels; otherwise a few points would fill the picture."""
_LEAST_LABEL_AREA = 130
"""Minimum number of visible pixels of an object with a number."""
_CEILING_CUT = 0.85
"""Share of the height above which points without normals are left out as ceiling."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One view, before it is colored.

    Attributes:
        index: (H, W) int32 index of the nearest point, -1 = none.
        depth: (H, W) float32 distance from the viewer, meters; infinite where there is no point.
        meters_per_pixel: Scale of the view.
    """

    index: NDArray[np.int32]
    depth: NDArray[np.float32]
    meters_per_pixel: float


def instance_color(instance_id: int) -> tuple[int, int, int]:
    """A color for an id, well separated from the colors of nearby ids; gray for 0."""
    if instance_id == 0:
        return _UNASSIGNED
    hue = (instance_id * _GOLDEN) % 1.0
    saturation = (0.62, 0.48, 0.78)[instance_id % 3]
    value = (0.93, 0.80, 0.68)[(instance_id // 3) % 3]
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)


def draw_preview(
    scene: Scene,
    *,
    up: NDArray[np.float64] | None = None,
    title: str = "",
    caption: str = "",
) -> Image.Image:
    """Draws a scene from above and from two corners, by object in the upper row.

    Surfaces that face away from the viewer are left out, so that the inside of a room shows.

    Args:
        scene: With points.
        up: (3,) unit vector against gravity; None takes the scene's, and -y where that is unknown.
        title: First line of the header.
        caption: Second line of the header.

    Raises:
        ConventionError: The scene has no points.
    """
    cloud = scene.points
    if cloud is None or not len(cloud):
        raise ConventionError("A scene to draw", expected="points", got="none")
    if up is None:
        up = np.array([0.0, -1.0, 0.0]) if scene.up is None else scene.up
    spacing = _spacing(cloud)
    world_axes = _level_axes(cloud, up)
    sheet = _blank_sheet(len(_VIEWS), title=title, caption=caption)
    for column, (name, elevation, azimuth) in enumerate(_VIEWS):
        drawn = _draw_view(cloud, world_axes, spacing, elevation=elevation, azimuth=azimuth)
        by_object, in_color = _paint(drawn, cloud)
        by_object = _with_numbers(by_object, drawn, cloud)
        x = _MARGIN + column * (PANEL[0] + _MARGIN)
        sheet.paste(by_object, (x, _HEADER))
        sheet.paste(in_color, (x, _HEADER + PANEL[1] + _MARGIN))
        ImageDraw.Draw(sheet).text((x + 10, _HEADER + 8), name, fill=_FAINT, font=_font(14))
    return sheet


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


def _spacing(cloud: PointCloud) -> float:
    """Distance between neighboring points, meters."""
    sample = cloud.points[:: max(len(cloud) // 2000, 1)]
    distance = KDTree(cloud.points).query(sample, k=[min(4, len(cloud))])[0][:, 0]
    return float(max(np.median(distance), 1e-4))


def _level_axes(cloud: PointCloud, up: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rows: two horizontal axes along the walls, and up."""
    axes = upright_frame(up).T
    if cloud.normals is not None:
        normals = cloud.normals @ axes[:2].T
        walls = normals[np.linalg.norm(normals, axis=1) > 0.9]
        # Walls repeat every quarter turn, so their angles agree once multiplied by four.
        turn = np.angle(np.exp(4j * np.arctan2(walls[:, 1], walls[:, 0])).sum()) / 4
        c, s = np.cos(turn), np.sin(turn)
        axes = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ axes
    return axes


def _draw_view(
    cloud: PointCloud,
    world_axes: NDArray[np.float64],
    spacing: float,
    *,
    elevation: float,
    azimuth: float,
) -> _Drawn:
    """Draws the points that face a distant viewer in the given direction (degrees)."""
    tilt, turn = np.deg2rad(elevation), np.deg2rad(azimuth)
    c, s = np.cos(turn), np.sin(turn)
    # Rows: right, down, and away from the viewer, in level axes.
    view = np.array(
        [
            [c, s, 0.0],
            [s * np.sin(tilt), -c * np.sin(tilt), -np.cos(tilt)],
            [-s * np.cos(tilt), c * np.cos(tilt), -np.sin(tilt)],
        ]
    )
    from_world = view @ world_axes
    keep = _visible(cloud, world_axes[2], from_world[2])
    local = cloud.points[keep].astype(np.float64) @ from_world.T
    width, height = PANEL[0] * _SUPERSAMPLE, PANEL[1] * _SUPERSAMPLE
    low, high = np.quantile(local[:, :2], [0.002, 0.998], axis=0)
    scale = 0.88 * min(width / (high[0] - low[0] + 1e-9), height / (high[1] - low[1] + 1e-9))
    pixels = (local[:, :2] - (low + high) / 2) * scale + np.array([width, 1.04 * height]) / 2
    nearest = np.full((height, width), np.inf, np.float32)
    index = np.full((height, width), -1, np.int32)
    radius = min(max(round(0.62 * spacing * scale), 1), _LARGEST_RADIUS)
    draw_points(
        np.ascontiguousarray(pixels[:, 0]),
        np.ascontiguousarray(pixels[:, 1]),
        np.ascontiguousarray(local[:, 2]),
        radius,
        nearest,
        index,
    )
    numbers = np.append(np.flatnonzero(keep), -1).astype(np.int32)
    return _Drawn(numbers[index], nearest, 1 / scale)


def _visible(
    cloud: PointCloud, up: NDArray[np.float64], away: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Points whose surface faces the viewer; without normals, those below the ceiling."""
    if cloud.normals is not None:
        facing: NDArray[np.bool_] = cloud.normals @ away < 0.12
        if facing.any():
            return facing
    height = cloud.points @ up
    low, high = np.quantile(height, [0.01, 0.99])
    below: NDArray[np.bool_] = height <= low + _CEILING_CUT * (high - low)
    return below


def _paint(drawn: _Drawn, cloud: PointCloud) -> tuple[Image.Image, Image.Image]:
    """The view by object and in color, at panel size."""
    seen = drawn.index >= 0
    numbers = drawn.index[seen]
    relief = _relief(drawn)[seen]
    ids = np.zeros(len(cloud), np.int32) if cloud.instance_id is None else cloud.instance_id
    palette_ids, position = np.unique(ids, return_inverse=True)
    palette = np.array([instance_color(int(i)) for i in palette_ids], np.float64)
    painted = palette[position.reshape(-1)[numbers]]
    if cloud.normals is not None:
        lamp = np.array([0.36, 0.48, 0.80])
        painted *= (0.72 + 0.28 * np.abs(cloud.normals[numbers] @ lamp))[:, None]
    colors = np.full((len(cloud), 3), 150, np.uint8) if cloud.colors is None else cloud.colors
    pictures = []
    for values in (painted, colors[numbers].astype(np.float64)):
        canvas = np.empty((*drawn.index.shape, 3), np.uint8)
        canvas[:] = _BACKGROUND
        canvas[seen] = np.clip(values * relief[:, None], 0, 255)
        pictures.append(Image.fromarray(canvas).resize(PANEL, Image.Resampling.BOX))
    return pictures[0], pictures[1]


def _relief(drawn: _Drawn) -> NDArray[np.float64]:
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


def _with_numbers(picture: Image.Image, drawn: _Drawn, cloud: PointCloud) -> Image.Image:
    """Draws the id of each sufficiently large object at one of its pixels."""
    if cloud.instance_id is None:
        return picture
    step = _SUPERSAMPLE
    index = drawn.index[::step, ::step]
    ids = np.where(index >= 0, cloud.instance_id[index], 0)
    pen = ImageDraw.Draw(picture)
    taken: list[tuple[float, float, float, float]] = []
    present, areas = np.unique(ids[ids > 0], return_counts=True)
    for which in np.argsort(-areas, kind="stable"):
        if areas[which] < _LEAST_LABEL_AREA:
            break
        rows, columns = np.nonzero(ids == present[which])
        center = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
        position = (float(columns[center]), float(rows[center]))
        text = str(present[which])
        bounds = pen.textbbox(position, text, font=_font(13), anchor="mm", stroke_width=2)
        if any(_overlap(bounds, other) for other in taken):
            continue
        taken.append(bounds)
        pen.text(
            position, text, fill=(255, 255, 255), font=_font(13), anchor="mm",
            stroke_width=2, stroke_fill=_INK,
        )  # fmt: skip
    return picture


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
