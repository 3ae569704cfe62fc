"""Optimizers that tasks share."""

from __future__ import annotations

import torch
from torch import nn

_LEAST_SIDE = 64
"""Matrices with a shorter side are left to AdamW."""
_ADAM_SHARE = 0.15
"""Learning rate of AdamW beside Muon, per learning rate of Muon."""
_BETAS = (0.9, 0.98)


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
    muon = torch.optim.Muon(
        matrices, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    return muon, rest


def scale_learning_rates(
    optimizers: tuple[torch.optim.Optimizer, ...], peaks: tuple[float, ...], *, share: float
) -> None:
    """Sets the learning rate of each optimizer to a share of its peak."""
    for optimizer, peak in zip(optimizers, peaks, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = peak * share
