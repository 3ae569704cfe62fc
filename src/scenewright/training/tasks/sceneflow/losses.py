"""Losses of the published flows: flow matching, poses as SceneGen compares them; placed shapes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.data.generation.poses import YUP_FROM_ZUP

_POSE_THRESHOLD = 0.02
"""Of the Huber losses."""
_TRANSLATION, _ROTATION, _SCALE = 7.0, 5.0, 3.0
"""Weights of the parts of a pose."""
_LEAST_EXTENT = 0.01
_LEAST_SCALE = 0.02
"""Smallest scale and length of a quaternion by which objects are placed."""


def random_times(count: int, generator: torch.Generator, *, mean: float, std: float) -> Tensor:
    """(count,) times in (0, 1), logistic functions of normal numbers."""
    return torch.sigmoid(mean + std * torch.randn(count, generator=generator))


def noisy_state(data: Tensor, noise: Tensor, time: Tensor, *, sigma_min: float) -> Tensor:
    """The state at a time per row between data (t = 0) and noise (t = 1)."""
    level = time.view(-1, *[1] * (data.ndim - 1))
    return (1 - level) * data + (sigma_min + (1 - sigma_min) * level) * noise


def flow_loss(velocity: Tensor, data: Tensor, noise: Tensor, *, sigma_min: float) -> Tensor:
    """Mean squared error of velocities (Lipman et al., 2023; rectified flow)."""
    return F.mse_loss(velocity.float(), (1 - sigma_min) * noise - data)


def data_estimate(state: Tensor, velocity: Tensor, time: Tensor, *, sigma_min: float) -> Tensor:
    """What the data would be if the velocity were right."""
    level = time.view(-1, *[1] * (state.ndim - 1))
    return (1 - sigma_min) * state - (sigma_min + (1 - sigma_min) * level) * velocity.float()


def pose_loss(found: Tensor, truth: Tensor) -> Tensor:
    """Huber loss of the poses of all objects but the first, which is their frame.

    Errors of translation are divided by the extent of the scene along each axis. Quaternions are
    compared by component; the true ones have w of 0 or more.

    Args:
        found: (N, 8) predicted (tx, ty, tz, qw, qx, qy, qz, s), N of 2 or more.
        truth: (N, 8) true ones.
    """
    half = truth[:, 7:] / 2
    extent = (truth[:, :3] + half).amax(0) - (truth[:, :3] - half).amin(0)
    error = (found - truth)[1:]

    def huber(values: Tensor) -> Tensor:
        return F.smooth_l1_loss(values, torch.zeros_like(values), beta=_POSE_THRESHOLD)

    return (
        _TRANSLATION * huber(error[:, :3] / extent.clamp(min=_LEAST_EXTENT))
        + _ROTATION * huber(error[:, 3:7])
        + _SCALE * huber(error[:, 7:])
    )


def placed_occupancy(occupied: Tensor, poses: Tensor, *, side: int) -> Tensor:
    """Soft shapes of objects in a common grid around all of them.

    Unlike the counting of voxels, this has gradients for the shapes and for the poses.

    Args:
        occupied: (N, R, R, R) probabilities in the cubes of the objects, x, y, z, z up.
        poses: (N, 8) placements, see `scenewright.data.generation.poses.placed_voxels`.
        side: Cells per side of the grid.

    Returns:
        (N, side, side, side).
    """
    turns = rotations_from_quaternions(poses[:, 3:7])
    upright = torch.as_tensor(YUP_FROM_ZUP, dtype=turns.dtype, device=turns.device)
    turns = turns @ upright
    scales = poses[:, 7].clamp(min=_LEAST_SCALE)
    with torch.no_grad():
        corners = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5]).to(poses)] * 3)
        placed = (scales[:, None, None] * corners) @ turns.mT + poses[:, None, :3]
        low, high = placed.flatten(0, 1).amin(0), placed.flatten(0, 1).amax(0)
        center, edge = (low + high) / 2, (high - low).max()
        steps = ((torch.arange(side) + 0.5) / side - 0.5).to(poses)
        cells = center + edge * torch.cartesian_prod(steps, steps, steps)
    inside = ((cells - poses[:, None, :3]) @ turns) / scales[:, None, None]
    # The last axis of a grid comes first in its coordinates, which are -1 and 1 at the borders.
    where = (2 * inside.flip(-1)).view(len(poses), side, side, side, 3)
    sampled = F.grid_sample(occupied[:, None], where, align_corners=False)
    return sampled[:, 0]


def rotations_from_quaternions(quats: Tensor) -> Tensor:
    """(N, 3, 3) rotations of (N, 4) quaternions (w, x, y, z) of any length."""
    length = quats.norm(dim=1, keepdim=True)
    # The direction of a very short one is arbitrary, and so would be its gradient.
    unit = quats / length.clamp(min=_LEAST_SCALE)
    w, x, y, z = unit.unbind(1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(rows, 1).view(-1, 3, 3)
