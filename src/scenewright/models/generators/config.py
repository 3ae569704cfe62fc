"""Configuration of the generators of scenes."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core import ConventionError

ORDERS = ("largest", "smallest", "given")
"""Which object is the first, to which poses refer: that with the largest or the smallest mask, or
the first of the list."""


@dataclass(frozen=True)
class GeneratorConfig:
    """How a scene is sampled."""

    steps: int | None = None
    """Steps of each of the two samplers. None: as published."""
    guidance: float | None = None
    """Strength of guidance of both samplers. None: as published."""
    order: str = "largest"
    """The object that comes first: largest, smallest, or given."""
    max_objects: int = 16
    """More objects than this are refused."""
    low_memory: bool = False
    """Load the networks one after the other, and decode the objects one by one."""
    allow_pickles: bool = False
    """Read weights in files of PyTorch (.pt, .pth), with weights_only."""

    def __post_init__(self) -> None:
        for name in ("steps", "max_objects"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise ConventionError(name, expected="1 or more", got=str(count))
        if self.guidance is not None and not self.guidance >= 0:
            raise ConventionError("guidance", expected="0 or more", got=f"{self.guidance:g}")
        if self.order not in ORDERS:
            raise ConventionError(
                "order", expected=f"one of {', '.join(ORDERS)}", got=f"'{self.order}'"
            )
