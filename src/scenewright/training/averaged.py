"""A network in training with its moving average: the optimization step that tasks share."""

from __future__ import annotations

import copy
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from scenewright.training.bad_batches import BadBatches
from scenewright.training.optimizers import muon_and_adamw, scale_learning_rates
from scenewright.training.schedules import learning_rate_share, update_average

_LARGEST_GRADIENT = 1.0
_Network = TypeVar("_Network", bound=nn.Module)


class Schedule(Protocol):
    """The fields of a training configuration that a step depends on."""

    @property
    def steps(self) -> int:
        """Total number of steps."""
        ...

    @property
    def warmup(self) -> int:
        """Steps over which the learning rate rises."""
        ...

    @property
    def cooldown(self) -> float:
        """Final share of the steps over which it falls."""
        ...

    @property
    def average(self) -> float:
        """Share of the average that stays, per step."""
        ...


class AveragedNetwork(Generic[_Network]):
    """A network, the moving average of its weights, and Muon with AdamW.

    Args:
        network: The network, on its device.
        learning_rate: Peak learning rate of Muon.
        weight_decay: Weight decay.

    Attributes:
        network: The network.
        average: Its moving average, which is what gets exported.
        optimizers: Muon and AdamW.
    """

    def __init__(self, network: _Network, *, learning_rate: float, weight_decay: float) -> None:
        self.network = network
        self.average = copy.deepcopy(network).eval()
        self.optimizers = muon_and_adamw(
            network, learning_rate=learning_rate, weight_decay=weight_decay
        )
        self._peaks = tuple(each.param_groups[0]["lr"] for each in self.optimizers)
        self._bad = BadBatches()

    @property
    def parts(self) -> dict[str, nn.Module]:
        """The network and its average by the names of checkpoints."""
        return {"network": self.network, "average": self.average}

    def learn(self, loss: Tensor, step: int, schedule: Schedule, *, name: str) -> float:
        """Takes one optimization step; returns the loss, NaN if it is not finite.

        Args:
            loss: Loss of the batch.
            step: Steps taken before.
            schedule: Configuration of the training.
            name: Names the batch where it is skipped.

        Raises:
            ConventionError: It is the tenth batch whose loss is not finite.
        """
        if self._bad.refuses(loss.item(), name):
            return float("nan")
        share = learning_rate_share(
            step, steps=schedule.steps, warmup=schedule.warmup, cooldown=schedule.cooldown
        )
        scale_learning_rates(self.optimizers, self._peaks, share=share)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(schedule.average, (2 + step) / (11 + step))
        update_average(self.average, self.network, keep=keep)
        return loss.item()
