"""Random materials, and the palette of one object, so that color does not reveal its class."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from scenewright.worlds.objects.model import Color, Material

_WOODS: tuple[Color, ...] = (
    (0.72, 0.56, 0.38), (0.60, 0.41, 0.24), (0.42, 0.28, 0.18), (0.27, 0.18, 0.13),
    (0.82, 0.70, 0.53), (0.66, 0.47, 0.34), (0.50, 0.36, 0.27), (0.87, 0.79, 0.66),
)  # fmt: skip
_METALS: tuple[Color, ...] = (
    (0.62, 0.63, 0.65), (0.38, 0.39, 0.41), (0.13, 0.13, 0.14), (0.72, 0.58, 0.32),
    (0.70, 0.45, 0.32), (0.80, 0.80, 0.79),
)  # fmt: skip
_MUTED: tuple[Color, ...] = (
    (0.90, 0.89, 0.86), (0.75, 0.73, 0.69), (0.48, 0.47, 0.46), (0.22, 0.22, 0.24),
    (0.83, 0.76, 0.66), (0.10, 0.10, 0.11),
)  # fmt: skip


def any_color(rng: np.random.Generator, *, vivid: float = 0.6) -> Color:
    """A random color; `vivid` is the share of saturated ones."""
    if rng.random() > vivid:
        return _varied(rng, _MUTED[rng.integers(len(_MUTED))])
    tint = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.25, 0.9), rng.uniform(0.3, 0.9))
    return (float(tint[0]), float(tint[1]), float(tint[2]))


def _varied(rng: np.random.Generator, color: Color, amount: float = 0.06) -> Color:
    light = rng.uniform(0.85, 1.15)
    r, g, b = np.clip(np.array(color) * light + rng.normal(0, amount / 2, 3), 0.02, 0.98)
    return (float(r), float(g), float(b))


def wood(rng: np.random.Generator) -> Material:
    """Wood grain in one of several browns."""
    color = _varied(rng, _WOODS[rng.integers(len(_WOODS))])
    dark = rng.uniform(0.6, 0.92)
    second = (color[0] * dark, color[1] * dark, color[2] * dark)
    pattern = "wood" if rng.random() < 0.85 else "plain"
    scale = float(rng.uniform(0.03, 0.12))
    return Material(color, pattern, second, scale, float(rng.uniform(0.05, 0.45)))


def paint(rng: np.random.Generator) -> Material:
    """Paint or lacquer, mostly plain."""
    color = any_color(rng, vivid=0.5)
    pattern = "noise" if rng.random() < 0.15 else "plain"
    return Material(color, pattern, None, 0.15, float(rng.uniform(0.05, 0.6)))


def cloth(rng: np.random.Generator) -> Material:
    """Plain, woven, striped, checkered or speckled cloth."""
    color = any_color(rng)
    names = ["plain", "weave", "stripes", "checker", "speckle", "noise"]
    pattern = str(rng.choice(names, p=[0.34, 0.26, 0.14, 0.09, 0.09, 0.08]))
    second = any_color(rng) if rng.random() < 0.6 else None
    low, high = (0.008, 0.03) if pattern in ("weave", "speckle") else (0.03, 0.18)
    return Material(color, pattern, second, float(rng.uniform(low, high)), 0.02)


def leather(rng: np.random.Generator) -> Material:
    """Leather with some gloss."""
    tones = ((0.32, 0.17, 0.10), (0.12, 0.11, 0.11), (0.55, 0.33, 0.18), (0.80, 0.76, 0.70))
    color = _varied(rng, tones[rng.integers(len(tones))])
    return Material(color, "noise", None, 0.04, float(rng.uniform(0.25, 0.5)))


def metal(rng: np.random.Generator) -> Material:
    """Steel, brass, copper or black metal."""
    color = _varied(rng, _METALS[rng.integers(len(_METALS))], 0.03)
    return Material(color, "plain", None, 0.1, float(rng.uniform(0.4, 1.0)))


def plastic(rng: np.random.Generator) -> Material:
    """Plastic of any color."""
    return Material(any_color(rng), "plain", None, 0.1, float(rng.uniform(0.2, 0.7)))


def dark(rng: np.random.Generator) -> Material:
    """Nearly black, glossy plastic."""
    level = float(rng.uniform(0.03, 0.14))
    return Material((level, level, level * 1.05), "plain", None, 0.1, float(rng.uniform(0.2, 0.8)))


def ceramic(rng: np.random.Generator) -> Material:
    """Glazed ceramic, plain or with a simple pattern."""
    color = any_color(rng, vivid=0.55)
    pattern = str(rng.choice(["plain", "stripes", "speckle", "checker"], p=[0.7, 0.12, 0.12, 0.06]))
    second = any_color(rng) if rng.random() < 0.7 else None
    scale = float(rng.uniform(0.01, 0.05))
    return Material(color, pattern, second, scale, float(rng.uniform(0.3, 0.9)))


def clay(rng: np.random.Generator) -> Material:
    """Terracotta."""
    color = _varied(rng, (0.70, 0.38, 0.25))
    return Material(color, "noise", None, 0.08, 0.03)


def card(rng: np.random.Generator) -> Material:
    """Brown or printed cardboard."""
    color = _varied(rng, (0.68, 0.52, 0.36)) if rng.random() < 0.6 else any_color(rng)
    pattern = str(rng.choice(["plain", "stripes", "speckle", "noise"], p=[0.6, 0.15, 0.1, 0.15]))
    second = any_color(rng) if rng.random() < 0.3 else None
    return Material(color, pattern, second, float(rng.uniform(0.02, 0.12)), 0.05)


def paper(rng: np.random.Generator) -> Material:
    """Nearly white paper with fine lines."""
    level = float(rng.uniform(0.8, 0.95))
    return Material((level, level * 0.98, level * 0.93), "stripes", None, 0.004, 0.02)


def glass(rng: np.random.Generator) -> Material:
    """Opaque, glossy tinted glass."""
    tones = ((0.16, 0.35, 0.20), (0.36, 0.22, 0.10), (0.55, 0.68, 0.72), (0.20, 0.28, 0.45))
    return Material(_varied(rng, tones[rng.integers(len(tones))]), "plain", None, 0.1, 0.95)


def green(rng: np.random.Generator) -> Material:
    """Leaf green."""
    color = colorsys.hsv_to_rgb(
        rng.uniform(0.2, 0.42), rng.uniform(0.35, 0.8), rng.uniform(0.25, 0.65)
    )
    pattern = str(rng.choice(["plain", "noise", "stripes"], p=[0.5, 0.3, 0.2]))
    red, leaf_green, blue = (float(value) for value in color)
    return Material((red, leaf_green, blue), pattern, None, 0.05, float(rng.uniform(0.05, 0.4)))


def printed(rng: np.random.Generator) -> Material:
    """Any pattern in any two colors: pictures, toys, packaging."""
    names = ["checker", "stripes", "wood", "noise", "bricks", "weave", "speckle", "plain"]
    scale = float(10 ** rng.uniform(-2.0, -0.7))
    pattern = str(rng.choice(names))
    return Material(any_color(rng, vivid=0.8), pattern, any_color(rng), scale, 0.15)


Draw = Callable[[np.random.Generator], Material]

_ANY: tuple[Draw, ...] = (wood, paint, cloth, metal, plastic, ceramic, printed)


class Palette:
    """The materials of one object.

    Most objects get suitable materials for each part. One in five has a single material, and one
    in twelve has arbitrary materials, so that neither color nor pattern reveals parts or classes.

    Args:
        rng: Source of all random numbers.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        scheme = rng.random()
        self._single = scheme < 0.2
        self._mixed = 0.2 <= scheme < 0.28
        self._known: dict[str, Material] = {}

    def __call__(self, slot: str, *kinds: Draw) -> Material:
        """The material of a group of parts.

        Args:
            slot: Name of the group; the same name gives the same material.
            kinds: Suitable materials, of which one is drawn.
        """
        key = "all" if self._single else slot
        if key not in self._known:
            pool = _ANY if self._mixed else kinds
            self._known[key] = pool[self._rng.integers(len(pool))](self._rng)
        return self._known[key]
