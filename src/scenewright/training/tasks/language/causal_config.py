"""Configuration of the training of language models of others; imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CausalTrainingConfig:
    """Training configuration of lm/hf: LoRA on a language model, and a tokenizer of scenes."""

    steps: int = 3000
    """Number of optimization steps, one batch each."""
    scenes: int = 8
    """Scenes per batch."""
    questions: int = 12
    """Questions about each scene, which share its prompt."""
    num_worlds: int = 240
    """Worlds that are made from seeds."""
    inner: int = 512
    """Width inside of the tokenizer of scenes."""
    blocks: int = 3
    """Relation blocks of the tokenizer of scenes."""
    heads: int = 8
    """Heads of attention in these blocks; they divide the width."""
    tokens: int = 3
    """Tokens per object: 1, or 3."""
    rank: int = 32
    """Rank of LoRA."""
    alpha: int = 64
    """Scale of LoRA: its update is multiplied by this over the rank."""
    dropout: float = 0.05
    """Dropout of LoRA."""
    learning_rate: float = 1e-4
    """Peak learning rate of LoRA and of the identifiers."""
    scene_learning_rate: float = 3e-4
    """Peak learning rate of the tokenizer of scenes."""
    weight_decay: float = 0.02
    """Weight decay."""
    warmup: int = 90
    """Number of warmup steps of the learning rates."""
    cooldown: float = 0.8
    """Final share of the steps over which the learning rates decay to 0."""
    seed: int = 0
    """Random seed of new weights, questions and identifiers."""
    held_out: int = 8
    """Worlds for validation, from seeds that training does not use."""
    validate_every: int = 250
    """Number of steps between validations; each validation writes a checkpoint."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""
    dtype: str = "float32"
    """Numbers of the language model: float32, bfloat16 or float16."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError

        if self.tokens not in (1, 3):
            raise ConventionError("tokens", expected="1 or 3", got=str(self.tokens))
        for name in (
            "steps", "scenes", "questions", "num_worlds", "inner", "blocks", "heads", "rank",
            "alpha", "held_out", "validate_every", "num_threads",
        ):  # fmt: skip
            if getattr(self, name) < 1:
                raise ConventionError(name, expected="1 or more", got=str(getattr(self, name)))
        if self.inner % self.heads:
            raise ConventionError(
                "inner", expected=f"a multiple of {self.heads} heads", got=str(self.inner)
            )
