"""A network in training with its moving average: the optimization step that tasks share."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor, nn

from scenewright.training.bad_batches import BadBatches
from scenewright.training.optimizers import muon_and_adamw, scale_learning_rates
from scenewright.training.processes import Processes
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


class PartLoss(NamedTuple):
    """The loss of a part of a batch.

    Attributes:
        loss: The loss.
        name: Names the part where the batch is skipped.
    """

    loss: Tensor
    name: str


Optimizers = Callable[..., tuple[torch.optim.Optimizer, ...]]
"""Makes optimizers of a network, `learning_rate` and `weight_decay`."""
Clip = Callable[[Iterable[nn.Parameter]], object]
"""Shortens the gradients of parameters, in place."""


def clip_to_one(parameters: Iterable[nn.Parameter]) -> None:
    """Shortens gradients together to a length of at most 1."""
    torch.nn.utils.clip_grad_norm_(parameters, _LARGEST_GRADIENT)


def bad_gradient(network: nn.Module) -> str:
    """The name of the first weight whose gradient is not finite; empty if all are finite."""
    gradients = {n: each.grad for n, each in network.named_parameters() if each.grad is not None}
    if torch.isfinite(torch.nn.utils.get_total_norm(gradients.values())):
        return ""
    return next((n for n, each in gradients.items() if not torch.isfinite(each).all()), "all")


class AveragedNetwork(Generic[_Network]):
    """A network, the moving average of its weights, and its optimizers.

    Args:
        network: The network, on its device.
        learning_rate: Peak learning rate.
        weight_decay: Weight decay.
        optimizers: Makes the optimizers.
        clip: Shortens the gradients.
        processes: Those that train together; None for this one alone.

    Attributes:
        network: The network.
        average: Its moving average, which is what gets exported.
        optimizers: The optimizers.
    """

    def __init__(
        self,
        network: _Network,
        *,
        learning_rate: float,
        weight_decay: float,
        optimizers: Optimizers = muon_and_adamw,
        clip: Clip = clip_to_one,
        processes: Processes | None = None,
    ) -> None:
        self.network = network
        self.average = copy.deepcopy(network).eval()
        self.optimizers = optimizers(
            network, learning_rate=learning_rate, weight_decay=weight_decay
        )
        self._peaks = tuple(each.param_groups[0]["lr"] for each in self.optimizers)
        self._clip = clip
        self._processes = processes or Processes()
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
        return self.learn_parts([lambda: PartLoss(loss, name)], step, schedule)

    def learn_parts(
        self, parts: Sequence[Callable[[], PartLoss]], step: int, schedule: Schedule
    ) -> float:
        """Takes one step by the mean of the losses of all parts of all processes.

        Gradients of the parts are computed one after the other and summed. If one loss or gradient
        is not finite, all processes skip the batch.

        Args:
            parts: Compute the losses of the parts of this process, at least one.
            step: Steps taken before.
            schedule: Configuration of the training.

        Returns:
            The mean loss; NaN if the batch was skipped.

        Raises:
            ConventionError: It is the tenth batch with a loss or a gradient that is not finite.
        """
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        total, name, bad = 0.0, "", ""
        for part in parts:
            loss, name = part()
            total += loss.item() / len(parts)
            if not math.isfinite(total):
                bad = name
                break
            (loss / len(parts)).backward()  # type: ignore[no-untyped-call]
        total = self._processes.mean(total)
        if not math.isfinite(total):
            names = "; ".join(filter(None, self._processes.gather(bad)))
            self._bad.refuses(total, names)
            return float("nan")
        self._processes.average_gradients(self.network)
        wrong = bad_gradient(self.network)
        if wrong:
            names = "; ".join(filter(None, self._processes.gather(name)))
            self._bad.refuses(float("nan"), f"{names}: gradient of {wrong}")
            return float("nan")
        share = learning_rate_share(
            step, steps=schedule.steps, warmup=schedule.warmup, cooldown=schedule.cooldown
        )
        scale_learning_rates(self.optimizers, self._peaks, share=share)
        self._clip(self.network.parameters())
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(schedule.average, (2 + step) / (11 + step))
        update_average(self.average, self.network, keep=keep)
        return total
