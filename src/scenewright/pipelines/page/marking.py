"""From boxes and clicks on the page to masks, by the functions of ``generate --boxes``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.models import PromptSegmenter
from scenewright.pipelines.generate.mask_backends import object_mask, parse_box, prompt_segmenter
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.session import (
    NEW,
    Point,
    Prompt,
    Session,
    paint,
    put_mask,
    select,
)

TOOLS = {
    "new": "New object",
    "on": "Add a point",
    "off": "Exclude a point",
    "redraw": "Redraw",
    "paint": "Brush",
    "erase": "Eraser",
}
"""What the mouse does, and how the page calls it."""
_CLICK = 4.0
"""A drag over less than this many pixels is a click."""
Segmenters = Callable[[GenerateSettings, NDArray[np.float32] | None], PromptSegmenter]


@dataclass(frozen=True)
class Stroke:
    """A drag of the mouse over the shown picture.

    Attributes:
        path: Points as shares of width and height, at least one.
        scale: Pixels of the screen per pixel of the picture.
    """

    path: tuple[Point, ...]
    scale: float = 1.0

    def in_pixels(self, size: tuple[int, int]) -> tuple[Point, ...]:
        """The path in pixels of a picture of a height and width."""
        height, width = size
        return tuple(
            (min(max(x, 0.0), 1.0) * width, min(max(y, 0.0), 1.0) * height) for x, y in self.path
        )


def read_stroke(data: object) -> Stroke:
    """A stroke from what the page sent.

    Raises:
        ConventionError: It is none.
    """
    try:
        assert isinstance(data, dict)
        path = tuple((float(x), float(y)) for x, y in data["path"])
        scale = float(data.get("scale", 1.0))
        assert path and np.isfinite(path).all() and 0 < scale < np.inf
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise ConventionError("Stroke", expected="points on the picture", got="none") from error
    return Stroke(path, scale)


def apply_stroke(
    session: Session,
    stroke: Stroke,
    *,
    tool: str,
    radius: float,
    settings: GenerateSettings,
    segmenters: Segmenters = prompt_segmenter,
) -> Session:
    """Changes masks as the mouse was moved.

    Args:
        session: The work so far.
        stroke: What the mouse did.
        tool: One of `TOOLS`. A drag draws a box; a click marks a point.
        radius: Of brush and eraser, pixels of the picture.
        settings: Name the segmenter.
        segmenters: Makes it.

    Raises:
        ConventionError: No object was found, or masks would cover one another.
    """
    path = stroke.in_pixels(session.picture.size)
    if tool in ("paint", "erase"):
        for at in _filled_in(path, radius):
            session = paint(session, at, radius=radius, on=tool == "paint")
        return session
    if tool == "new":
        session = select(session, NEW)
    elif tool == "redraw":
        session = replace(session, prompt=Prompt())
    (x0, y0), (x1, y1) = path[0], path[-1]
    is_click = max(abs(x1 - x0), abs(y1 - y0)) * stroke.scale < _CLICK
    if tool in ("on", "off") or is_click:
        return mark_point(
            session, path[-1], on=tool != "off", settings=settings, segmenters=segmenters
        )
    box = ",".join(f"{v:.1f}" for v in (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return mark_box(session, box, settings=settings, segmenters=segmenters)


def mark_box(
    session: Session,
    text: str,
    *,
    settings: GenerateSettings,
    segmenters: Segmenters = prompt_segmenter,
) -> Session:
    """The object in a box, written as on the command line, becomes the mask of the selected one.

    Raises:
        ConventionError: It is no box in the picture, or no object was found in it.
    """
    x0, y0, x1, y1 = (float(value) for value in parse_box(text, session.picture.size))
    prompt = Prompt(box=(x0, y0, x1, y1))
    return _marked(session, prompt, f"Box '{text}'", settings, segmenters)


def mark_point(
    session: Session,
    at: Point,
    *,
    on: bool,
    settings: GenerateSettings,
    segmenters: Segmenters = prompt_segmenter,
) -> Session:
    """A point on the selected object, or off it, besides what was given for its mask before.

    Raises:
        ConventionError: A point off an object comes first, or no object was found.
    """
    prompt = session.prompt
    if not on and prompt == Prompt():
        raise ConventionError(
            "Point", expected="a box or a point on the object first", got="one off it"
        )
    if on:
        prompt = replace(prompt, on=(*prompt.on, at))
    else:
        prompt = replace(prompt, off=(*prompt.off, at))
    return _marked(session, prompt, f"Point {at[0]:.0f},{at[1]:.0f}", settings, segmenters)


def _marked(
    session: Session,
    prompt: Prompt,
    what: str,
    settings: GenerateSettings,
    segmenters: Segmenters,
) -> Session:
    picture = session.picture
    points = np.array([*prompt.on, *prompt.off], np.float64).reshape(-1, 2)
    labels = np.array([1] * len(prompt.on) + [0] * len(prompt.off), np.int64)
    mask = object_mask(
        segmenters(settings, picture.depth), picture.pixels, what,
        box=None if prompt.box is None else np.array(prompt.box),
        points=points if len(points) else None,
        labels=labels if len(points) else None,
    )  # fmt: skip
    return replace(put_mask(session, mask), prompt=prompt)


def _filled_in(path: tuple[Point, ...], radius: float) -> list[Point]:
    """Points along a path, at most half a radius apart."""
    points = [path[0]]
    for end in path[1:]:
        start = points[-1]
        gap = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        steps = int(gap / max(radius / 2, 1.0)) + 1
        shares = [(i + 1) / steps for i in range(steps)]
        points += [
            (start[0] + s * (end[0] - start[0]), start[1] + s * (end[1] - start[1])) for s in shares
        ]
    return points
