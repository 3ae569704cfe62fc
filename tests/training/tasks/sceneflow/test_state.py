"""The balance of losses, and the limit of gradients, as published."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.training.tasks.sceneflow.state import AdaptiveClip, LossBalance  # noqa: E402


def test_the_balance_follows_the_ratio_within_bounds() -> None:
    balance = LossBalance()
    assert balance.weight == 1.0
    balance.update(0.5)
    assert balance.weight == pytest.approx(0.995)
    for _ in range(2000):
        balance.update(0.01)
    assert balance.weight == 0.2
    for _ in range(2000):
        balance.update(7.0)
    assert balance.weight == 1.0


def test_gradients_are_shortened_to_one_at_first_and_to_the_percentile_later() -> None:
    clip, weight = AdaptiveClip(), torch.nn.Parameter(torch.zeros(4))

    def clipped(length: float) -> float:
        weight.grad = torch.full((4,), length / 2)
        clip([weight])
        return float(weight.grad.norm())

    assert clipped(3.0) == pytest.approx(1.0, rel=1e-4)
    for _ in range(998):
        assert clipped(0.1) == pytest.approx(0.1)
    assert clip.limit == 1.0 and clipped(0.1) == pytest.approx(0.1)
    assert clip.limit == pytest.approx(0.1)
    assert clipped(0.9) == pytest.approx(0.1, rel=1e-3)
    restored = AdaptiveClip()
    restored.load_state_dict(clip.state_dict())
    assert restored.limit == clip.limit


def test_gradients_that_are_not_finite_are_not_remembered() -> None:
    clip, weight = AdaptiveClip(), torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.tensor([torch.inf])
    clip([weight])
    assert int(clip.count) == 0
