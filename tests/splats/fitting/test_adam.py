"""Adam against the textbook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.splats.fitting.adam import BETA1, BETA2, EPSILON, Moments, Rates, step_adam
from scenewright.splats.fitting.parameters import NAMES, RawSurfels
from scenewright.splats.rasterizer.arrays import SurfelGradients
from tests.splats.fitting.parameter_builders import make_gradients, make_raw

RATES = Rates(position=0.01, color=0.02, harmonics=0.003, opacity=0.05, scale=0.004, rotation=0.006)


def plain_adam(
    raw: RawSurfels, steps: int, *, visible_only: bool
) -> dict[str, NDArray[np.float64]]:
    """The textbook in float64, parameter by parameter."""
    values = {name: np.asarray(getattr(raw, name), np.float64) for name in NAMES}
    first = {name: np.zeros_like(value) for name, value in values.items()}
    second = {name: np.zeros_like(value) for name, value in values.items()}
    count = np.zeros(len(raw), int)
    sh_rate = np.full((4, 3), RATES.harmonics)
    sh_rate[0] = RATES.color
    rates = (RATES.position, RATES.scale, RATES.rotation, RATES.opacity, sh_rate)
    rate: dict[str, Any] = dict(zip(NAMES, rates, strict=True))
    for step in range(steps):
        g = make_gradients(raw, step)
        chosen = g.visible if visible_only else np.ones(len(raw), bool)
        count[chosen] += 1
        o = 1 / (1 + np.exp(-values["logits"]))
        gradient = {
            "means": g.means,
            "log_scales": g.scales * np.exp(values["log_scales"]),
            "quats": g.quats,
            "logits": g.opacities[:, None] * o * (1 - o),
            "sh": g.sh,
        }
        for name, value in values.items():
            shape = (-1,) + (1,) * (value.ndim - 1)
            m = BETA1 * first[name] + (1 - BETA1) * gradient[name]
            v = BETA2 * second[name] + (1 - BETA2) * gradient[name] ** 2
            t = np.maximum(count, 1).reshape(shape)
            move = rate[name] * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPSILON)
            mask = chosen.reshape(shape)
            first[name] = np.where(mask, m, first[name])
            second[name] = np.where(mask, v, second[name])
            values[name] = np.where(mask, value - move, value)
    return values


@pytest.mark.parametrize("visible_only", [True, False])
def test_adam_is_that_of_the_textbook(visible_only: bool) -> None:
    raw = make_raw()
    expected = plain_adam(raw, 12, visible_only=visible_only)
    moments = Moments.zeros(len(raw), num_harmonics=4)
    for step in range(12):
        given = make_gradients(raw, step)
        chosen = given.visible if visible_only else np.ones(len(raw), bool)
        step_adam(raw, moments, given, rates=RATES, chosen=chosen)
    for name in NAMES:
        np.testing.assert_allclose(getattr(raw, name), expected[name], rtol=2e-5, atol=2e-6)


def test_parameters_without_gradient_stay() -> None:
    raw = make_raw()
    before = raw.to_cloud()
    zeros = SurfelGradients(
        means=np.zeros_like(raw.means),
        quats=np.zeros_like(raw.quats),
        scales=np.zeros_like(raw.scales),
        opacities=np.zeros_like(raw.opacities),
        sh=np.zeros_like(raw.sh),
        features=None,
        screen=np.zeros(len(raw), np.float32),
        visible=np.ones(len(raw), bool),
    )
    moments = Moments.zeros(len(raw), num_harmonics=4)
    step_adam(raw, moments, zeros, rates=RATES, chosen=zeros.visible)
    assert (raw.means == before.means).all()
    assert (raw.sh == before.sh).all()
