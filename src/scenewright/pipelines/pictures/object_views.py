"""Pictures of one object from two sides, before and after a change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenewright.core import Asset, PointCloud
from scenewright.geometry.viewing import direction, face_normals, facing_areas
from scenewright.pipelines.pictures._surface_drawing import draw_points, draw_triangles

SIDE = 280
"""Width and height of one picture, pixels."""
ELEVATION_DEG = 25.0
_SUPERSAMPLE = 2
_FILL = 0.88
_PAPER = (246, 246, 243)
_INSIDE = np.array([96.0, 92.0, 104.0])
"""Color of the back of a surface, which shows where an object is open."""
_INK = (40, 42, 46)
_AZIMUTHS = tuple(float(a) for a in range(0, 360, 30))

Shape = Asset | PointCloud


def front_azimuth(shape: Shape, axes: NDArray[np.float64]) -> float:
    """The side from which most of what was seen of an object faces the viewer, degrees.

    Args:
        shape: The seen surface.
        axes: (3, 3) level axes, as rows.
    """
    if isinstance(shape, PointCloud):
        normals = shape.normals
        if normals is None:
            return _AZIMUTHS[0]
        turned, areas = normals.astype(np.float64) @ axes.T, np.ones(len(normals))
    else:
        corners = _corners(shape, axes)
        a, b, c = corners.transpose(1, 0, 2)
        cross = np.cross(b - a, c - a)
        areas = np.linalg.norm(cross, axis=1)
        turned = cross / np.maximum(areas, 1e-300)[:, None]
    seen = facing_areas(turned.astype(np.float32), areas, _AZIMUTHS, elevation_deg=ELEVATION_DEG)
    return _AZIMUTHS[int(seen.argmax())]


def compared_views(
    before: Shape, after: Shape, *, axes: NDArray[np.float64], title: str = ""
) -> Image.Image:
    """Before and after, each from the side that was seen and from behind.

    Args:
        before: The object as it was seen.
        after: The whole object.
        axes: (3, 3) level axes, as rows; the third is up.
        title: First line.
    """
    azimuth = front_azimuth(before, axes)
    frame = _frame((before, after), axes)
    width, header = 4 * SIDE, 44
    sheet = Image.new("RGB", (width, SIDE + header), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((8, 4), title, fill=_INK, font=ImageFont.load_default(size=15))
    columns = (
        ("as seen", before, 0), ("whole", after, 0),
        ("as seen, from behind", before, 180), ("whole, from behind", after, 180),
    )  # fmt: skip
    for column, (name, shape, turn) in enumerate(columns):
        picture = _draw(shape, axes, frame, azimuth + turn)
        sheet.paste(picture, (column * SIDE, header))
        pen.text((column * SIDE + 8, 24), name, fill=_INK, font=ImageFont.load_default(size=13))
    return sheet


def _corners(asset: Asset, axes: NDArray[np.float64]) -> NDArray[np.float64]:
    vertices = asset.world_vertices() @ axes.T
    faces = np.zeros((0, 3), np.int64) if asset.mesh is None else asset.mesh.faces
    corners: NDArray[np.float64] = vertices[faces]
    return corners


def _positions(shape: Shape, axes: NDArray[np.float64]) -> NDArray[np.float64]:
    points = shape.points if isinstance(shape, PointCloud) else shape.world_vertices()
    turned: NDArray[np.float64] = points.astype(np.float64) @ axes.T
    return turned


def _frame(shapes: Sequence[Shape], axes: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Middle and radius of all shapes, level axes."""
    points = np.concatenate([_positions(shape, axes) for shape in shapes])
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, max(float(np.linalg.norm(high - low)) / 2, 1e-6)


def _draw(
    shape: Shape,
    axes: NDArray[np.float64],
    frame: tuple[NDArray[np.float64], float],
    azimuth_deg: float,
) -> Image.Image:
    size = SIDE * _SUPERSAMPLE
    towards = direction(azimuth_deg, ELEVATION_DEG)
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    view = np.stack([right, -np.cross(towards, right), -towards])
    middle, radius = frame
    scale = _FILL * size / (2 * radius)
    nearest = np.full((size, size), np.inf, np.float32)
    index = np.full((size, size), -1, np.int32)
    if isinstance(shape, PointCloud):
        places = (_positions(shape, axes) - middle) @ view.T
        places[:, :2] = places[:, :2] * scale + size / 2
        draw_points(places, 0, 2, nearest, index)
        colors = np.full((len(shape), 3), 160.0) if shape.colors is None else shape.colors
        light = np.ones(len(shape))
    else:
        level = _corners(shape, axes)
        corners = (level - middle) @ view.T
        corners[..., :2] = corners[..., :2] * scale + size / 2
        draw_triangles(corners, 0, nearest, index)
        colors, light = _shaded(shape, axes, towards)
    lit = np.append(colors * light[:, None], [_PAPER], axis=0)
    pixels = np.clip(lit[index], 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX)


def _shaded(
    asset: Asset, axes: NDArray[np.float64], towards: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Color and light of each face; the inside of an open mesh has a color of its own."""
    assert asset.mesh is not None
    normals = face_normals(asset.world_vertices() @ axes.T, asset.mesh.faces)[0]
    facing = normals @ towards
    vertex = asset.mesh.colors_at_vertices()
    colors = np.full((len(normals), 3), 165.0)
    if vertex is not None:
        colors = vertex[asset.mesh.faces].astype(np.float64).mean(axis=1)
    colors = np.where(facing[:, None] < 0, _INSIDE, colors)
    return colors, 0.45 + 0.55 * np.abs(facing)
