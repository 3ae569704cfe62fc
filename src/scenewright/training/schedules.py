"""Learning-rate schedules and weight averaging that tasks share."""

from __future__ import annotations

import torch
from torch import nn


def learning_rate_share(step: int, *, steps: int, warmup: int, cooldown: float) -> float:
    """Share of the peak learning rate at a step: linear warmup, plateau, linear decay to 0.

    Args:
        step: Steps taken before this one.
        steps: Total number of steps.
        warmup: Steps over which the rate rises.
        cooldown: Share of all steps, at the end, over which the rate falls.

    Returns:
        A value in [0, 1].
    """
    rise = min(1.0, (step + 1) / max(warmup, 1))
    fall = (steps - step) / max(cooldown * steps, 1)
    return max(0.0, min(rise, 1.0, fall))


def update_average(average: nn.Module, network: nn.Module, *, keep: float) -> None:
    """Moves an exponential moving average of weights toward the weights of a network.

    Args:
        average: A copy of the network, changed in place. Values that are not floating point, such
            as batch counters, are copied.
        network: The network in training.
        keep: Share of the average that stays, in [0, 1].
    """
    fresh = network.state_dict()
    with torch.no_grad():
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(fresh[name], 1 - keep)
            else:
                value.copy_(fresh[name])
