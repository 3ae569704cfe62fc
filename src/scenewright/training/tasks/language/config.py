"""Configuration of the training of ``lm/nano``; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LanguageTrainingConfig:
    """Training configuration of lm/nano; the defaults are those of the weights in the wheel."""

    steps: int = 900
    """Number of optimization steps, one batch each."""
    scenes: int = 12
    """Scenes per batch."""
    questions: int = 20
    """Questions about each scene."""
    worlds: int = 360
    """Worlds that are made from seeds, and then varied."""
    shards: int = 68
    """Files of varied scenes with questions; after the last one the first is read again."""
    shard_scenes: int = 96
    """Scenes in each of them."""
    width: int = 64
    """Width of the states of objects."""
    layers: int = 3
    """Steps of reasoning."""
    text_width: int = 64
    """Width of the units of questions."""
    relation: str = "values"
    """What is taken from pairs of objects: off, bias or values."""
    pointer: bool = True
    """Point at objects; otherwise their identifiers are answered as words."""
    learning_rate: float = 1.2e-2
    """Peak learning rate of Muon; AdamW, for all that is no matrix, takes a fixed share of it."""
    weight_decay: float = 0.02
    """Weight decay."""
    warmup: int = 40
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.7
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.99
    """Decay per step of the moving average of the weights, which is what gets exported."""
    start: str = ""
    """Reference of weights to start from, such as ``builtin:lm-nano``; default: random ones."""
    seed: int = 0
    """Random seed of the initial weights, the variations and their order."""
    held_out: int = 24
    """Worlds for validation, from seeds that training does not use."""
    validate_every: int = 150
    """Number of steps between validations; each validation writes a checkpoint."""
    num_workers: int = 1
    """Number of processes that make worlds and questions, before the first step."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError

        if self.relation not in ("off", "bias", "values"):
            raise ConventionError("relation", expected="off, bias or values", got=self.relation)
        for name in ("steps", "scenes", "questions", "worlds", "shards", "shard_scenes", "width",
                     "layers", "text_width", "held_out", "validate_every", "num_workers",
                     "num_threads"):  # fmt: skip
            if getattr(self, name) < 1:
                raise ConventionError(name, expected="1 or more", got=str(getattr(self, name)))
