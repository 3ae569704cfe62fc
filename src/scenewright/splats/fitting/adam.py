"""Adam (Kingma and Ba, 2015) over the free parameters of surfels, on all cores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.rasterizer.arrays import SurfelGradients

BETA1, BETA2 = 0.9, 0.999
EPSILON = 1e-15
_PLAIN, _EXP, _SIGMOID = 0, 1, 2
"""Activations of parameters, which determine the chain rule."""


@dataclass(frozen=True)
class Rates:
    """Absolute step sizes; that of the centers in units of the world."""

    position: float
    color: float
    harmonics: float
    opacity: float
    scale: float
    rotation: float


@dataclass(frozen=True, eq=False)
class Moments:
    """State of Adam per parameter; arrays are changed in place.

    Attributes:
        first: Means of the gradients.
        second: Means of their squares.
        count: (N,) int32 number of updates of each surfel.
    """

    first: RawSurfels
    second: RawSurfels
    count: NDArray[np.int32]

    @classmethod
    def zeros(cls, count: int, *, num_harmonics: int) -> Moments:
        """The state of surfels that were never updated."""
        first, second = (RawSurfels.zeros(count, num_harmonics=num_harmonics) for _ in range(2))
        return cls(first, second, np.zeros(count, np.int32))

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer]) -> Moments:
        """A copy of the entries selected by a mask or an index array."""
        return Moments(self.first[keep], self.second[keep], self.count[keep])

    def joined(self, other: Moments) -> Moments:
        """These, then others."""
        return Moments(
            self.first.joined(other.first),
            self.second.joined(other.second),
            np.concatenate([self.count, other.count]),
        )


def step_adam(
    surfels: RawSurfels,
    moments: Moments,
    gradients: SurfelGradients,
    *,
    rates: Rates,
    chosen: NDArray[np.bool_],
) -> None:
    """Changes parameters and moments in place.

    The bias correction uses the number of updates of each surfel, so that surfels that are added
    late or seldom seen start with full steps.

    Args:
        surfels: Parameters.
        moments: State of Adam.
        gradients: Gradients of the loss with respect to the activated values.
        rates: Step sizes.
        chosen: (N,) surfels that are changed. One of them that is not visible moves on by its
            momentum.
    """
    n = len(surfels)
    np.add(moments.count, chosen, out=moments.count)
    sh_rates = np.full(3 * surfels.sh.shape[1], rates.harmonics)
    sh_rates[:3] = rates.color
    plan = (
        ("means", gradients.means, np.full(3, rates.position), _PLAIN),
        ("log_scales", gradients.scales, np.full(2, rates.scale), _EXP),
        ("quats", gradients.quats, np.full(4, rates.rotation), _PLAIN),
        ("logits", gradients.opacities, np.full(1, rates.opacity), _SIGMOID),
        ("sh", gradients.sh, sh_rates, _PLAIN),
    )
    for name, gradient, steps, kind in plan:
        update_parameters(
            getattr(surfels, name).reshape(n, -1),
            np.ascontiguousarray(gradient, np.float32).reshape(n, -1),
            getattr(moments.first, name).reshape(n, -1),
            getattr(moments.second, name).reshape(n, -1),
            chosen,
            moments.count,
            steps.astype(np.float32),
            kind,
        )


@njit(cache=True, nogil=True, parallel=True)
def update_parameters(
    values: NDArray[np.float32],
    gradients: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    count: NDArray[np.int32],
    rates: NDArray[np.float32],
    kind: int,
) -> None:
    """One step of Adam for the chosen rows, in place.

    Args:
        values: (N, C) free parameters.
        gradients: (N, C) with respect to the activated values.
        first: (N, C) means of gradients.
        second: (N, C) means of squared gradients.
        chosen: (N,) rows to update.
        count: (N,) updates of each row, including this one.
        rates: (C,) step sizes.
        kind: Activation: 0 = none, 1 = exponential, 2 = sigmoid.
    """
    one = np.float32(1.0)
    beta1, beta2 = np.float32(BETA1), np.float32(BETA2)
    for row in prange(values.shape[0]):
        if not chosen[row]:
            continue
        fix1 = np.float32(1.0 / (1.0 - BETA1 ** count[row]))
        fix2 = np.float32(1.0 / (1.0 - BETA2 ** count[row]))
        for c in range(values.shape[1]):
            g = gradients[row, c]
            if kind == _EXP:
                g *= np.exp(values[row, c])
            elif kind == _SIGMOID:
                o = one / (one + np.exp(-values[row, c]))
                g *= o * (one - o)
            m = beta1 * first[row, c] + (one - beta1) * g
            v = beta2 * second[row, c] + (one - beta2) * g * g
            first[row, c] = m
            second[row, c] = v
            values[row, c] -= rates[c] * (m * fix1) / (np.sqrt(v * fix2) + np.float32(EPSILON))
