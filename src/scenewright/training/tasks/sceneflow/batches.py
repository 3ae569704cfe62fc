"""One scene of a step, and what the flow predicts for it under noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.models.networks.flow import FlowCondition, SceneFlow
from scenewright.models.networks.pose_head import identity_poses
from scenewright.models.networks.samplers import TIME_SCALE
from scenewright.training.tasks.sceneflow.losses import data_estimate, noisy_state
from scenewright.training.tasks.sceneflow.scenes import EncodedScene


@dataclass(frozen=True, eq=False)
class SceneBatch:
    """Some objects of a scene, the query first.

    Attributes:
        tokens: (N, T, C) all condition tokens of each object, or (N, 3, T, C) of its slots.
        own_tokens: How many of the first tokens are those of the object's own picture.
        latents: (N, 8, r, r, r), or (N, 3, 8, r, r, r).
        poses: (N, 8) true ones, relative to the query.
        name: Names the scene and its objects.
    """

    tokens: Tensor
    own_tokens: int
    latents: Tensor
    poses: Tensor
    name: str


class Predicted(NamedTuple):
    """What the flow says of a batch.

    Attributes:
        velocity: Like the latents.
        estimate: What the latents would be if the velocity were right.
        poses: (N, 8), that of the query the identity; None without a head for them.
    """

    velocity: Tensor
    estimate: Tensor
    poses: Tensor | None


def scene_batch(
    scene: EncodedScene, order: NDArray[np.int64], *, name: str, device: torch.device
) -> SceneBatch:
    """Some objects of a scene as one batch.

    Args:
        scene: The scene.
        order: Positions of the objects, that of the query first.
        name: Name of the scene.
        device: Where the flow is.
    """
    tokens = scene.tokens[order].to(device).float()
    own = tokens.shape[-2]
    if len(scene.shared):
        shared = scene.shared.to(device).float().expand(len(order), -1, -1)
        # The tokens of an object are those of its picture and as many of its mask.
        own, tokens = own // 2, torch.cat([tokens, shared], 1)
    return SceneBatch(
        tokens, own, scene.latents[order].to(device), scene.poses(order).to(device),
        f"scene {name}, objects {order.tolist()}",
    )  # fmt: skip


def predicted(
    flow: SceneFlow,
    batch: SceneBatch,
    noise: Tensor,
    time: Tensor,
    *,
    dropped: Tensor,
    sigma_min: float,
) -> Predicted:
    """Predicts velocities and poses at times between data and noise.

    Args:
        flow: The network.
        batch: N objects.
        noise: Like the latents.
        time: (N,) in [0, 1].
        dropped: (N,) bool objects that get no condition.
        sigma_min: Noise that is left at t = 0.
    """
    state = noisy_state(batch.latents, noise, time, sigma_min=sigma_min)
    blank = dropped.view(-1, *[1] * (batch.tokens.ndim - 1))
    tokens = torch.where(blank, 0.0, batch.tokens)
    condition: Tensor | FlowCondition = tokens
    if flow.config.global_context is not None:
        condition = flow.prepare(tokens, local_tokens=batch.own_tokens)
    found = flow(state, TIME_SCALE * time, condition)
    estimate = data_estimate(state, found.velocity, time, sigma_min=sigma_min)
    poses = None
    if found.poses is not None:
        poses = torch.cat([identity_poses(1).to(found.poses), found.poses[1:]])
    return Predicted(found.velocity, estimate, poses)
