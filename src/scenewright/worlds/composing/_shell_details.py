"""Details of doors, windows, walls and ceilings, and lamps below the ceiling.

In the frame of a wall x runs along it, y = 0 is its inner face and the room is toward -y.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.composing._body import upright
from scenewright.worlds.composing._room_shell import THICKNESS, block
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.mesh_transforms import moved
from scenewright.worlds.objects.model import Material, ObjectModel, Part

_LEAF = 0.03
"""y of the face of a door or of the frame of a window, meters."""
_LAMPS = 0.6
"""Share of rooms with lamps below the ceiling."""


def _range(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _other(rng: np.random.Generator, material: Material) -> Material:
    """The same material, or another one: a frame often has another color than its panel."""
    if rng.random() < 0.5:
        return material
    return materials.paint(rng) if rng.random() < 0.5 else materials.wood(rng)


def _extent(placed: PlacedObject) -> tuple[float, float, float, float]:
    """x0, x1, z0, z1 of an object in the frame of its wall."""
    low, high = placed.model.bounds
    return float(low[0]), float(high[0]), float(low[2]), float(high[2])


def _casing(
    extent: tuple[float, float, float, float], rng: np.random.Generator, material: Material
) -> list[Part]:
    """Boards on the wall around an opening, and the lining of its reveal."""
    x0, x1, z0, z1 = extent
    wide, proud = _range(rng, 0.05, 0.14), _range(rng, 0.008, 0.03)
    bottom = z0 if z0 < 0.05 else z0 - wide
    boards = [
        block((x0 - wide, -proud, bottom), (x0, 0.0, z1 + wide)),
        block((x1, -proud, bottom), (x1 + wide, 0.0, z1 + wide)),
        block((x0, -proud, z1), (x1, 0.0, z1 + wide)),
    ]
    thin = 0.012
    boards += [
        block((x0, -proud, z0), (x0 + thin, _LEAF, z1)),
        block((x1 - thin, -proud, z0), (x1, _LEAF, z1)),
        block((x0, -proud, z1 - thin), (x1, _LEAF, z1)),
    ]
    return [Part("casing", mesh, material) for mesh in boards]


def _framed(
    rect: tuple[float, float, float, float], y: float, *, wide: float, proud: float
) -> list[Mesh]:
    """Four strips around a rectangle x0, x1, z0, z1 on a face at y, toward -y."""
    x0, x1, z0, z1 = rect
    return [
        block((x0, y - proud, z0), (x1, y, z0 + wide)),
        block((x0, y - proud, z1 - wide), (x1, y, z1)),
        block((x0, y - proud, z0 + wide), (x0 + wide, y, z1 - wide)),
        block((x1 - wide, y - proud, z0 + wide), (x1, y, z1 - wide)),
    ]


def panels(
    rect: tuple[float, float, float, float], y: float, rng: np.random.Generator,
    material: Material,
) -> list[Part]:  # fmt: skip
    """Raised frames, raised fields or panes in a grid on a face at y."""
    x0, x1, z0, z1 = rect
    columns = int(rng.integers(1, 3)) if x1 - x0 > 0.5 else 1
    rows = int(rng.integers(1, 4)) if z1 - z0 > 0.8 else 1
    gap = min(_range(rng, 0.03, 0.12), 0.2 * (x1 - x0) / columns, 0.2 * (z1 - z0) / rows)
    kind = str(rng.choice(["frame", "field", "pane"]))
    proud, wide = _range(rng, 0.004, 0.016), _range(rng, 0.01, 0.03)
    look = _other(rng, material)
    if kind == "pane":
        look = materials.glass(rng) if rng.random() < 0.5 else _view(rng)
    found: list[Part] = []
    for column in range(columns):
        for row in range(rows):
            a = x0 + column * (x1 - x0) / columns + gap
            b = x0 + (column + 1) * (x1 - x0) / columns - gap
            low = z0 + row * (z1 - z0) / rows + gap
            high = z0 + (row + 1) * (z1 - z0) / rows - gap
            if b - a < 2.5 * wide or high - low < 2.5 * wide:
                continue
            if kind == "frame":
                meshes = _framed((a, b, low, high), y, wide=wide, proud=proud)
            else:
                meshes = [block((a, y - (0.002 if kind == "pane" else proud), low), (b, y, high))]
            found += [Part("panel", mesh, look) for mesh in meshes]
    return found


def _view(rng: np.random.Generator) -> Material:
    """What is seen in a pane: sky, dusk, leaves, a print, or milky glass."""
    color = materials.any_color(rng, vivid=0.3)
    pattern = str(rng.choice(["plain", "plain", "noise", "print"]))
    return Material(color, pattern=pattern, scale=_range(rng, 0.1, 0.8), gloss=0.6)


def door(placed: PlacedObject, rng: np.random.Generator) -> tuple[Part, ...]:
    """A door with casing, panels or panes, and a joint if it has two leaves."""
    parts = list(placed.model.parts)
    x0, x1, z0, z1 = _extent(placed)
    trim = parts[0].material
    casing = _other(rng, trim)
    if rng.random() < 0.8:
        parts += _casing((x0, x1, z0, z1), rng, casing)
    leaves = [(x0, x1)] if x1 - x0 < 1.1 or rng.random() < 0.4 else [
        (x0, (x0 + x1) / 2), ((x0 + x1) / 2, x1)
    ]  # fmt: skip
    for a, b in leaves:
        if rng.random() < 0.85:
            parts += panels((a + 0.03, b - 0.03, z0 + 0.05, z1 - 0.03), _LEAF, rng, trim)
    return tuple(parts)


def window(placed: PlacedObject, rng: np.random.Generator) -> tuple[Part, ...]:
    """A window with panes, casing, sill, bars and a blind."""
    parts = list(placed.model.parts)
    x0, x1, z0, z1 = _extent(placed)
    trim = parts[0].material
    if rng.random() < 0.7:
        parts.append(Part("pane", block((x0, 0.055, z0), (x1, 0.065, z1)), _view(rng)))
    if rng.random() < 0.7:
        parts += _casing((x0, x1, z0, z1), rng, _other(rng, trim))
    if rng.random() < 0.5 and z0 > 0.1:
        out = _range(rng, 0.02, 0.12)
        board = block((x0 - 0.05, -out, z0 - 0.03), (x1 + 0.05, _LEAF, z0))
        parts.append(Part("sill", board, _other(rng, trim)))
    if rng.random() < 0.4:
        columns, rows = int(rng.integers(2, 5)), int(rng.integers(1, 4))
        for x in np.linspace(x0, x1, columns + 1)[1:-1]:
            bar = block((float(x) - 0.012, 0.035, z0), (float(x) + 0.012, 0.085, z1))
            parts.append(Part("bar", bar, trim))
        for z in np.linspace(z0, z1, rows + 1)[1:-1]:
            bar = block((x0, 0.036, float(z) - 0.012), (x1, 0.084, float(z) + 0.012))
            parts.append(Part("bar", bar, trim))
    if rng.random() < 0.3:
        low = z1 - _range(rng, 0.15, 0.95) * (z1 - z0)
        parts += _blind((x0 + 0.015, x1 - 0.015, low, z1), rng)
    return tuple(parts)


def _blind(rect: tuple[float, float, float, float], rng: np.random.Generator) -> list[Part]:
    """A roller blind, or one of slats."""
    x0, x1, z0, z1 = rect
    cloth = materials.cloth(rng) if rng.random() < 0.5 else materials.paint(rng)
    if rng.random() < 0.5:
        return [Part("blind", block((x0, 0.008, z0), (x1, 0.014, z1)), cloth)]
    pitch = _range(rng, 0.03, 0.06)
    heights = np.arange(z0, z1 - pitch, pitch)
    return [
        Part("blind", block((x0, 0.004, float(z)), (x1, 0.022, float(z) + 0.7 * pitch)), cloth)
        for z in heights
    ]


def wall(placed: PlacedObject, rng: np.random.Generator) -> tuple[Part, ...]:
    """A wall with a skirting board, a moulding below the ceiling, and a paneled lower part."""
    parts = list(placed.model.parts)
    paint = parts[0].material
    height = float(placed.model.bounds[1, 2])
    skirting = _range(rng, 0.05, 0.16) if rng.random() < 0.8 else 0.0
    crown = _range(rng, 0.04, 0.12) if rng.random() < 0.4 else 0.0
    panel = _range(rng, 0.7, 1.2) if rng.random() < 0.25 else 0.0
    looks = [_other(rng, replace(paint, pattern="plain")) for _ in range(3)]
    for part in placed.model.parts:
        low, high = (part.mesh.vertices[:, [0, 2]].min(0), part.mesh.vertices[:, [0, 2]].max(0))
        x0, x1, z0, z1 = float(low[0]), float(high[0]), float(low[1]), float(high[1])
        if z0 < 0.01 and panel:
            top = min(panel, z1)
            parts.append(Part("paneling", block((x0, -0.006, z0), (x1, 0, top)), looks[0]))
        if z0 < 0.01 and skirting:
            board = block((x0, -0.012, z0), (x1, 0, min(skirting, z1)))
            parts.append(Part("skirting", board, looks[1]))
        if z1 > height - 0.01 and crown:
            board = block((x0, -min(crown, 0.08), max(z1 - crown, z0)), (x1, 0, z1))
            parts.append(Part("moulding", board, looks[2]))
    return tuple(parts)


def ceiling(placed: PlacedObject, rng: np.random.Generator) -> tuple[Part, ...]:
    """A ceiling with beams."""
    parts = list(placed.model.parts)
    look = materials.wood(rng) if rng.random() < 0.6 else parts[0].material
    wide, deep, apart = _range(rng, 0.06, 0.2), _range(rng, 0.04, 0.2), _range(rng, 0.5, 1.5)
    axis = int(rng.integers(2))
    for part in placed.model.parts:
        points = part.mesh.vertices
        low, high = points.min(axis=0), points.max(axis=0)
        for at in np.arange(float(low[axis]) + apart / 2, float(high[axis]) - THICKNESS, apart):
            a, b = low.astype(float), high.astype(float)
            a[axis], b[axis] = at - wide / 2, at + wide / 2
            box = block((a[0], a[1], a[2] - deep), (b[0], b[1], a[2]))
            parts.append(Part("beam", box, look))
    return tuple(parts)


def hanging_lamps(
    objects: tuple[PlacedObject, ...], rng: np.random.Generator
) -> list[PlacedObject]:
    """Lamps below the ceiling, if there is one, above the middle of its parts."""
    above = [one for one in objects if one.is_stuff and one.label == "ceiling"]
    if not above or rng.random() >= _LAMPS:
        return []
    next_id = max(one.instance_id for one in objects) + 1
    tops = [
        float((one.model.bounds[1] + one.world_from_object[:3, 3])[2])
        for one in objects
        if not one.is_stuff
    ]
    found = []
    shell = above[0]
    for part in shell.model.parts[: int(rng.integers(1, 3))]:
        if part.name != "ceiling":
            continue
        low, high = part.mesh.vertices.min(axis=0), part.mesh.vertices.max(axis=0)
        at = low[:2] + (high - low)[:2] * rng.uniform(0.35, 0.65, 2)
        level = float(low[2] + shell.world_from_object[2, 3])
        free = level - max([1.9, *tops]) - 0.1
        model = _lamp(rng, max(free, 0.1))
        pose = upright(float(at[0]), float(at[1]), level - float(model.bounds[1, 2]), 0.0)
        found.append(PlacedObject(next_id, model, pose, supported_by=shell.instance_id))
        next_id += 1
    return found


def _lamp(rng: np.random.Generator, free: float) -> ObjectModel:
    """A lamp that hangs down by at most `free` meters: a disc, a pendant or a chandelier."""
    kind = str(rng.choice(["disc", "pendant", "chandelier"])) if free > 0.25 else "disc"
    metal, shade = materials.metal(rng), materials.paint(rng)
    if kind == "disc":
        radius, thick = _range(rng, 0.12, 0.3), min(_range(rng, 0.04, 0.1), free)
        return ObjectModel("lamp", (Part("shade", shapes.cylinder(radius, 0, thick), shade),))
    drop = min(free, _range(rng, 0.25, 0.8))
    cord = shapes.cylinder(_range(rng, 0.004, 0.012), 0.05, drop, segments=8)
    parts = [Part("cord", cord, metal)]
    if kind == "pendant":
        wide, tall = _range(rng, 0.1, 0.25), min(_range(rng, 0.12, 0.25), drop - 0.05)
        parts.append(
            Part("shade", shapes.cylinder(wide, 0, tall, top=wide * _range(rng, 0.2, 1)), shade)
        )
        return ObjectModel("lamp", tuple(parts))
    arms, reach = int(rng.integers(3, 9)), _range(rng, 0.2, 0.5)
    parts.append(Part("hub", shapes.cylinder(0.03, 0.02, 0.14, segments=12), metal))
    for k in range(arms):
        angle = 2 * np.pi * k / arms
        end = np.array([reach * np.cos(angle), reach * np.sin(angle), _range(rng, 0.04, 0.1)])
        parts.append(Part("arm", shapes.rod((0, 0, 0.08), end, radius=0.008), metal))
        bulb = shapes.cylinder(0.035, 0.0, 0.09, top=0.05, segments=12)
        parts.append(Part("shade", moved(bulb, end), shade))
    return ObjectModel("lamp", tuple(parts))
