"""The data model of objects: parts with materials in the object frame.

The object frame is metric with z up. The origin is on the ground plane (z = 0 is the lowest point)
at the center of the footprint, and the front faces -y, as in Blender and, with y up, in glTF.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh

Color = tuple[float, float, float]
"""sRGB in [0, 1]."""

PATTERNS = ("plain", "checker", "stripes", "wood", "noise", "bricks", "weave", "speckle", "print")
"""Procedural textures, evaluated in the object frame."""


@dataclass(frozen=True, eq=False)
class Material:
    """Appearance of a part.

    Attributes:
        color: sRGB in [0, 1].
        pattern: One of `PATTERNS`.
        second_color: Second color of the pattern; None = a darker `color`.
        scale: Period of the pattern, meters.
        gloss: Strength of the highlight, 0 (matte) to 1 (polished).
        image: (h, w, 3) uint8 RGB texture, or None. It replaces color and pattern, and requires
            `Part.uv`.
    """

    color: Color
    pattern: str = "plain"
    second_color: Color | None = None
    scale: float = 0.1
    gloss: float = 0.1
    image: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise ConventionError(
                "Material.pattern", expected=f"one of {', '.join(PATTERNS)}", got=self.pattern
            )
        if not self.scale > 0:
            raise ConventionError("Material.scale", expected="above 0", got=f"{self.scale:g}")


@dataclass(frozen=True, eq=False)
class Part:
    """A named part of an object.

    Attributes:
        name: Name such as ``"seat"`` or ``"leg"``; several parts may share a name.
        mesh: Object frame, meters, faces counter-clockwise seen from outside. Closed in all
            families; meshes of users may be open.
        material: Appearance.
        uv: (F, 3, 2) float32 texture coordinates of the corners of each face, v up, or None.
    """

    name: str
    mesh: Mesh
    material: Material
    uv: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Symmetry:
    """Rotations and reflections that map the shape of an object to itself.

    Attributes:
        turns: Order of the rotational symmetry about z: 1 = none, 2 = half turns, 4 = quarter
            turns, 0 = any angle.
        mirrors: Whether the left half (-x) mirrors the right half.
    """

    turns: int = 1
    mirrors: bool = False


@dataclass(frozen=True, eq=False)
class ObjectModel:
    """An object in the object frame, which the module docstring defines.

    Attributes:
        label: Category, such as ``"chair"``.
        parts: Parts. They may overlap each other: the object is their union.
        symmetry: Symmetry of the whole shape.
        carriers: Level surfaces on which other objects may stand (a table top, the seat of a
            sofa, shelf boards), each (x0, y0, x1, y1, z, clear height above it) in the object
            frame, meters.
        solid: A closed mesh of the shape for collisions and volumes if the parts themselves are
            not closed; None = the union of the parts.
    """

    label: str
    parts: tuple[Part, ...]
    symmetry: Symmetry = field(default_factory=Symmetry)
    carriers: tuple[tuple[float, float, float, float, float, float], ...] = ()
    solid: Mesh | None = None

    @functools.cached_property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner in the object frame, meters."""
        points = np.concatenate([part.mesh.vertices for part in self.parts]).astype(np.float64)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def with_parts(self, parts: tuple[Part, ...]) -> ObjectModel:
        """A copy with other parts, such as recolored ones; symmetry and carriers are kept."""
        return replace(self, parts=parts)
