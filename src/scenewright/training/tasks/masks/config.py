"""Training configuration of ``masks/tiny-rgbd``; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskTrainingConfig:
    """Training configuration; the defaults are those of the weights in the wheel."""

    steps: int = 4400
    """Number of optimization steps, one batch each."""
    batch_size: int = 4
    """Number of images per batch."""
    learning_rate: float = 1.5e-3
    """Peak learning rate of AdamW (Loshchilov and Hutter, 2019)."""
    weight_decay: float = 0.02
    """Weight decay of AdamW."""
    warmup: int = 100
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.5
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.998
    """Decay per step of the moving average of the weights, which is what gets exported."""
    start: str = ""
    """Weights to continue from, such as ``builtin:masks-tiny-rgbd`` or ``file:PATH``; empty trains
    from random weights."""
    seed: int = 0
    """Random seed of the initial weights, the sample order and the noise."""
    held_out: int = 1
    """Number of shards held out for validation."""
    validate_every: int = 200
    """Number of steps between validations; each validation writes a checkpoint."""
    num_threads: int = 2
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError  # imports numpy, which help texts do not need

        for name in ("steps", "batch_size", "validate_every", "num_threads", "held_out"):
            if getattr(self, name) < 1:
                raise ConventionError(
                    f"MaskTrainingConfig.{name}", expected="1 or more", got=str(getattr(self, name))
                )
