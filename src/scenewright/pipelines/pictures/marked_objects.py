"""A picture of a scene in which some objects stand out: in color, boxed and named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenewright.core import ConventionError, FormatError, Instance, Scene, instance_color
from scenewright.core.palette import Color
from scenewright.geometry.scene_layers import Layer, facing_of, scene_layers
from scenewright.geometry.viewing import level_axes
from scenewright.io.atomic import atomic_file, check_new_file
from scenewright.pipelines.pictures._surfaces import DrawnSurfaces, draw_surfaces, surfaces_of
from scenewright.pipelines.pictures.preview import PANEL, paint_surfaces, short_name, side_views

_SUPERSAMPLE = 2
_MARGIN = 14
_HEADER = 62
_INK, _FAINT, _PAPER = (40, 42, 46), (120, 122, 126), (228, 228, 224)
_EDGES = ((0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 3), (2, 6), (3, 7), (4, 5), (4, 6), (5, 7),
          (6, 7))  # fmt: skip
_FACES = ((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7),
          (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5))  # fmt: skip
_VIVID = ((214, 64, 52), (38, 112, 201), (30, 142, 80), (200, 120, 20), (142, 68, 173),
          (0, 140, 150), (196, 60, 130), (110, 110, 20))  # fmt: skip
_MOST_TITLE = 96


def draw_marked(
    scene: Scene, ids: Sequence[int], *, title: str = "", caption: str = ""
) -> Image.Image:
    """Draws a scene from its open side and from above, gray but for some objects.

    Args:
        scene: With meshes, points or surfels; of boxes alone, the boxes are drawn.
        ids: The objects that are marked, the most important first; unknown ids are left out.
        title: First line of the header.
        caption: Second line of the header.

    Raises:
        ConventionError: The scene has nothing to draw.
    """
    layers = _drawn_layers(scene)
    up = np.array([0.0, 0.0, 1.0]) if scene.up is None else scene.up
    axes = level_axes(up, *facing_of(layers))
    surfaces = surfaces_of(layers, axes)
    known = set(scene.instances.id.tolist())
    rows = {i: scene.instances.by_id(i) for i in dict.fromkeys(ids) if i in known}
    colors = _colors(list(rows))
    views = (side_views(surfaces)[0], ("from above", 90.0, 0.0))
    width = _MARGIN + len(views) * (PANEL[0] + _MARGIN)
    sheet = Image.new("RGB", (width, _HEADER + PANEL[1] + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, 9), _shortened(title), fill=_INK, font=_font(20))
    pen.text((_MARGIN, 36), _shortened(caption), fill=_FAINT, font=_font(15))
    for column, (name, elevation, azimuth) in enumerate(views):
        size = (PANEL[0] * _SUPERSAMPLE, PANEL[1] * _SUPERSAMPLE)
        drawn = draw_surfaces(surfaces, size, azimuth_deg=azimuth, elevation_deg=elevation)
        picture, _ = paint_surfaces(drawn, surfaces, rows, colors)
        _mark(picture, drawn, rows, colors, axes)
        x = _MARGIN + column * (PANEL[0] + _MARGIN)
        sheet.paste(picture, (x, _HEADER))
        pen.text((x + 10, _HEADER + 8), name, fill=_FAINT, font=_font(14))
    return sheet


def picture_path(
    picture: str | Path | None, scene: str | Path, what: str, *, overwrite: bool
) -> Path:
    """The picture to write, which is checked before the work.

    Args:
        picture: Where the user wants it; None = ``runs/NAME-what.png``, which may exist.
        scene: Path of the scene, for its name.
        what: What the picture shows.
        overwrite: Whether an existing `picture` may be replaced.

    Raises:
        FormatError: The suffix is not .png.
        OutputError: The file exists and may not be replaced.
    """
    if picture is not None:
        path = Path(picture)
        if path.suffix.lower() != ".png":
            raise FormatError(f"Picture {path}", expected="a .png file", got=path.suffix or "none")
        check_new_file(path, overwrite=overwrite)
        return path
    return Path("runs") / f"{Path(scene).resolve().name or 'scene'}-{what}.png"


def mark_objects(
    scene: Scene, ids: Sequence[int], path: Path, *, title: str, caption: str
) -> Path | None:
    """Writes a picture with some objects marked; an older one is replaced.

    Returns:
        The file, or None if the scene has nothing to draw.

    Raises:
        OutputError: The file cannot be written.
    """
    try:
        picture = draw_marked(scene, ids, title=title, caption=caption)
    except ConventionError:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as stream:
        picture.save(stream, "PNG")
    return path


def _drawn_layers(scene: Scene) -> list[Layer]:
    """The layers without ceilings; boxes stand for instances if there is nothing else."""
    ceilings = set(scene.instances.id[scene.instances.role == "ceiling"].tolist())
    layers = scene_layers(scene) or [
        Layer(row.id, row.box.corners(), np.full((8, 3), 190, np.uint8), np.array(_FACES, np.int32))
        for row in scene.instances
    ]
    shown = [layer for layer in layers if layer.instance not in ceilings] or layers
    if not shown:
        raise ConventionError(
            "A scene to draw", expected="meshes, points, surfels or boxes", got="none of them"
        )
    return shown


def _colors(ids: list[int]) -> dict[int, Color]:
    """Vivid colors for the first objects, those of their ids for the rest."""
    vivid = dict(zip(ids, _VIVID, strict=False))
    return {number: vivid.get(number, instance_color(number)) for number in ids}


def _mark(
    picture: Image.Image,
    drawn: DrawnSurfaces,
    rows: dict[int, Instance],
    colors: dict[int, Color],
    axes: NDArray[np.float64],
) -> None:
    """Draws the box and the name of each marked object."""
    pen = ImageDraw.Draw(picture)
    spots = {}
    for number, row in rows.items():
        pixels = drawn.pixels(row.box.corners() @ axes.T) / _SUPERSAMPLE
        spots[number] = pixels
        for first, second in _EDGES:
            pen.line([tuple(pixels[first]), tuple(pixels[second])], fill=colors[number], width=2)
    for number, row in reversed(rows.items()):
        pixels = spots[number]
        x = float(np.clip(pixels[:, 0].mean(), 40, PANEL[0] - 40))
        y = float(np.clip(pixels[:, 1].min() - 6, 18, PANEL[1] - 4))
        pen.text(
            (x, y), short_name(row), fill=(255, 255, 255), font=_font(15), anchor="mb",
            stroke_width=3, stroke_fill=colors[number],
        )  # fmt: skip


def _shortened(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _MOST_TITLE else line[: _MOST_TITLE - 1] + "…"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)
