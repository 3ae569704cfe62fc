"""Several processes that train one network together, by Hugging Face Accelerate."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from scenewright.core import ConventionError, require

_LONGEST_WAIT = timedelta(hours=12)
"""How long a process waits for the others, which may be making shards or encoding pictures."""
_BUCKET = 1 << 24
"""Numbers that are averaged in one message."""


class Part(NamedTuple):
    """A share of the samples of a step.

    Attributes:
        number: Which one, from 0.
        total: How many there are.
    """

    number: int
    total: int


WHOLE = Part(0, 1)


@dataclass(frozen=True)
class Processes:
    """The processes that train together; every one of them makes one of these.

    All processes hold the same weights, see other samples, and step by the mean of their gradients.

    Attributes:
        index: Number of this process, from 0.
        count: Number of processes.
        accelerator: Accelerate's object, or None for a single process.
    """

    index: int = 0
    count: int = 1
    accelerator: Any = None

    @property
    def is_main(self) -> bool:
        """Whether this process writes files."""
        return self.index == 0

    def parts(self, each: int = 1) -> list[Part]:
        """The shares of a step that this process computes.

        Args:
            each: Shares per process.
        """
        total = each * self.count
        return [Part(number, total) for number in range(self.index * each, (self.index + 1) * each)]

    def device(self, name: str) -> torch.device:
        """The device of this process: on GPUs each process has its own.

        Args:
            name: Torch device of the configuration.
        """
        wanted = torch.device(name)
        if self.accelerator is None or wanted.type == "cpu":
            return wanted
        own: torch.device = self.accelerator.device
        return own

    def mean(self, number: float) -> float:
        """The mean of a number over the processes."""
        if self.accelerator is None:
            return number
        return float(self._reduced(torch.tensor(number, dtype=torch.float64)))

    def any(self, flag: bool) -> bool:
        """Whether a flag is set in one of the processes."""
        return self.mean(float(flag)) > 0

    def same(self, number: float) -> bool:
        """Whether all processes have the same number."""
        mean = self.mean(number)
        return not self.any(mean != number)

    def gather(self, text: str) -> list[str]:
        """The texts of all processes, in their order."""
        if self.accelerator is None:
            return [text]
        found: list[str] = require("accelerate.utils", extra="train").gather_object([text])
        return found

    def wait(self) -> None:
        """Waits until all processes have come here."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()

    def average_gradients(self, network: nn.Module) -> None:
        """Replaces the gradients of a network by their mean over the processes, in place.

        A weight without a gradient in some of the processes counts as 0 there; one without in all
        of them stays without.
        """
        if self.accelerator is None:
            return
        weights = [each for each in network.parameters() if each.requires_grad]
        has = torch.tensor([float(each.grad is not None) for each in weights])
        used = [w for w, share in zip(weights, self._reduced(has), strict=True) if share > 0]
        for weight in used:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        for bucket in _buckets([w.grad for w in used if w.grad is not None]):
            mean = self._reduced(torch.cat([each.flatten() for each in bucket]))
            for gradient, part in zip(
                bucket, torch.split(mean, [each.numel() for each in bucket]), strict=True
            ):
                gradient.copy_(part.view_as(gradient))

    def _reduced(self, values: Tensor) -> Tensor:
        place = self.accelerator.device if values.device.type == "cpu" else values.device
        mean: Tensor = self.accelerator.reduce(values.to(place), reduction="mean")
        return mean.to(values.device)


def joined_processes(device: str) -> Processes:
    """The processes that ``accelerate launch`` started, this one among them; else this one alone.

    Args:
        device: Torch device of the configuration.

    Raises:
        MissingExtraError: There are several and Accelerate is not installed.
    """
    if not is_launched():
        return Processes()
    accelerate = require("accelerate", extra="train")
    patience = accelerate.InitProcessGroupKwargs(timeout=_LONGEST_WAIT)
    accelerator = accelerate.Accelerator(
        cpu=torch.device(device).type == "cpu", kwargs_handlers=[patience]
    )
    return Processes(accelerator.process_index, accelerator.num_processes, accelerator)


def single_process(name: str) -> Processes:
    """This process, for trainings that others cannot join.

    Args:
        name: The training, for the message.

    Raises:
        ConventionError: It is one of several that a launcher started.
    """
    if is_launched():
        raise ConventionError(
            f"Processes of {name}", expected="one", got=os.environ["WORLD_SIZE"],
            do="Start it without 'accelerate launch'.",
        )  # fmt: skip
    return Processes()


def is_launched() -> bool:
    """Whether a launcher started this process as one of several.

    Accelerate, like all launchers of PyTorch, says so in the variable WORLD_SIZE.
    """
    found = os.environ.get("WORLD_SIZE", "1")
    return found.isdigit() and int(found) > 1


def _buckets(tensors: Iterable[Tensor]) -> Iterable[list[Tensor]]:
    """Groups of tensors of one type with about `_BUCKET` numbers each."""
    bucket: list[Tensor] = []
    for tensor in tensors:
        is_full = sum(each.numel() for each in bucket) >= _BUCKET
        if bucket and (is_full or bucket[0].dtype != tensor.dtype):
            yield bucket
            bucket = []
        bucket.append(tensor)
    if bucket:
        yield bucket
