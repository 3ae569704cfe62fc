"""Builders of single things from primitives, metres, standing on z = 0, front towards -y."""

from __future__ import annotations

import numpy as np

from scenewright.data.synthetic._shapes import (
    CHECKER,
    CYLINDER,
    SPECKLED,
    WOOD,
    Color,
    Part,
    Thing,
    box,
    cylinder,
    ellipsoid,
)

OAK: Color = (0.66, 0.47, 0.29)
WALNUT: Color = (0.40, 0.26, 0.17)
WHITE: Color = (0.88, 0.87, 0.84)
BLACK: Color = (0.12, 0.12, 0.13)
STEEL: Color = (0.55, 0.56, 0.58)
LEAF: Color = (0.20, 0.46, 0.20)
CLAY: Color = (0.72, 0.36, 0.22)


def _legs(x: float, y: float, height: float, thickness: float, color: Color) -> tuple[Part, ...]:
    return tuple(
        box((sx * x, sy * y, height / 2), (thickness, thickness, height), color)
        for sx in (-1, 1)
        for sy in (-1, 1)
    )


def table(length: float, depth: float, height: float, color: Color) -> Thing:
    """A table with four legs; its top carries things."""
    top = box((0, 0, height - 0.02), (length, depth, 0.04), color, texture=WOOD)
    legs = _legs(length / 2 - 0.05, depth / 2 - 0.05, height - 0.04, 0.06, color)
    return Thing("table", (top, *legs), top=(length / 2, depth / 2, height))


def chair(color: Color) -> Thing:
    """A chair with four legs and a back."""
    seat = box((0, 0, 0.44), (0.44, 0.42, 0.05), color, texture=SPECKLED)
    back = box((0, 0.20, 0.70), (0.42, 0.04, 0.48), color, texture=SPECKLED)
    return Thing("chair", (seat, back, *_legs(0.19, 0.18, 0.42, 0.04, WALNUT)))


def stool(color: Color) -> Thing:
    """A round stool on one column."""
    return Thing(
        "stool",
        (
            cylinder((0, 0, 0.45), 0.18, 0.06, color, texture=SPECKLED),
            cylinder((0, 0, 0.22), 0.03, 0.42, STEEL),
            cylinder((0, 0, 0.015), 0.16, 0.03, STEEL),
        ),
    )


def sofa(length: float, color: Color) -> Thing:
    """A sofa with back, arms and rounded seat pads."""
    seat = length - 0.36
    pads = tuple(
        ellipsoid((sx * seat / 4, -0.05, 0.40), (seat / 4, 0.36, 0.09), color, texture=SPECKLED)
        for sx in (-1, 1)
    )
    return Thing(
        "sofa",
        (
            box((0, 0, 0.20), (length, 0.86, 0.36), color, texture=SPECKLED),
            box((0, 0.34, 0.58), (length, 0.18, 0.44), color, texture=SPECKLED),
            box((length / 2 - 0.09, -0.02, 0.48), (0.18, 0.80, 0.22), color, texture=SPECKLED),
            box((-length / 2 + 0.09, -0.02, 0.48), (0.18, 0.80, 0.22), color, texture=SPECKLED),
            *pads,
        ),
    )


def cabinet(length: float, height: float, color: Color) -> Thing:
    """A cabinet with two doors and knobs; its top carries things."""
    door = length / 2 - 0.02
    fronts = tuple(
        box((sx * length / 4, -0.225, height / 2), (door, 0.02, height - 0.1), color, texture=WOOD)
        for sx in (-1, 1)
    )
    knobs = tuple(
        ellipsoid((sx * 0.06, -0.25, height * 0.55), (0.018, 0.02, 0.018), STEEL) for sx in (-1, 1)
    )
    body = box((0, 0, height / 2), (length, 0.44, height), color, texture=WOOD)
    return Thing("cabinet", (body, *fronts, *knobs), top=(length / 2, 0.22, height))


def bookcase(height: float, color: Color, spines: list[Color]) -> Thing:
    """An open bookcase filled with a row of books on each board; one object with its books."""
    width, depth, boards = 0.9, 0.28, 4
    step = height / boards
    sides = [box((sx * width / 2, 0, height / 2), (0.03, depth, height), color) for sx in (-1, 1)]
    back = box((0, depth / 2 - 0.01, height / 2), (width, 0.02, height), color)
    levels = [box((0, 0, i * step + 0.015), (width, depth, 0.03), color) for i in range(boards)]
    levels.append(box((0, 0, height - 0.015), (width, depth, 0.03), color))
    books = [
        box(
            (-0.34 + 0.17 * k, 0.02, i * step + 0.03 + 0.125),
            (0.155, 0.18, 0.25),
            spines[(i * 5 + k) % len(spines)],
            texture=WOOD,
        )
        for i in range(boards)
        for k in range(5)
        if (i + k) % 4
    ]
    return Thing("bookcase", (*sides, back, *levels, *books))


def floor_lamp(height: float, color: Color) -> Thing:
    """A lamp on a pole."""
    return Thing(
        "lamp",
        (
            cylinder((0, 0, 0.015), 0.16, 0.03, BLACK),
            cylinder((0, 0, height / 2), 0.018, height, BLACK),
            cylinder((0, 0, height - 0.14), 0.20, 0.28, color),
        ),
    )


def plant(size: float, rng: np.random.Generator) -> Thing:
    """A pot with a round crown of leaves; `size` 1 is about a metre tall."""
    crown = [
        ellipsoid(
            (*(rng.uniform(-0.12, 0.12, 2) * size).tolist(), (0.62 + rng.uniform(0, 0.25)) * size),
            (0.19 * size, 0.19 * size, 0.16 * size),
            LEAF,
            texture=SPECKLED,
        )
        for _ in range(5)
    ]
    pot = cylinder((0, 0, 0.16 * size), 0.16 * size, 0.32 * size, CLAY)
    stem = cylinder((0, 0, 0.45 * size), 0.03 * size, 0.4 * size, WALNUT)
    return Thing("plant", (pot, stem, *crown))


def carton(size: tuple[float, float, float], color: Color) -> Thing:
    """A closed box; its top carries things when it is large."""
    part = box((0, 0, size[2] / 2), size, color, texture=SPECKLED)
    return Thing("box", (part,))


def ball(radius: float, color: Color) -> Thing:
    """A ball."""
    return Thing("ball", (ellipsoid((0, 0, radius), (radius,) * 3, color, texture=CHECKER),))


def monitor(color: Color) -> Thing:
    """A screen on a foot."""
    return Thing(
        "monitor",
        (
            box((0, 0, 0.30), (0.56, 0.04, 0.34), BLACK),
            box((0, -0.022, 0.30), (0.52, 0.006, 0.30), color),
            box((0, 0.03, 0.10), (0.05, 0.03, 0.20), STEEL),
            box((0, 0.02, 0.01), (0.24, 0.18, 0.02), STEEL),
        ),
    )


def vase(color: Color) -> Thing:
    """A round-bellied vase with a neck."""
    return Thing(
        "vase",
        (
            ellipsoid((0, 0, 0.13), (0.09, 0.09, 0.13), color),
            cylinder((0, 0, 0.28), 0.04, 0.10, color),
            cylinder((0, 0, 0.01), 0.07, 0.02, color),
        ),
    )


def mug(color: Color) -> Thing:
    """A mug with a handle."""
    handle = Part(CYLINDER, (0.055, 0, 0.05), (0.028, 0.028, 0.008), color, 0, (np.pi / 2, 0.0))
    return Thing("mug", (cylinder((0, 0, 0.05), 0.045, 0.10, color), handle))


def books(colors: list[Color]) -> Thing:
    """A pile of books."""
    parts = tuple(
        box((0.01 * (i % 2), 0, 0.02 + 0.04 * i), (0.24 - 0.02 * i, 0.17, 0.038), color)
        for i, color in enumerate(colors)
    )
    return Thing("books", parts)
