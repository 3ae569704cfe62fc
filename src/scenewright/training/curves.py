"""Loss curves of a training log as a picture."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image, ImageDraw

from scenewright.io import write_bytes

_SIZE = (720, 240)
_EDGE = 44
_INK, _PAPER, _LINE = (40, 42, 46), (255, 255, 255), (31, 119, 180)


def draw_curves(log: Path, picture: Path) -> None:
    """Draws every number of a log over the steps, one panel each.

    Args:
        log: JSON lines with ``step`` and further numbers.
        picture: PNG file to write.
    """
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line]
    names = [
        name
        for name, value in (rows[-1] if rows else {}).items()
        if name != "step" and isinstance(value, (int, float))
    ]
    sheet = Image.new("RGB", (_SIZE[0], max(len(names), 1) * _SIZE[1]), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, name in enumerate(names):
        points = [(row["step"], row[name]) for row in rows if name in row]
        _draw_panel(pen, number * _SIZE[1], name, points)
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    write_bytes(picture, stream.getvalue())


def _draw_panel(
    pen: ImageDraw.ImageDraw, top: int, name: str, points: list[tuple[float, float]]
) -> None:
    (x0, x1), (y0, y1) = ((min(v), max(v)) for v in zip(*points, strict=True))
    wide, high = max(x1 - x0, 1e-12), max(y1 - y0, 1e-12)
    left, right, low, up = _EDGE, _SIZE[0] - 12, top + _SIZE[1] - 24, top + 24
    pen.text((left, top + 4), f"{name}: {points[-1][1]:.4g} at step {points[-1][0]:g}", fill=_INK)
    pen.rectangle((left, up, right, low), outline=(210, 210, 206))
    pen.text((2, up), f"{y1:.3g}", fill=_INK)
    pen.text((2, low - 10), f"{y0:.3g}", fill=_INK)
    line = [
        (left + (x - x0) / wide * (right - left), low - (y - y0) / high * (low - up))
        for x, y in points
    ]
    if len(line) > 1:
        pen.line(line, fill=_LINE, width=2)
