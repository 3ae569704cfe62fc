"""Losses of boxes, headings and grids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.headings import HEADINGS, STEP  # noqa: E402
from scenewright.training.tasks.generation.losses import (  # noqa: E402
    box_loss,
    box_overlaps,
    dice_loss,
    grid_overlaps,
    heading_loss,
)


def pose_of(angle: float) -> Any:
    """(1, 4, 4) a turn about z, twice as large."""
    cos, sin = 2 * math.cos(angle), 2 * math.sin(angle)
    return torch.tensor([[[cos, -sin, 0, 0.1], [sin, cos, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]])


def test_the_loss_of_the_true_box_is_zero() -> None:
    boxes = torch.tensor([[[0.0, 0.1, 0.2], [0.2, 0.2, 0.6]]])
    true = torch.cat([boxes.mean(1), (boxes[:, 1] - boxes[:, 0]).log()], 1)
    assert box_loss(true, boxes).item() == pytest.approx(0, abs=1e-6)
    assert box_loss(true + 0.1, boxes) > 0.005


@pytest.mark.parametrize(
    ("turns", "quarters", "is_right"),
    [(1, 0, True), (1, 2, False), (2, 2, True), (2, 1, False), (4, 1, True), (4, 3, True)],
)
def test_equivalent_headings_are_right(turns: int, quarters: int, is_right: bool) -> None:
    logits = torch.full((1, HEADINGS), -20.0)
    logits[0, (5 + quarters * HEADINGS // 4) % HEADINGS] = 0
    loss = heading_loss(logits, pose_of(5 * STEP), torch.tensor([turns])).item()
    assert (loss < 1e-3) == is_right and (loss > 5) != is_right


def test_round_objects_have_no_heading() -> None:
    logits = torch.randn(1, HEADINGS, requires_grad=True)
    loss: Any = heading_loss(logits, pose_of(1.0), torch.tensor([0]))
    loss.backward()
    assert loss.item() == 0 and logits.grad is not None and not logits.grad.any()


def test_overlaps_of_boxes_and_grids() -> None:
    one = torch.tensor([[[0.0, 0, 0], [1, 1, 1]]])
    assert box_overlaps(one, one + torch.tensor([0.5, 0, 0])).item() == pytest.approx(1 / 3)
    grids = torch.from_numpy(np.arange(8).reshape(1, 2, 2, 2) < 4)
    assert grid_overlaps(grids, grids.roll(1, 1)).item() == 0
    assert grid_overlaps(grids, grids).item() == 1
    sure = torch.where(grids, 20.0, -20.0)
    assert dice_loss(sure, grids.float()).item() == pytest.approx(0.1, abs=0.02)
    assert dice_loss(-sure, grids.float()).item() == pytest.approx(1.0, abs=0.01)
