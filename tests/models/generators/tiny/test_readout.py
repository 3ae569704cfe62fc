"""The wide layer on coarse crops, and its fit in closed form."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE  # noqa: E402
from scenewright.models.generators.tiny.readout import CoarseReadout, RidgeSums  # noqa: E402


def test_a_linear_readout_is_found() -> None:
    torch.manual_seed(0)
    layer = CoarseReadout(12, 3, 2)
    objects, scenes = torch.rand(2, 200, CHANNELS, SIDE, SIDE)
    measures = torch.randn(200, 3)
    inputs = layer.inputs(objects, scenes, measures)
    layer.standardize(inputs)
    assert torch.allclose(layer.center, inputs.mean(0), atol=1e-5)
    assert not layer(objects, scenes, measures).any(), "it starts as zero"
    with torch.no_grad():
        hidden = layer.hidden(objects, scenes, measures)
    truth = torch.randn(12, 2)
    sums = RidgeSums(layer)
    for part in (slice(0, 120), slice(120, 200)):
        sums.add(hidden[part], hidden[part] @ truth + 1.5)
    sums.fit(1e-9)
    assert torch.allclose(layer.readout.weight, truth.T, atol=1e-2)
    assert torch.allclose(layer.readout.bias, torch.full((2,), 1.5), atol=1e-2)
    sums.fit(1e3)
    assert layer.readout.weight.abs().max() < truth.abs().max() / 10
