"""Configuration of the training of ``names/tiny``; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamesTrainingConfig:
    """Training configuration of names/tiny."""

    steps: int = 2800
    """Number of optimization steps, one batch each."""
    batch: int = 256
    """Examples per batch."""
    seeds: int = 120
    """Objects of each family; one in ten is kept for validation."""
    variants: int = 5
    """Examples of each object: whole, and seen in part or segmented in different ways."""
    learning_rate: float = 2e-3
    """Peak learning rate of AdamW."""
    weight_decay: float = 1e-3
    """Weight decay."""
    dropout: float = 0.25
    """Dropout between the layers."""
    smoothing: float = 0.05
    """Share of the target that other names get."""
    warmup: int = 800
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.7
    """Final share of the steps over which the learning rate decays to 0."""
    seed: int = 0
    """Random seed of the initial weights and of the batches."""
    validate_every: int = 280
    """Number of steps between validations; each validation writes a checkpoint."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError

        for name in ("steps", "batch", "variants", "validate_every", "num_threads"):
            if getattr(self, name) < 1:
                raise ConventionError(name, expected="1 or more", got=str(getattr(self, name)))
        if self.seeds < 10:
            raise ConventionError("seeds", expected="10 or more", got=str(self.seeds))
