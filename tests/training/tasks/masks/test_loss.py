"""Targets and loss of the affinity network."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.tiny.design import OFFSETS  # noqa: E402
from scenewright.training.tasks.masks.loss import affinity_loss, affinity_targets  # noqa: E402


def test_targets_match_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 3, (1, 31, 33))
    same, known = affinity_targets(torch.from_numpy(ids))
    for k, (dy, dx) in enumerate(OFFSETS):
        for (r, c), instance_id in np.ndenumerate(ids[0]):
            y, x = r + dy, c + dx
            inside = y < 31 and 0 <= x < 33
            assert bool(known[0, k, r, c]) == (inside and instance_id > 0 and ids[0, y, x] > 0)
            if known[0, k, r, c]:
                assert bool(same[0, k, r, c]) == (instance_id == ids[0, y, x])


def test_the_right_answer_costs_least() -> None:
    ids = torch.zeros((1, 64, 72), dtype=torch.int64)
    ids[:, :, :36], ids[:, 5:15, 42:60] = 1, 2
    ids[:, 30:, 38:] = 3
    same, _ = affinity_targets(ids)
    right = affinity_loss(20 * (same - 0.5), ids)
    assert right < 1e-3
    assert affinity_loss(torch.zeros_like(same), ids) == pytest.approx(np.log(2), rel=1e-4)
    assert affinity_loss(-20 * (same - 0.5), ids) > 5


def test_unknown_cells_do_not_count() -> None:
    ids = torch.zeros((1, 32, 32), dtype=torch.int64)
    ids[:, :16, :10], ids[:, :16, 10:20] = 1, 2
    same, known = affinity_targets(ids)
    logits = 20 * (same - 0.5)
    wrong_where_unknown = torch.where(known, logits, -logits)
    assert affinity_loss(wrong_where_unknown, ids) == affinity_loss(logits, ids)
    assert affinity_loss(logits, torch.zeros_like(ids)) == 0
