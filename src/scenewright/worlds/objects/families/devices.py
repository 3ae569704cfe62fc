"""Monitors, TVs, laptops, keyboards, kitchen appliances, clocks and speakers."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    between,
    chance,
    finished,
    parts_of,
    pick,
    surface,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import joined, moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def _screen(rng: np.random.Generator) -> Material:
    """A screen that is off, or shows an image."""
    if chance(rng, 0.55):
        return materials.dark(rng)
    return materials.printed(rng)


def _panel(
    palette: Palette, rng: np.random.Generator, size: tuple[float, float, float], *, rim: float
) -> list[Part]:
    """A flat panel around the origin that faces -y."""
    width, thick, height = size
    case = shapes.box(size, edge=0.004)
    glass = shapes.box((width - 2 * rim, 0.004, height - 2 * rim), (0, -thick / 2, 0))
    return [
        Part(
            "case",
            case,
            palette("case", materials.dark, materials.dark, materials.metal, materials.plastic),
        ),
        Part("screen", glass, palette("screen", _screen)),
    ]


def _shifted(parts: list[Part], offset: tuple[float, float, float]) -> list[Part]:
    return [Part(one.name, moved(one.mesh, offset), one.material) for one in parts]


def make_monitor(rng: np.random.Generator) -> ObjectModel:
    """A monitor on a stand with a plate, a disc, or two feet."""
    palette = Palette(rng)
    width = between(rng, 0.42, 0.8)
    height = width * pick_ratio(rng)
    thick = between(rng, 0.02, 0.045)
    lift = between(rng, 0.08, 0.18)
    panel = _shifted(
        _panel(palette, rng, (width, thick, height), rim=between(rng, 0.006, 0.02)),
        (0, 0, lift + height / 2),
    )
    metal = palette("stand", materials.dark, materials.metal)
    neck = shapes.box(
        (between(rng, 0.05, 0.09), 0.02, lift + 0.4 * height),
        (0, thick / 2 + 0.008, (lift + 0.4 * height) / 2),
    )
    style = pick(rng, "plate", "round", "feet")
    if style == "plate":
        foot = [shapes.box((width * 0.42, 0.2, 0.012), (0, 0.0, 0.006), edge=0.004)]
    elif style == "round":
        foot = [shapes.cylinder(0.12, 0, 0.015, segments=28)]
    else:
        foot = [
            shapes.beam((0, 0.03, 0.008), (side * width * 0.25, -0.12, 0.008), size=(0.025, 0.016))
            for side in (-1, 1)
        ]
        foot.append(shapes.box((0.1, 0.12, 0.016), (0, 0.04, 0.008)))
    return finished(
        "monitor", [*panel, *parts_of("stand", [neck, *foot], metal)], symmetry=MIRRORED
    )


def pick_ratio(rng: np.random.Generator) -> float:
    """Height of a screen divided by its width."""
    return float(rng.choice([0.43, 0.5625, 0.625, 0.75]))


def make_tv(rng: np.random.Generator) -> ObjectModel:
    """A flat TV on two feet or on a central stand."""
    palette = Palette(rng)
    width = between(rng, 0.8, 1.4)
    height, thick, lift = width * 0.57, between(rng, 0.03, 0.06), between(rng, 0.04, 0.09)
    panel = _shifted(
        _panel(palette, rng, (width, thick, height), rim=between(rng, 0.006, 0.018)),
        (0, 0, lift + height / 2),
    )
    metal = palette("stand", materials.dark, materials.metal)
    if chance(rng, 0.5):
        stand = []
        for side in (-1, 1):
            for way in (-1, 1):
                x = side * width * 0.36
                stand.append(
                    shapes.beam((x, 0, lift + 0.01), (x, way * 0.12, 0.008), size=(0.03, 0.014))
                )
        # The ends of the struts are slanted; feet below them stand flat.
        stand += [
            shapes.box((0.035, 0.27, 0.014), (side * width * 0.36, 0, 0.007)) for side in (-1, 1)
        ]
    else:
        stand = [
            shapes.box((width * 0.4, 0.24, 0.015), (0, 0, 0.0075)),
            shapes.box((0.15, 0.03, lift + 0.02), (0, 0, lift / 2 + 0.01)),
        ]
    return finished("tv", [*panel, *parts_of("stand", stand, metal)], symmetry=MIRRORED)


def make_laptop(rng: np.random.Generator) -> ObjectModel:
    """An open laptop: base with keys and touchpad, lid with screen."""
    palette = Palette(rng)
    width = between(rng, 0.29, 0.39)
    depth, thick = width * between(rng, 0.64, 0.72), between(rng, 0.012, 0.02)
    case = palette("case", materials.metal, materials.dark, materials.plastic)
    base = shapes.box((width, depth, thick), (0, 0, thick / 2), edge=0.003)
    keys = shapes.box((width * 0.86, depth * 0.42, 0.003), (0, depth * 0.14, thick))
    pad = shapes.box((width * 0.3, depth * 0.28, 0.002), (0, -depth * 0.28, thick))
    lean = between(rng, -30, -5)
    lid = shapes.box((width, 0.008, depth * 0.95), (0, 0, depth * 0.475), edge=0.002)
    screen = shapes.box((width - 0.02, 0.003, depth * 0.95 - 0.025), (0, -0.004, depth * 0.475))
    at = (0, depth / 2 - 0.004, thick - 0.003)
    lid, screen = (moved(turned(one, "x", lean), at) for one in (lid, screen))
    parts = [
        Part("case", base, case),
        Part("lid", lid, case),
        Part("screen", screen, palette("screen", _screen)),
    ]
    parts += [
        Part("keys", keys, palette("keys", materials.dark, materials.plastic)),
        Part("pad", pad, palette("pad", materials.dark, materials.metal)),
    ]
    return finished("laptop", parts, symmetry=MIRRORED)


def make_keyboard(rng: np.random.Generator) -> ObjectModel:
    """A keyboard of 12, 15 or 18 columns of keys."""
    palette = Palette(rng)
    columns = int(rng.choice([12, 15, 18]))
    pitch = between(rng, 0.018, 0.02)
    width, depth, thick = columns * pitch + 0.014, 5 * pitch + 0.02, between(rng, 0.01, 0.02)
    board = shapes.box((width, depth, thick), (0, 0, thick / 2), edge=0.003)
    keys = []
    for row in range(5):
        y = (row - 2) * pitch
        cursor, left = -columns / 2 * pitch, columns
        while left > 0:
            count = 1
            if row == 0:
                count = min(left, 6 if left < columns - 2 and left >= 8 else 2)
            elif left in (columns, 2) and row != 4:
                count = min(left, 2)
            size = (count * pitch - 0.003, pitch - 0.003, 0.008)
            keys.append(shapes.box(size, (cursor + count * pitch / 2, y, thick + 0.002)))
            cursor, left = cursor + count * pitch, left - count
    parts = [
        Part("case", board, palette("case", materials.dark, materials.plastic, materials.metal))
    ]
    parts.append(Part("key", joined(keys), palette("key", materials.dark, materials.plastic)))
    return finished("keyboard", parts)


def make_toaster(rng: np.random.Generator) -> ObjectModel:
    """A toaster with two slots, a lever and a dial."""
    palette = Palette(rng)
    width, depth, height = (
        between(rng, 0.26, 0.34),
        between(rng, 0.15, 0.19),
        between(rng, 0.17, 0.21),
    )
    foot = 0.01
    body = shapes.box(
        (width, depth, height - foot),
        (0, 0, (height + foot) / 2),
        edge=between(rng, 0.015, 0.04),
        steps=3,
    )
    slots = [
        shapes.box((width * 0.7, 0.028, 0.02), (0, side * depth * 0.17, height - 0.006))
        for side in (-1, 1)
    ]
    bread: list[Mesh] = []
    if chance(rng, 0.35):
        bread = [
            shapes.box((0.1, 0.014, 0.07), (0, side * depth * 0.17, height + 0.02), edge=0.006)
            for side in (-1, 1)
        ]
    dark = palette("slot", materials.dark)
    lever = shapes.box((0.02, 0.04, 0.016), (width / 2 + 0.006, 0, height * 0.7))
    dial = turned(shapes.cylinder(0.016, -0.005, 0.014, segments=16), "y", 90)
    dial = moved(dial, (width / 2, 0, height * 0.3))
    feet = shapes.box((width - 0.05, depth - 0.03, foot + 0.02), (0, 0, foot / 2 + 0.01))
    parts = [
        Part("body", body, palette("body", materials.metal, materials.paint, materials.plastic)),
        *parts_of("slot", [*slots, lever, dial, feet], dark),
    ]
    return finished("toaster", parts + parts_of("bread", bread, palette("bread", materials.card)))


def make_clock(rng: np.random.Generator) -> ObjectModel:
    """A wall clock: round or square, with hour marks and two hands."""
    palette = Palette(rng)
    radius, thick = between(rng, 0.1, 0.2), between(rng, 0.03, 0.05)
    segments = 36 if chance(rng, 0.7) else 4
    rim = radius * between(rng, 0.06, 0.12)
    ring = shapes.lathe(
        [
            (0, 0),
            (radius, 0),
            (radius, thick),
            (radius - rim, thick),
            (radius - rim, thick - 0.012),
            (0, thick - 0.012),
        ],
        segments=segments,
    )
    face = shapes.lathe(
        [(radius - rim * 0.7, thick - 0.02), (radius - rim * 0.7, thick - 0.008)], segments=segments
    )
    reach = (radius - rim) * (0.95 if segments == 36 else 0.66)
    marks = []
    for turn in range(12):
        mark = shapes.box(
            (0.006 if turn % 3 else 0.01, 0.14 * reach, 0.006), (0, 0.86 * reach, thick - 0.006)
        )
        marks.append(turned(mark, "z", 30 * turn))
    hands = []
    for length, wide in ((0.55, 0.012), (0.82, 0.008)):
        hand = shapes.box(
            (wide, length * reach, 0.005), (0, length * reach / 2 - 0.01, thick - 0.004)
        )
        hands.append(turned(hand, "z", between(rng, 0, 360)))
    hands.append(shapes.cylinder(0.01, thick - 0.01, thick, segments=12))
    dark = palette("hand", materials.dark, materials.metal)
    parts = [
        Part("rim", ring, palette("rim", materials.metal, materials.wood, materials.plastic)),
        Part("face", face, palette("face", materials.paper, materials.paint)),
    ]
    parts += parts_of("mark", marks, dark) + parts_of("hand", hands, dark)
    upright = [Part(one.name, turned(one.mesh, "x", 90), one.material) for one in parts]
    return finished("clock", upright)


def make_microwave(rng: np.random.Generator) -> ObjectModel:
    """A microwave: door with window and handle, buttons on the right."""
    palette = Palette(rng)
    width, depth, height = (
        between(rng, 0.44, 0.54),
        between(rng, 0.33, 0.42),
        between(rng, 0.25, 0.31),
    )
    foot = 0.012
    body = shapes.box((width, depth, height - foot), (0, 0, (height + foot) / 2), edge=0.005)
    case = palette("body", materials.metal, materials.paint, materials.dark)
    door = width * 0.74
    x = -(width - door) / 2 + 0.004
    y = -depth / 2
    middle = (height + foot) / 2
    front = shapes.box((door, 0.02, height - foot - 0.02), (x, y - 0.006, middle), edge=0.003)
    window = shapes.box(
        (door * 0.72, 0.006, (height - foot) * 0.58), (x - door * 0.05, y - 0.016, middle)
    )
    handle = shapes.box((0.018, 0.03, height * 0.6), (x + door / 2 - 0.025, y - 0.028, middle))
    knobs = []
    for row in range(4):
        for column in range(2):
            at = (
                width / 2 - width * 0.125 + (column - 0.5) * 0.035,
                y - 0.002,
                foot + 0.05 + row * height * 0.14,
            )
            knobs.append(shapes.box((0.024, 0.01, 0.014), at))
    show = shapes.box(
        (width * 0.18, 0.008, height * 0.14), (width / 2 - width * 0.125, y - 0.001, height * 0.82)
    )
    feet = shapes.box((width - 0.06, depth - 0.06, foot + 0.01), (0, 0, foot / 2 + 0.005))
    dark = palette("window", materials.dark)
    parts = [
        Part("body", body, case),
        Part("door", front, palette("door", materials.dark, materials.metal, materials.paint)),
        *parts_of("window", [window, show, feet], dark),
        Part("handle", handle, palette("handle", materials.metal, materials.dark)),
        Part("button", joined(knobs), palette("button", materials.plastic, materials.metal)),
    ]
    return finished("microwave", parts, carriers=[surface(width, depth, height)])


def make_speaker(rng: np.random.Generator) -> ObjectModel:
    """A loudspeaker with two cones."""
    palette = Palette(rng)
    width = between(rng, 0.13, 0.22)
    depth, height = width * between(rng, 0.9, 1.3), width * between(rng, 1.4, 1.9)
    body = shapes.box((width, depth, height), (0, 0, height / 2), edge=0.004)
    cones = []
    for z, radius in ((height * 0.33, width * 0.36), (height * 0.76, width * 0.2)):
        cone = shapes.lathe(
            [
                (0, -0.01),
                (radius, -0.01),
                (radius, 0.012),
                (radius * 0.86, 0.012),
                (radius * 0.3, 0.002),
                (radius * 0.2, 0.008),
                (0, 0.009),
            ],
            segments=24,
        )
        cones.append(moved(turned(cone, "x", 90), (0, -depth / 2, z)))
    parts = [
        Part("body", body, palette("body", materials.wood, materials.dark, materials.paint)),
        *parts_of("cone", cones, palette("cone", materials.dark, materials.metal)),
    ]
    return finished(
        "speaker", parts, symmetry=MIRRORED, carriers=[surface(width, depth, height, margin=0.012)]
    )
