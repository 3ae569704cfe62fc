"""Optimizers that tasks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

_LEAST_SIDE = 64
"""Matrices with a shorter side are left to AdamW."""
_ADAM_SHARE = 0.15
"""Learning rate of AdamW beside Muon, per learning rate of Muon."""
_BETAS = (0.9, 0.98)
_ADAM_SIZE = 0.2
"""Root mean square of an update of AdamW, per learning rate."""
_NEWTON = (3.4445, -4.775, 2.0315)
_NEWTON_STEPS = 5


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al., 2024): momentum whose matrices are made orthogonal.

    Unlike `torch.optim.Muon`, it computes in the type of the weights: on processors without
    bfloat16, that type is more than ten times slower than float32.

    Args:
        matrices: Weights with two axes.
        learning_rate: Scaled so that updates are as large as those of AdamW (Liu et al., arXiv
            2502.16982).
        weight_decay: Weight decay.
        momentum: Of the moving sum of gradients (Nesterov).
    """

    def __init__(
        self,
        matrices: Sequence[nn.Parameter],
        *,
        learning_rate: float,
        weight_decay: float,
        momentum: float = 0.95,
    ) -> None:
        super().__init__(
            matrices, {"lr": learning_rate, "weight_decay": weight_decay, "momentum": momentum}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Takes one step; a closure is not called."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "sum" not in state:
                    state["sum"] = torch.zeros_like(weight)
                state["sum"].lerp_(weight.grad, 1 - group["momentum"])
                update = orthogonal(weight.grad.lerp(state["sum"], group["momentum"]))
                size = _ADAM_SIZE * max(weight.shape) ** 0.5
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(update, alpha=-group["lr"] * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix with its singular values brought close to 1, by five Newton-Schulz steps.

    The coefficients are those of Jordan et al. (2024): singular values end between about 0.7 and
    1.2.
    """
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(_NEWTON_STEPS):
        gram = x @ x.T
        x = _NEWTON[0] * x + (_NEWTON[1] * gram + _NEWTON[2] * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def muon_and_adamw(
    network: nn.Module, *, learning_rate: float, weight_decay: float
) -> tuple[torch.optim.Optimizer, ...]:
    """Muon (Jordan et al., 2024) for the matrices of a network, AdamW for everything else.

    Muon makes the update of a matrix orthogonal, with the size that AdamW would have (Liu et al.,
    arXiv 2502.16982). Networks of few steps gain most.

    Args:
        network: The network in training.
        learning_rate: Of Muon; that of AdamW is a fixed share.
        weight_decay: Of both.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in network.parameters():
        is_matrix = parameter.ndim == 2 and min(parameter.shape) >= _LEAST_SIDE
        (matrices if is_matrix else others).append(parameter)
    rest = torch.optim.AdamW(
        others, lr=_ADAM_SHARE * learning_rate, betas=_BETAS, weight_decay=weight_decay
    )
    if not matrices:
        return (rest,)
    return Muon(matrices, learning_rate=learning_rate, weight_decay=weight_decay), rest


def scale_learning_rates(
    optimizers: tuple[torch.optim.Optimizer, ...], peaks: tuple[float, ...], *, share: float
) -> None:
    """Sets the learning rate of each optimizer to a share of its peak."""
    for optimizer, peak in zip(optimizers, peaks, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = peak * share
