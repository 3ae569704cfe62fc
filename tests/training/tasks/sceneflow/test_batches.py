"""Predictions of a flow for a batch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.networks.pose_head import identity_poses  # noqa: E402
from scenewright.training.tasks.sceneflow.batches import (  # noqa: E402
    Predicted,
    SceneBatch,
    predicted,
    scene_batch,
)
from scenewright.training.tasks.sceneflow.scenes import EncodedScene  # noqa: E402
from scenewright.training.tasks.sceneflow.starting import read_start  # noqa: E402
from tests.training.tasks.sceneflow.sceneflow_builders import places  # noqa: E402


def random_scene(recipe: str) -> EncodedScene:
    slots = () if recipe == "scenegen" else (3,)
    noise = torch.Generator().manual_seed(0)
    return EncodedScene(
        torch.randn(3, *slots, 18 if recipe == "scenegen" else 9, 32, generator=noise).half(),
        torch.randn(27 if recipe == "scenegen" else 0, 32, generator=noise).half(),
        torch.randn(3, *slots, 8, 4, 4, 4, generator=noise),
        torch.randn(3, 3, generator=noise).double(),
        torch.zeros(3, 3).double(),
        torch.tensor([1.0, 2.0, 0.5]).double(),
    )


def run(recipe: str, batch: SceneBatch, dropped: list[bool]) -> Predicted:
    flow = read_start(recipe, places(recipe)).flow()
    noise = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(1))
    time = torch.full((len(batch.latents),), 0.4)
    return predicted(flow, batch, noise, time, dropped=torch.tensor(dropped), sigma_min=1e-5)


@pytest.mark.parametrize("recipe", ["scenegen", "iscene"])
def test_dropped_objects_get_zeros(recipe: str) -> None:
    scene = random_scene(recipe)
    order = np.array([2, 0])
    batch = scene_batch(scene, order, name="a", device=torch.device("cpu"))
    kept, dropped = (run(recipe, batch, [flag, False]) for flag in (False, True))
    assert kept.velocity.shape == kept.estimate.shape == batch.latents.shape
    assert not torch.allclose(kept.velocity[0], dropped.velocity[0])
    blank = SceneBatch(
        batch.tokens * torch.tensor([0.0, 1.0]).view(-1, *[1] * (batch.tokens.ndim - 1)),
        batch.own_tokens, batch.latents, batch.poses, "b",
    )  # fmt: skip
    torch.testing.assert_close(run(recipe, blank, [False, False]).velocity, dropped.velocity)
    if recipe == "scenegen":
        assert kept.poses is not None and torch.equal(kept.poses[:1], identity_poses(1))
        assert kept.poses.shape == (2, 8)
    else:
        assert kept.poses is None
