"""The training loop that all networks share: step, log, checkpoint, resume."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from scenewright.core import ConventionError, Progress, no_progress
from scenewright.training.checkpoints import load_checkpoint, save_checkpoint
from scenewright.training.curves import draw_curves

CHECKPOINT_NAME = "checkpoint.safetensors"
"""Networks, optimizer and step; replaced at every validation."""
LOG_NAME = "log.jsonl"
"""One JSON line per validation."""
CURVES_NAME = "curves.png"
"""The numbers of the log over the steps; replaced at every validation."""

logger = logging.getLogger("scenewright.training")


class TrainingTask(Protocol):
    """The part of training that is specific to a network: samples, step, validation and export."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Configuration as JSON values; every checkpoint records it."""
        ...

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Networks by name that a checkpoint saves and restores."""
        ...

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """The optimizers whose state a checkpoint saves and restores."""
        ...

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Prepares the samples; called once, after a checkpoint was loaded.

        Args:
            step: Steps already taken, so that a resumed run does not repeat its samples.
            progress: Progress callback (stage, done, total, unit).
        """
        ...

    def learn(self, step: int) -> float:
        """Takes one optimization step.

        Args:
            step: Steps taken before this one.

        Returns:
            The loss; NaN if the batch was skipped.
        """
        ...

    def validate(self) -> Mapping[str, float]:
        """Evaluates the network on held-out samples; the values are logged by name."""
        ...

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the weights in the format that inference reads.

        Args:
            facts: The facts in the checkpoint: the step and the configuration.
        """
        ...


def run_training(
    task: TrainingTask,
    folder: Path,
    *,
    steps: int,
    validate_every: int,
    progress: Progress = no_progress,
) -> None:
    """Trains a task up to a number of steps; run again to resume from the last checkpoint.

    Args:
        task: The network and its samples.
        folder: Folder for ``checkpoint.safetensors`` and ``log.jsonl``; created if missing.
        steps: Total number of steps, including those of earlier runs.
        validate_every: Steps between validations; each one adds a line to the log, replaces the
            checkpoint and exports the weights. The last step always does.
        progress: Progress callback (stage, done, total, unit), called after each step.

    Raises:
        ConventionError: `steps` or `validate_every` is below 1.
        FormatError: The checkpoint in `folder` is damaged or belongs to another network.
    """
    for name, value in (("steps", steps), ("validate_every", validate_every)):
        if value < 1:
            raise ConventionError(name, expected="1 or more", got=str(value))
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT_NAME
    step = _resume(task, checkpoint)
    task.prepare(step, progress=progress)
    losses: list[float] = []
    while step < steps:
        losses.append(task.learn(step))
        step += 1
        progress("train", step, steps, "steps")
        if step % validate_every == 0 or step == steps:
            recent = [loss for loss in losses[-validate_every:] if np.isfinite(loss)]
            train_loss = float(np.mean(recent)) if recent else -1.0
            _append_log(folder / LOG_NAME, step, train_loss=train_loss, measured=task.validate())
            draw_curves(folder / LOG_NAME, folder / CURVES_NAME)
            facts = {"step": step, "config": dict(task.settings)}
            save_checkpoint(checkpoint, task.networks, task.optimizers, facts)
            task.export(facts)


def _resume(task: TrainingTask, checkpoint: Path) -> int:
    """Restores the task from a checkpoint, if there is one; returns the steps already taken."""
    if not checkpoint.exists():
        return 0
    step = int(load_checkpoint(checkpoint, task.networks, task.optimizers)["step"])
    logger.info("resuming at step %d", step)
    return step


def _append_log(path: Path, step: int, *, train_loss: float, measured: Mapping[str, float]) -> None:
    line: dict[str, Any] = {
        "step": step,
        "train_loss": round(train_loss, 5),
        **{name: round(value, 5) for name, value in measured.items()},
        "time": time.strftime("%H:%M:%S"),
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    logger.info("%s", line)
