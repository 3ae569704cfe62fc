"""Adam over the free parameters of surfels as tensors; counterpart of `fitting.adam`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from scenewright.splats.fitting.adam import BETA1, BETA2, EPSILON, Moments, Rates
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.torch_engines.tensors import SurfelTensors


class RawTensors(NamedTuple):
    """The fields of `RawSurfels` as float32 tensors on one device."""

    means: Tensor
    log_scales: Tensor
    quats: Tensor
    logits: Tensor
    sh: Tensor

    @classmethod
    def of(cls, surfels: RawSurfels, *, device: torch.device | str) -> RawTensors:
        """Copies of the arrays."""
        return cls(*(torch.tensor(array, device=device) for array in surfels))

    def to_raw(self) -> RawSurfels:
        """The arrays on the host; memory is shared if the tensors are on the CPU."""
        return RawSurfels(*(tensor.detach().cpu().numpy() for tensor in self))

    def to_leaves(self) -> RawTensors:
        """The same values as leaves of a new graph; memory is shared."""
        return RawTensors(*(tensor.detach().requires_grad_() for tensor in self))

    def activated(self) -> SurfelTensors:
        """Inputs of rasterizers, which normalize the quaternions."""
        opacities = torch.sigmoid(self.logits[:, 0])
        return SurfelTensors(self.means, self.quats, self.log_scales.exp(), opacities, self.sh)

    def gradients(self) -> RawTensors:
        """Gradients of leaves after ``backward``; zeros where the loss does not depend on them."""
        return RawTensors(
            *(torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in self)
        )


@dataclass(frozen=True, eq=False)
class MomentTensors:
    """The fields of `Moments` as tensors on one device; changed in place."""

    first: RawTensors
    second: RawTensors
    count: Tensor

    @classmethod
    def of(cls, moments: Moments, *, device: torch.device | str) -> MomentTensors:
        """Copies of the arrays."""
        first, second = (
            RawTensors.of(part, device=device) for part in (moments.first, moments.second)
        )
        return cls(first, second, torch.tensor(moments.count, device=device))

    def to_moments(self) -> Moments:
        """The arrays on the host; memory is shared if the tensors are on the CPU."""
        return Moments(self.first.to_raw(), self.second.to_raw(), self.count.cpu().numpy())


def step_adam_tensors(
    surfels: RawTensors,
    moments: MomentTensors,
    gradients: RawTensors,
    *,
    rates: Rates,
    chosen: Tensor,
) -> None:
    """`fitting.adam.step_adam` for tensors, in place.

    Args:
        surfels: Parameters.
        moments: State of Adam.
        gradients: Gradients of the loss with respect to the parameters.
        rates: Step sizes.
        chosen: (N,) bool, surfels to update.
    """
    moments.count.add_(chosen)
    fix1, fix2 = (_correction(moments.count, beta).to(surfels.means) for beta in (BETA1, BETA2))
    share = chosen.to(surfels.means)
    sh_rates = torch.full_like(surfels.sh[0], rates.harmonics)
    sh_rates[0] = rates.color
    lengths = (rates.position, rates.scale, rates.rotation, rates.opacity)
    steps: tuple[float | Tensor, ...] = (*lengths, sh_rates)
    for value, gradient, first, second, step in zip(
        surfels, gradients, moments.first, moments.second, steps, strict=True
    ):
        rows = (-1,) + (1,) * (value.ndim - 1)
        # A weight of 0 leaves a moment unchanged, to the bit, so no rows have to be gathered.
        first.lerp_(gradient, share.view(rows) * (1 - BETA1))
        second.lerp_(gradient.square(), share.view(rows) * (1 - BETA2))
        size = (second * fix2.view(rows)).sqrt_().add_(EPSILON)
        value.sub_(first * (fix1 * share).view(rows) / size * step)


def _correction(count: Tensor, beta: float) -> Tensor:
    """(N,) float64 1 / (1 - beta^count), for surfels that were updated at least once."""
    return -1 / torch.expm1(count.clamp(min=1).double() * math.log(beta))
