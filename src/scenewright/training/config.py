"""Recipes of the trainings; reading them needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core import ConventionError


@dataclass(frozen=True)
class MaskTrainingConfig:
    """Recipe; the defaults are those of the weights in the wheel."""

    steps: int = 4400
    """Batches in all."""
    batch_size: int = 4
    """Pictures a batch."""
    learning_rate: float = 1.5e-3
    """Highest rate of AdamW (Loshchilov and Hutter, 2019)."""
    weight_decay: float = 0.02
    """Of AdamW."""
    warmup: int = 100
    """Steps over which the rate rises."""
    cooldown: float = 0.5
    """Share of the steps, at the end, over which the rate falls to nothing."""
    average: float = 0.998
    """Share of the averaged weights that stays at each step; those are what ships."""
    seed: int = 0
    """Decides start weights, order and noise."""
    held_out: int = 1
    """Shards kept for validation."""
    validate_every: int = 200
    """Steps between two validations, and two checkpoints."""
    num_threads: int = 2
    """Threads of torch."""
    device: str = "cpu"
    """Where the network is, such as ``cuda``."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "validate_every", "num_threads", "held_out"):
            if getattr(self, name) < 1:
                raise ConventionError(
                    f"MaskTrainingConfig.{name}", expected="1 or more", got=str(getattr(self, name))
                )
