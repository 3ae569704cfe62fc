"""Training configuration of ``complete/tiny``; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompletionTrainingConfig:
    """Training configuration; the defaults are those of the weights in the wheel."""

    steps: int = 8100
    """Number of optimization steps, one batch each."""
    batch_size: int = 64
    """Number of objects per batch."""
    worlds: int = 168
    """Number of worlds that are made from seeds before the first step, unless there are shards."""
    layers: int = 3
    """Transformer layers in which the parts of a shape attend to each other."""
    drop_known: float = 0.3
    """Largest share of the known voxels of an object that is missing at random."""
    voxel_weight: float = 4.0
    """Weight of the cross entropy of voxels beside their Dice loss."""
    learning_rate: float = 1e-2
    """Peak learning rate of Muon."""
    weight_decay: float = 0.02
    """Weight decay."""
    warmup: int = 50
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.5
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.998
    """Decay per step of the moving average of the weights, which is what gets exported."""
    seed: int = 0
    """Random seed of the initial weights, the order of the samples and the noise."""
    held_out: int = 4
    """Number of shards held out for validation."""
    validate_every: int = 1350
    """Number of steps between validations; each validation writes a checkpoint."""
    num_workers: int = 1
    """Number of processes that make worlds, before the first step."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.training.tasks.generation.config import check_counts

        check_counts(self, "steps", "batch_size", "worlds", "layers", "held_out",
                     "validate_every", "num_workers", "num_threads")  # fmt: skip
