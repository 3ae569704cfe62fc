"""The loss of objects that share space."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.training.collisions import (  # noqa: E402
    collision_loss,
    scene_collisions,
    shared_volume,
)


def test_shared_volume_of_full_cells_is_the_overlap() -> None:
    one, other = torch.zeros(2, 4, 4, 4)
    one[:2], other[1:3] = 1, 1
    assert float(shared_volume(torch.stack([one, other]))) == pytest.approx(1 / 3)
    assert float(shared_volume(torch.stack([one, torch.zeros_like(one)]))) == 0


def test_only_objects_of_one_scene_collide() -> None:
    grids = torch.zeros(3, 4, 4, 4)
    grids[0, :2] = grids[1, 1:3] = grids[2, 1:3] = 1
    together = float(collision_loss(torch.tensor(1 / 3)))
    assert together == pytest.approx(1 / 3 - 0.025)
    found = scene_collisions(grids, torch.tensor([0, 0, 1]))
    assert float(found) == pytest.approx(together / 2)
    assert float(scene_collisions(grids, torch.tensor([0, 1, 2]))) == 0


def test_gradients_lower_what_is_shared() -> None:
    grids = torch.full((2, 4, 4, 4), 0.7, requires_grad=True)
    loss = scene_collisions(grids, torch.tensor([0, 0]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert grids.grad is not None and bool((grids.grad > 0).all())
