"""Adam on tensors: the same steps as on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.fitting.adam import Moments, Rates, step_adam
from scenewright.splats.fitting.parameters import NAMES
from scenewright.splats.rasterizer.arrays import SurfelGradients
from tests.splats.fitting.parameter_builders import make_gradients, make_raw

torch = pytest.importorskip("torch")

from scenewright.splats.torch_engines.adam import (  # noqa: E402
    MomentTensors,
    RawTensors,
    step_adam_tensors,
)

RATES = Rates(position=0.01, color=0.02, harmonics=0.003, opacity=0.05, scale=0.004, rotation=0.006)


def free_gradients(raw: RawTensors, given: SurfelGradients) -> RawTensors:
    """Gradients of the free parameters, through torch."""
    leaves = raw.to_leaves()
    pairs = zip(leaves.activated(), (given.means, given.quats, given.scales, given.opacities,
                given.sh), strict=True)  # fmt: skip
    total = sum((value * torch.tensor(gradient)).sum() for value, gradient in pairs)
    total.backward()
    return leaves.gradients()


@pytest.mark.parametrize("visible_only", [True, False])
def test_steps_are_those_of_the_cpu(visible_only: bool) -> None:
    expected, moments = make_raw(12), Moments.zeros(12, num_harmonics=4)
    found = RawTensors.of(make_raw(12), device="cpu")
    tensors = MomentTensors.of(moments, device="cpu")
    for step in range(4):
        given = make_gradients(expected, step)
        gradients = free_gradients(found, given)
        rows = given.visible if visible_only else np.ones(12, bool)
        chosen = torch.tensor(rows)
        step_adam_tensors(found, tensors, gradients, rates=RATES, chosen=chosen)
        step_adam(expected, moments, given, rates=RATES, chosen=rows)
    for name in NAMES:
        np.testing.assert_allclose(
            getattr(found.to_raw(), name), getattr(expected, name), rtol=2e-5, atol=2e-6
        )
    reached = tensors.to_moments()
    assert np.array_equal(reached.count, moments.count)
    np.testing.assert_allclose(reached.first.means, moments.first.means, rtol=1e-4, atol=1e-7)


def test_surfels_that_are_not_chosen_keep_their_bits() -> None:
    raw = RawTensors.of(make_raw(6), device="cpu")
    before = [tensor.clone() for tensor in raw]
    moments = MomentTensors.of(Moments.zeros(6, num_harmonics=4), device="cpu")
    ones = RawTensors(*(torch.ones_like(tensor) for tensor in raw))
    chosen = torch.tensor([True, False, True, True, False, True])
    step_adam_tensors(raw, moments, ones, rates=RATES, chosen=chosen)
    for old, new in zip(before, raw, strict=True):
        changed = (old != new).flatten(1).any(dim=1)
        assert changed.tolist() == chosen.tolist()


def test_leaves_without_gradient_have_zeros() -> None:
    leaves = RawTensors.of(make_raw(3), device="cpu").to_leaves()
    leaves.means.sum().backward()  # type: ignore[no-untyped-call]
    gradients = leaves.gradients()
    assert (gradients.means == 1).all()
    assert not gradients.sh.any() and gradients.sh.shape == leaves.sh.shape
