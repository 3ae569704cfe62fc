"""Details of furniture: panels on fronts, folds in what is soft, throws on beds and sofas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.worlds.composing._room_shell import block
from scenewright.worlds.composing._shell_details import panels
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.mesh_transforms import refined
from scenewright.worlds.objects.model import ObjectModel, Part

_FRONTS = ("door", "drawer")
_SMALLEST_FRONT = 0.18
"""Extents from which on a front gets panels, meters."""
_SOFT = {"cover": 1.0, "throw": 1.2, "pillow": 0.8, "seat": 0.5, "back cushion": 0.8, "cloth": 0.6}
"""How deep the folds of soft parts are, relative to each other."""
_ROUGHEST = 0.03
"""Largest depth of folds, meters."""


def paneled(parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[Part, ...]:
    """Parts of furniture, with frames, fields or panes on the doors and drawers at its front."""
    if not any(part.name in _FRONTS for part in parts):
        return parts
    # All fronts of a piece have the same style.
    style = int(rng.integers(2**32))
    found = list(parts)
    for part in parts:
        low, high = part.mesh.vertices.min(axis=0), part.mesh.vertices.max(axis=0)
        if part.name in _FRONTS and min(high[0] - low[0], high[2] - low[2]) > _SMALLEST_FRONT:
            rect = (float(low[0]), float(high[0]), float(low[2]), float(high[2]))
            same = np.random.default_rng(style)
            found += panels(rect, float(low[1]), same, part.material)
    return tuple(found)


def throw(model: ObjectModel, rng: np.random.Generator) -> tuple[Part, ...]:
    """A cloth over the width of the largest level surface of a bed or sofa, as a part of it."""
    if not model.carriers:
        return ()
    x0, y0, x1, y1, z, _ = max(model.carriers, key=lambda c: (c[2] - c[0]) * (c[3] - c[1]))
    thick = float(rng.uniform(0.008, 0.02))
    wide = float(rng.uniform(0.3, 0.8)) * (y1 - y0)
    start = y0 + float(rng.uniform(0, 1)) * (y1 - y0 - wide)
    ends = (x0 + 0.02, x1 - 0.02) if rng.random() < 0.3 else (x0 - 0.06, x1 + 0.06)
    mesh = block((ends[0], start, z - 0.005), (ends[1], start + wide, z + thick))
    return (Part("throw", mesh, materials.cloth(rng)),)


def folded(parts: tuple[Part, ...], rng: np.random.Generator) -> tuple[Part, ...]:
    """Parts of an object, those that are soft with folds and dents."""
    depth = float(rng.uniform(0.003, _ROUGHEST))
    waves = _Waves(rng)
    return tuple(
        replace(part, mesh=waves.bent(part.mesh, depth * _SOFT[part.name]))
        if part.name in _SOFT and part.uv is None
        else part
        for part in parts
    )


class _Waves:
    """A smooth random displacement of space: equal points move equally, so meshes stay closed."""

    def __init__(self, rng: np.random.Generator) -> None:
        count = 12
        lengths = np.exp(rng.uniform(np.log(0.12), np.log(0.6), count))
        directions = rng.normal(size=(count, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        self._numbers = 2 * np.pi * directions / lengths[:, None]
        self._phases = rng.uniform(0, 2 * np.pi, count)
        # Long waves are deep, short ones are shallow; most of the motion is up and down.
        sizes = lengths / lengths.sum() * np.sqrt(count)
        self._moves: NDArray[np.float64] = rng.normal(size=(count, 3)) * (0.35, 0.35, 0.8)
        self._moves *= sizes[:, None]

    def bent(self, mesh: Mesh, depth: float) -> Mesh:
        """A finer mesh with its points moved by about `depth` meters, none of them downward out."""
        size = float(np.ptp(mesh.vertices, axis=0).max())
        fine = refined(mesh, longest=max(0.06, size / 24))
        points = fine.vertices.astype(np.float64)
        waves = np.sin(points @ self._numbers.T + self._phases) @ self._moves
        lowest = float(points[:, 2].min())
        moved = points + depth * waves
        # What touches the floor stays above it.
        moved[:, 2] = np.maximum(moved[:, 2], lowest)
        return Mesh(moved.astype(np.float32), fine.faces)
