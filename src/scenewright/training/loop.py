"""The training loop that all networks share: step, log, checkpoint, resume."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from scenewright.core import ConventionError, Progress, no_progress
from scenewright.training.checkpoints import load_checkpoint, save_checkpoint
from scenewright.training.curves import draw_curves
from scenewright.training.processes import Processes, single_process

CHECKPOINT_NAME = "checkpoint.safetensors"
"""Networks, optimizer and step; replaced at every validation."""
LOG_NAME = "log.jsonl"
"""One JSON line per validation."""
CURVES_NAME = "curves.png"
"""The numbers of the log over the steps; replaced at every validation."""

_RECENT = 50
"""Steps over which the loss that is shown is averaged."""

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
    max_minutes: float | None = None,
    processes: Processes | None = None,
    progress: Progress = no_progress,
) -> int:
    """Trains a task up to a number of steps; run again to resume from the last checkpoint.

    An interruption (Ctrl-C) is held back until the step is done; then the checkpoint is written,
    and `KeyboardInterrupt` raised.

    Args:
        task: The network and its samples.
        folder: Folder for ``checkpoint.safetensors`` and ``log.jsonl``; created if missing.
        steps: Total number of steps, including those of earlier runs.
        validate_every: Steps between validations; each one adds a line to the log, replaces the
            checkpoint and exports the weights. The last step always does.
        max_minutes: Time limit, minutes, from the call on; None sets no limit. When it is reached,
            the checkpoint and the weights are written as after the last step. Preparing samples
            counts, but is not cut short, and at least one step is taken.
        processes: Those that train together; the first one alone validates and writes. None if the
            task can be trained by one process only.
        progress: Progress callback (stage, done, total, unit), called after each step; the unit
            names the mean loss of the last steps.

    Returns:
        Steps taken, including those of earlier runs.

    Raises:
        ConventionError: `steps` or `validate_every` is below 1; several processes were started for
            a task of one, or do not see the same checkpoint.
        FormatError: The checkpoint in `folder` is damaged or belongs to another network.
    """
    for name, value in (("steps", steps), ("validate_every", validate_every)):
        if value < 1:
            raise ConventionError(name, expected="1 or more", got=str(value))
    end = None if max_minutes is None else time.monotonic() + 60 * max_minutes
    together = single_process("this network") if processes is None else processes
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT_NAME
    step = _resume(task, checkpoint)
    if not together.same(step):
        raise ConventionError(
            f"The checkpoint in {folder}", expected="the same for all processes",
            got=f"one of step {step} for process {together.index}",
            do="Choose a folder that all machines share.",
        )  # fmt: skip
    task.prepare(step, progress=progress)
    together.wait()
    losses: list[float] = []
    with _held_interruption() as interrupted:
        is_over = step >= steps
        while not is_over:
            losses.append(task.learn(step))
            step += 1
            recent = _mean_loss(losses[-_RECENT:])
            progress("train", step, steps, f"steps, loss {recent:.4g}")
            is_late = together.any(end is not None and time.monotonic() >= end)
            is_over = step == steps or is_late
            facts = {"step": step, "config": dict(task.settings)}
            if together.any(interrupted.is_set()):
                if together.is_main:
                    save_checkpoint(checkpoint, task.networks, task.optimizers, facts)
                together.wait()
                raise KeyboardInterrupt
            if step % validate_every == 0 or is_over:
                if together.is_main:
                    _write(task, folder, facts, train_loss=_mean_loss(losses[-validate_every:]))
                together.wait()
    return step


def _write(
    task: TrainingTask, folder: Path, facts: Mapping[str, Any], *, train_loss: float
) -> None:
    """Validates; writes log, curves, checkpoint and weights."""
    measured = task.validate()
    _append_log(folder / LOG_NAME, facts["step"], train_loss=train_loss, measured=measured)
    draw_curves(folder / LOG_NAME, folder / CURVES_NAME)
    save_checkpoint(folder / CHECKPOINT_NAME, task.networks, task.optimizers, facts)
    task.export(facts)


def _mean_loss(losses: Sequence[float]) -> float:
    """Mean of the losses that are finite, others are skipped batches; -1 without any."""
    finite = [loss for loss in losses if np.isfinite(loss)]
    return float(np.mean(finite)) if finite else -1.0


@contextmanager
def _held_interruption() -> Iterator[Event]:
    """Sets an event on Ctrl-C instead of stopping in the middle of a step.

    Outside of the main thread, where signals cannot be handled, nothing is held back. A second
    Ctrl-C stops at once.
    """
    interrupted = Event()
    if current_thread() is not main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def hold(number: int, frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    signal.signal(signal.SIGINT, hold)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


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
