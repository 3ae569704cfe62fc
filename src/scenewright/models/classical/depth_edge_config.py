"""Configuration of the backend ``masks/depth-edges``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from scenewright.core import ConventionError


@dataclass(frozen=True)
class DepthEdgeConfig:
    """Configuration; the defaults suit rooms and table tops seen by structured-light or stereo.

    Colors are three channels of about 0 to 1: lightness, red minus green, yellow minus blue. Noise
    is the standard deviation of the inverse depth, which is the same at all distances for such
    sensors.
    """

    grid_width: int = 320
    """Approximate number of columns of the grid."""
    window: int = 4
    """Half the side of the window for fitting planes, grid pixels."""
    noise: float | None = None
    """Sensor noise, 1/m. None = estimated from the frame."""
    window_gap: float = 0.025
    """Largest depth difference within a window, as a share of the depth."""
    step: float = 0.006
    """Depth step that counts as an edge, in addition to four times the noise; 1/m per 1/m."""
    turn: float = 0.35
    """Sine of the angle between neighboring normals that counts as an edge of a patch."""
    patch_color: float = 0.45
    """Color difference between neighboring pixels that counts as an edge of a patch."""
    lightness: float = 0.5
    """Weight of lightness in color differences; shadows change mostly lightness."""
    looseness: float = 12.0
    """Scale of patches: the difference allowed within a patch is this over its area, pixels."""
    patch_area: int = 30
    """Area of the smallest patch, grid pixels."""
    join_step: float = 0.6
    """Mean depth step along a border below which regions may merge, in units of `step`."""
    join_dent: float = 0.3
    """Dent (sum of two sines) along a border below which regions may merge by shape."""
    plane_noise: float = 1.5
    """Largest offset of two planes that count as one: the part in units of the noise."""
    plane_step: float = 0.003
    """Largest offset of two planes that count as one: the part relative to the inverse depth."""
    plane_area: float = 0.5
    """Surface area from which a plane is split where its color changes (rug, screen), m^2."""
    plane_color: float = 0.05
    """Color difference that splits such a plane."""
    material_color: float = 0.06
    """Color difference below which parts of one piece merge across a dent (seat and back)."""
    material_step: float = 1.0
    """Mean depth step along a border below which such parts merge, in units of `step`."""
    material_area: float = 8.0
    """Surface area above which a region is a floor or a wall rather than such a part, m^2."""
    material_ratio: float = 0.03
    """Smallest surface area of a part relative to the other part; smaller objects stand on it."""
    join_material: bool = True
    """Whether parts of one piece (seat and back) merge at all; without, masks are smaller."""
    min_area: int = 400
    """Area of the smallest mask, pixels of a 640 x 480 frame; scaled for other sizes."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or (value is None and field.name == "noise"):
                continue
            if not value > 0:
                name = f"DepthEdgeConfig.{field.name}"
                raise ConventionError(name, expected="a number above 0", got=f"{value!r}")
