"""Muon and AdamW side by side."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.training.optimizers import muon_and_adamw, scale_learning_rates  # noqa: E402


def test_large_matrices_are_for_muon_and_the_rest_is_for_adamw() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Linear(64, 2))
    both = muon_and_adamw(network, learning_rate=0.01, weight_decay=0.0)
    muon, rest = both
    assert isinstance(muon, torch.optim.Muon) and isinstance(rest, torch.optim.AdamW)
    assert [each.shape for each in muon.param_groups[0]["params"]] == [(64, 64)]
    assert len(rest.param_groups[0]["params"]) == 3
    x = torch.randn(256, 64)
    y = x[:, :2] * x[:, 2:4].sign()
    losses = []
    for step in range(60):
        scale_learning_rates(both, (0.02, 0.003), share=1 - step / 60)
        loss = (network[1](network[0](x).relu()) - y).square().mean()
        for each in both:
            each.zero_grad()
        loss.backward()
        for each in both:
            each.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.3 * losses[0]
    assert muon.param_groups[0]["lr"] == pytest.approx(0.02 / 60)


def test_without_large_matrices_there_is_adamw_alone() -> None:
    network = torch.nn.Linear(4, 4)
    (only,) = muon_and_adamw(network, learning_rate=0.01, weight_decay=0.0)
    assert isinstance(only, torch.optim.AdamW)
