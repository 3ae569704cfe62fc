"""What an object is: closed parts with materials, in a frame of its own.

The object frame is metric and z up; the origin lies on the ground plane (z = 0 is the lowest
point) in the middle of the footprint, and the front faces -y, as it does in Blender and, y up, in
glTF.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh

Color = tuple[float, float, float]
"""sRGB in [0, 1]."""

PATTERNS = ("plain", "checker", "stripes", "wood", "noise", "bricks", "weave", "speckle")
"""Procedural textures, evaluated in the object's own coordinates."""


@dataclass(frozen=True, eq=False)
class Material:
    """How a part looks.

    Attributes:
        color: sRGB in [0, 1].
        pattern: One of `PATTERNS`.
        second_color: The pattern's other color; None = a darker `color`.
        scale: Length of one period of the pattern, metres.
        gloss: Strength of the highlight, 0 (matte) to 1 (polished).
        image: (h, w, 3) uint8 RGB texture, or None. It replaces color and pattern, and needs
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
    """A named piece of an object.

    Attributes:
        name: Such as ``"seat"`` or ``"leg"``; several parts may share a name.
        mesh: Object frame, metres, faces counter-clockwise seen from outside. Closed in every
            family; a mesh of a user may be open.
        material: How it looks.
        uv: (F, 3, 2) float32 texture coordinates of each face's corners, v up, or None.
    """

    name: str
    mesh: Mesh
    material: Material
    uv: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Symmetry:
    """The turns and mirrorings that leave an object's shape as it is.

    Attributes:
        turns: Order of the rotation about z: 1 = none, 2 = half turns, 4 = quarter turns, 0 = any
            angle.
        mirrors: Whether the left half (-x) mirrors the right half.
    """

    turns: int = 1
    mirrors: bool = False


@dataclass(frozen=True, eq=False)
class ObjectModel:
    """An object in its own frame; see the module for the frame.

    Attributes:
        label: Word for what it is.
        parts: Its pieces. They may overlap each other: the object is their union.
        symmetry: Of the whole shape.
        carriers: Level surfaces that may carry other things (a table's top, a sofa's seat, the
            boards of a shelf), each (x0, y0, x1, y1, z, clear height above it) in the object
            frame, metres; empty for what nothing should stand on.
        solid: A closed mesh of the shape for collisions and volumes, where the parts themselves
            are not closed; None = the union of the parts.
    """

    label: str
    parts: tuple[Part, ...]
    symmetry: Symmetry = field(default_factory=Symmetry)
    carriers: tuple[tuple[float, float, float, float, float, float], ...] = ()
    solid: Mesh | None = None

    @functools.cached_property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner in the object frame, metres."""
        points = np.concatenate([part.mesh.vertices for part in self.parts]).astype(np.float64)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def with_parts(self, parts: tuple[Part, ...]) -> ObjectModel:
        """The same shape in other parts, as for other colors; symmetry and carriers stay."""
        return replace(self, parts=parts)
