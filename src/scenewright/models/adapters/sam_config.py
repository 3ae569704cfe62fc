"""Configuration of the backends ``masks/sam`` and ``masks/sam2``."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core import ConventionError


@dataclass(frozen=True)
class SamMaskConfig:
    """How masks of everything are found with a grid of point prompts."""

    points_per_side: int = 32
    """Points per side of the grid. 32 is the published value; use fewer on a CPU."""
    points_per_batch: int = 64
    """Points that the decoder processes together."""
    min_iou: float | None = None
    """Masks with a lower predicted IoU are dropped. None: the published value of the network."""
    min_stability: float = 0.95
    """Masks are dropped whose area with a raised threshold is a smaller share than this of the
    area with a lowered threshold."""
    suppress_iou: float = 0.7
    """Of two masks with a higher IoU than this, only the better one is kept."""
    crop_layers: int = 0
    """Number of additional layers: layer i repeats the grid on 4^i overlapping crops, which finds
    smaller objects."""
    min_area: int = 100
    """Masks with fewer pixels are dropped."""

    def __post_init__(self) -> None:
        for name, least in (
            ("points_per_side", 1),
            ("points_per_batch", 1),
            ("crop_layers", 0),
            ("min_area", 1),
        ):
            count = getattr(self, name)
            if count < least:
                raise ConventionError(name, expected=f"{least} or more", got=str(count))
