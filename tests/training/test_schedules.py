"""Learning-rate schedule and weight average."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from scenewright.training.schedules import learning_rate_share, update_average  # noqa: E402


def test_rate_rises_stays_and_falls() -> None:
    shares = [learning_rate_share(step, steps=100, warmup=10, cooldown=0.2) for step in range(100)]
    assert shares[0] == pytest.approx(0.1) and shares[9] == 1 and shares[50] == 1
    assert shares[90] == pytest.approx(0.5) and shares[99] == pytest.approx(0.05)
    assert learning_rate_share(100, steps=100, warmup=0, cooldown=0.2) == 0


def test_average_moves_towards_the_network_and_copies_counters() -> None:
    average, network = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    network.state_dict()["weight"].add_(1.0)
    network.state_dict()["num_batches_tracked"].add_(5)
    update_average(average, network, keep=0.75)
    torch.testing.assert_close(average.state_dict()["weight"], torch.full((2,), 1.25))
    assert int(average.state_dict()["num_batches_tracked"]) == 5
    torch.testing.assert_close(network.state_dict()["weight"], torch.full((2,), 2.0))
