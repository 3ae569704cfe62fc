"""Pictures of state grids: slices through what is occupied, free and unknown around an object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid

COLORS = {UNKNOWN: (196, 198, 202), FREE: (255, 255, 255), OCCUPIED: (196, 78, 40)}
"""Color of a cell by its state."""
NAMES = {OCCUPIED: "occupied", FREE: "free", UNKNOWN: "unknown"}
_AXES = ("x", "y", "z")
_CUTS = (0.25, 0.5, 0.75)
"""Where slices are cut, shares of the extent of the occupied cells."""
_SIDE = 192
"""Largest side of a slice, pixels."""
_GAP, _HEADER, _CAPTION = 12, 34, 16
_INK, _PAPER = (40, 42, 46), (228, 230, 226)


def draw_grid(grid: StateGrid, *, title: str) -> Image.Image:
    """Three slices across each axis of the world, in rows: x, y, z.

    In a slice across x, y runs to the right and z up; across y, x and z; across z, x and y.

    Args:
        grid: The evidence on an object.
        title: What stands above.
    """
    shares = {state: float((grid.states == state).mean()) for state in NAMES}
    width = _GAP + len(_CUTS) * (_SIDE + _GAP)
    row = _CAPTION + _SIDE + _GAP
    picture = Image.new("RGB", (width, _HEADER + 2 * _CAPTION + 3 * row), _PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    draw.text((_GAP, 8), title, _INK, ImageFont.load_default(14))
    left = _GAP
    for state, name in NAMES.items():
        draw.rectangle((left, _HEADER, left + 10, _HEADER + 10), COLORS[state], _INK)
        text = f"{name} {100 * shares[state]:.1f} %"
        draw.text((left + 16, _HEADER - 2), text, _INK, font)
        left += 130
    top = _HEADER + 2 * _CAPTION
    for axis in range(3):
        for column, index in enumerate(_positions(grid, axis)):
            at = grid.origin[axis] + grid.cell_size * (index + 0.5)
            corner = (_GAP + column * (_SIDE + _GAP), top + axis * row)
            draw.text((corner[0], corner[1] - 2), f"{_AXES[axis]} = {at:.2f} m", _INK, font)
            picture.paste(_slice(grid.states, axis, index), (corner[0], corner[1] + _CAPTION))
    return picture


def _positions(grid: StateGrid, axis: int) -> list[int]:
    """Cells along an axis where slices are cut."""
    rows = np.flatnonzero((grid.states == OCCUPIED).any(axis=_others(axis)))
    low, high = (int(rows[0]), int(rows[-1])) if len(rows) else (0, grid.states.shape[axis] - 1)
    return [round(low + share * (high - low)) for share in _CUTS]


def _others(axis: int) -> tuple[int, ...]:
    return tuple(k for k in range(3) if k != axis)


def _slice(states: NDArray[np.uint8], axis: int, index: int) -> Image.Image:
    """One slice, its second axis up."""
    palette = np.array([COLORS[state] for state in sorted(COLORS)], np.uint8)
    cells = palette[np.take(states, index, axis=axis)].transpose(1, 0, 2)[::-1]
    scale = _SIDE / max(cells.shape[:2])
    size = (max(int(cells.shape[1] * scale), 1), max(int(cells.shape[0] * scale), 1))
    return Image.fromarray(np.ascontiguousarray(cells)).resize(size, Image.Resampling.NEAREST)
