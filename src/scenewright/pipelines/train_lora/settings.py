"""The inputs and settings of ``scenewright train lora``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.language.causal_config import CausalTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainLoraInputs:
    """Trains a language model of transformers to read scenes (lm/hf); run again to resume.

    LoRA on its linear layers, the rows of new identifiers and a tokenizer of scenes are trained on
    questions about synthetic worlds, which are made from seeds; the model itself stays as it is.

    Example: `scenewright train lora hub:Qwen/Qwen3-0.6B -o reader/`
    """

    base: Annotated[str, Option(metavar="WEIGHTS", positional=True)]
    """Checkpoint of the language model, such as file:qwen/ or hub:Qwen/Qwen3-0.6B."""
    data: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of an earlier training whose worlds are used; default: made from seeds."""


@dataclass(frozen=True)
class TrainLoraSettings(CausalTrainingConfig, Settings):
    """The training recipe."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
