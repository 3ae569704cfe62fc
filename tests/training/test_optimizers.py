"""Muon and AdamW side by side."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.training.optimizers import (  # noqa: E402
    Muon,
    muon_and_adamw,
    orthogonal,
    scale_learning_rates,
)


def test_large_matrices_are_for_muon_and_the_rest_is_for_adamw() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Linear(64, 2))
    both = muon_and_adamw(network, learning_rate=0.01, weight_decay=0.0)
    muon, rest = both
    assert isinstance(muon, Muon) and isinstance(rest, torch.optim.AdamW)
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


@pytest.mark.parametrize("shape", [(64, 96), (96, 64)])
def test_updates_are_close_to_orthogonal(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    updates = orthogonal(torch.randn(2, *shape) * 1e-3)
    assert updates.shape == (2, *shape)
    values = torch.linalg.svdvals(updates)
    assert values.min() > 0.5 and values.max() < 1.3


def test_steps_are_those_of_the_reference() -> None:
    """`torch.optim.Muon` computes in bfloat16: updates agree to its precision."""
    torch.manual_seed(0)
    start, gradients = torch.randn(64, 96), torch.randn(4, 64, 96)
    mine, other = (torch.nn.Parameter(start.clone()) for _ in range(2))
    ours = Muon([mine], lr=0.02, weight_decay=0.1)
    reference = torch.optim.Muon([other], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for gradient in gradients:
        mine.grad, other.grad = gradient.clone(), gradient.clone()
        ours.step()
        reference.step()
    moved, expected = mine.detach() - start, other.detach() - start
    assert torch.nn.functional.cosine_similarity(moved.ravel(), expected.ravel(), 0) > 0.99
    assert moved.norm() / expected.norm() == pytest.approx(1, abs=0.03)
