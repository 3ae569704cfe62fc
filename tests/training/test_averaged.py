"""The optimization step that tasks share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from scenewright.training.averaged import AveragedNetwork, PartLoss  # noqa: E402


@dataclass(frozen=True)
class Short:
    """A schedule of a few steps."""

    steps: int = 40
    warmup: int = 1
    cooldown: float = 0.5
    average: float = 0.5


def test_steps_lower_the_loss_and_the_average_follows() -> None:
    torch.manual_seed(0)
    trained = AveragedNetwork(nn.Linear(64, 64), learning_rate=0.02, weight_decay=0.0)
    start = trained.network.weight.detach().clone()
    x = torch.randn(128, 64)
    losses = [
        trained.learn((trained.network(x) - x).square().mean(), step, Short(), name=f"{step}")
        for step in range(40)
    ]
    assert losses[-1] < 0.5 * losses[0]
    gap = (trained.average.weight - trained.network.weight).norm()
    assert gap < 0.2 * (trained.network.weight - start).norm()
    assert set(trained.parts) == {"network", "average"}


def test_a_loss_that_is_not_finite_changes_nothing() -> None:
    trained = AveragedNetwork(nn.Linear(4, 4), learning_rate=0.02, weight_decay=0.0)
    before = trained.network.weight.detach().clone()
    loss = trained.network(torch.full((1, 4), torch.nan)).mean()
    assert np.isnan(trained.learn(loss, 0, Short(), name="step 0"))
    assert torch.equal(trained.network.weight, before)


def test_a_gradient_that_is_not_finite_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    trained = AveragedNetwork(nn.Linear(4, 4), learning_rate=0.02, weight_decay=0.0)
    before = trained.network.weight.detach().clone()
    loss = (trained.network.weight - before).square().sum().sqrt()  # 0, and its slope 0 / 0
    assert float(loss) == 0 and np.isnan(trained.learn(loss, 0, Short(), name="step 0"))
    assert torch.equal(trained.network.weight, before)
    assert "skipped step 0: gradient of weight" in caplog.text


def test_parts_of_a_batch_give_the_step_of_the_whole() -> None:
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    networks = []
    for parts in ([x], [x[:4], x[4:]]):
        torch.manual_seed(0)
        trained = AveragedNetwork(nn.Linear(4, 4), learning_rate=0.02, weight_decay=0.0)

        def loss_of(part: Tensor, network: nn.Linear) -> PartLoss:
            return PartLoss((network(part) - 1).square().mean(), "part")

        trained.learn_parts([partial(loss_of, part, trained.network) for part in parts], 0, Short())
        networks.append(trained.network.weight.detach())
    torch.testing.assert_close(*networks)


def test_a_part_that_is_not_finite_spoils_its_batch(caplog: pytest.LogCaptureFixture) -> None:
    trained = AveragedNetwork(nn.Linear(4, 4), learning_rate=0.02, weight_decay=0.0)
    before = trained.network.weight.detach().clone()
    losses = [PartLoss(trained.network(torch.full((1, 4), v)).mean(), f"part {v}")
              for v in (1.0, torch.nan)]  # fmt: skip
    assert np.isnan(trained.learn_parts([partial(PartLoss, *one) for one in losses], 0, Short()))
    assert torch.equal(trained.network.weight, before)
    assert "skipped part nan" in caplog.text
