"""Optimizers that tasks share."""

from __future__ import annotations

import torch
from torch import nn

_LEAST_SIDE = 64
"""Matrices with a shorter side are left to AdamW."""
_ADAM_SHARE = 0.15
"""Learning rate of AdamW beside Muon, per learning rate of Muon."""
_BETAS = (0.9, 0.98)
_MOMENTUM = 0.95
_POLYNOMIAL = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al., 2024) in the type of the weights, all matrices of one shape at once.

    `torch.optim.Muon` computes in bfloat16, which processors without instructions for it do
    more than ten times slower than float32.

    Args:
        matrices: Weights with two dimensions.
        lr: Learning rate, of updates with the size that AdamW would have.
        weight_decay: Weight decay.
    """

    def __init__(self, matrices: list[nn.Parameter], *, lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Takes one step."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[nn.Parameter]] = {}
            for each in group["params"]:
                if each.grad is not None:
                    shapes.setdefault(each.shape, []).append(each)
            for shape, same in shapes.items():
                updates = orthogonal(torch.stack([self._moved(each) for each in same]))
                scale = group["lr"] * 0.2 * max(shape) ** 0.5
                for each, update in zip(same, updates, strict=True):
                    each.mul_(1 - group["lr"] * group["weight_decay"])
                    each.add_(update, alpha=-scale)

    def _moved(self, each: nn.Parameter) -> torch.Tensor:
        """The gradient with momentum, as Nesterov takes it."""
        assert each.grad is not None
        state = self.state[each]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(each)
        state["momentum"].lerp_(each.grad, 1 - _MOMENTUM)
        return each.grad.lerp(state["momentum"], _MOMENTUM)


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """(K, M, N) the nearest matrices whose singular values are all about 1.

    By five steps of the polynomial of Jordan et al.

    Args:
        matrices: (K, M, N).
    """
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if is_tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    a, b, c = _POLYNOMIAL
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    found: torch.Tensor = x.transpose(1, 2) if is_tall else x
    return found


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
    return Muon(matrices, lr=learning_rate, weight_decay=weight_decay), rest


def scale_learning_rates(
    optimizers: tuple[torch.optim.Optimizer, ...], peaks: tuple[float, ...], *, share: float
) -> None:
    """Sets the learning rate of each optimizer to a share of its peak."""
    for optimizer, peak in zip(optimizers, peaks, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = peak * share
