"""Settings of the backend ``masks/depth-edges``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from scenewright.core import ConventionError


@dataclass(frozen=True)
class DepthEdgeConfig:
    """Settings; the defaults fit rooms and table tops seen by structured-light or stereo cameras.

    Colors are three channels of about 0 to 1: lightness, red minus green, yellow minus blue. Noise
    is the standard deviation of the inverse depth: such sensors have the same at every distance.
    """

    grid_width: int = 320
    """Columns, about, of the grid that the work is done on; pixels."""
    window: int = 4
    """Half the edge of the window that surfaces are fitted to; grid pixels."""
    noise: float | None = None
    """Sensor noise, 1/m. None = estimated from the frame."""
    window_gap: float = 0.025
    """Depth difference up to which pixels share a window; share of the depth."""
    step: float = 0.006
    """Depth step that is an edge, on top of four times the noise; 1/m per 1/m."""
    turn: float = 0.35
    """Sine of the angle between neighboring pixels' normals that is an edge of a patch."""
    patch_color: float = 0.45
    """Color difference between neighboring pixels that is an edge of a patch."""
    lightness: float = 0.5
    """Weight of lightness in color differences; shadows change little else."""
    looseness: float = 12.0
    """Looseness of patches: they may differ inside by this over their area; grid pixels."""
    patch_area: int = 30
    """Smallest patch; grid pixels."""
    join_step: float = 0.6
    """Mean depth step along a border below which regions may join; in units of `step`."""
    join_dent: float = 0.3
    """Dent (sum of two sines) along a border below which regions may join by shape."""
    plane_noise: float = 1.5
    """Offset of two planes that count as one: part in units of the noise."""
    plane_step: float = 0.003
    """Offset of two planes that count as one: part that is a share of the inverse depth."""
    plane_area: float = 0.5
    """Surface from which a plane is split where its color changes (rug, screen); m^2."""
    plane_color: float = 0.05
    """Color difference that splits such a plane."""
    material_color: float = 0.06
    """Color difference below which the parts of one piece join across a dent (seat and back)."""
    material_step: float = 1.0
    """Mean depth step along a border below which they do; in units of `step`."""
    material_area: float = 8.0
    """Surface above which a region is no such part but a floor or a wall; m^2."""
    material_ratio: float = 0.03
    """Smallest surface of a part as a share of the other's; smaller things stand on it."""
    min_area: int = 400
    """Smallest mask; pixels of a 640 x 480 frame, scaled to other sizes."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name == "noise":
                continue
            if not value > 0:
                name = f"DepthEdgeConfig.{field.name}"
                raise ConventionError(name, expected="a number above 0", got=f"{value!r}")
