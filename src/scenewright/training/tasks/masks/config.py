"""Configuration of the training of ``masks/tiny-rgbd``; importing it imports neither torch nor
numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskTrainingConfig:
    """Training configuration; the defaults are those of the weights in the wheel."""

    steps: int = 4400
    """Optimization steps, one batch each."""
    batch_size: int = 4
    """Images per batch."""
    learning_rate: float = 1.5e-3
    """Peak learning rate of AdamW (Loshchilov and Hutter, 2019)."""
    weight_decay: float = 0.02
    """Weight decay of AdamW."""
    warmup: int = 100
    """Steps over which the learning rate rises."""
    cooldown: float = 0.5
    """Share of the steps, at the end, over which the learning rate falls to 0."""
    average: float = 0.998
    """Decay per step of the moving average of the weights; the average is what is exported."""
    seed: int = 0
    """Random seed of the initial weights, the sample order and the noise."""
    held_out: int = 1
    """Shards held out for validation."""
    validate_every: int = 200
    """Steps between validations; each one writes a checkpoint."""
    num_threads: int = 2
    """CPU threads of torch."""
    device: str = "cpu"
    """Torch device to train on, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError  # numpy comes with it; help texts need none

        for name in ("steps", "batch_size", "validate_every", "num_threads", "held_out"):
            if getattr(self, name) < 1:
                raise ConventionError(
                    f"MaskTrainingConfig.{name}", expected="1 or more", got=str(getattr(self, name))
                )
