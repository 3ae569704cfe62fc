"""Losses of fine-tuning, against counted voxels and known values."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from scenewright.data.generation import placed_voxels  # noqa: E402
from scenewright.geometry.quaternions import rotation_from_quaternion  # noqa: E402
from scenewright.models.networks.samplers import clean_estimate, noised  # noqa: E402
from scenewright.training.collisions import collision_loss, shared_volume  # noqa: E402
from scenewright.training.tasks.sceneflow.losses import (  # noqa: E402
    data_estimate,
    flow_loss,
    noisy_state,
    placed_occupancy,
    pose_loss,
    random_times,
    rotations_from_quaternions,
)

IDENTITY = [0.0, 0, 0, 1, 0, 0, 0, 1]


def box(side: int = 16) -> Tensor:
    """A solid box that fills the cube along x, half of it along y and a quarter along z."""
    grid: Tensor = torch.zeros(side, side, side)
    grid[:, side // 4 : 3 * side // 4, 3 * side // 8 : 5 * side // 8] = 1
    return grid


def test_states_and_estimates_are_those_of_the_sampler() -> None:
    data, noise = torch.randn(2, 3, 8, 2, 2, 2)
    time = torch.tensor([0.1, 0.5, 0.9])
    state = noisy_state(data, noise, time, sigma_min=0.01)
    velocity = (1 - 0.01) * noise - data
    for row, t in enumerate(time.tolist()):
        torch.testing.assert_close(state[row], noised(data[row], noise[row], t, 0.01))
        expected = clean_estimate(state[row], velocity[row], t, 0.01)
        torch.testing.assert_close(expected, data[row], atol=1e-5, rtol=0)
    torch.testing.assert_close(data_estimate(state, velocity, time, sigma_min=0.01), data)
    assert float(flow_loss(velocity, data, noise, sigma_min=0.01)) < 1e-12
    assert float(flow_loss(velocity + 2, data, noise, sigma_min=0.01)) == pytest.approx(4.0)


def test_times_follow_the_logistic_normal_distribution() -> None:
    times = random_times(20_000, torch.Generator().manual_seed(0), mean=1.0, std=1.0)
    logits = torch.logit(times)
    assert float(logits.mean()) == pytest.approx(1.0, abs=0.03)
    assert float(logits.std()) == pytest.approx(1.0, abs=0.03)


def test_pose_loss_of_known_errors() -> None:
    truth = torch.tensor([IDENTITY, [2.0, 0, 0, 1, 0, 0, 0, 1]])
    assert float(pose_loss(truth, truth)) == 0
    found = truth.clone()
    found[1, 0] += 0.3  # the scene is 3 long along x: an error of 0.1, of three components
    assert float(pose_loss(found, truth)) == pytest.approx(7 * (0.1 - 0.01) / 3)
    found = truth.clone()
    found[1, 7] += 0.01  # below the threshold: quadratic
    assert float(pose_loss(found, truth)) == pytest.approx(3 * 0.5 * 0.01**2 / 0.02, rel=1e-3)
    found = truth.clone()
    found[0] += 1  # the first object is the frame
    assert float(pose_loss(found, truth)) == 0


def test_quaternions_of_any_length_are_rotations() -> None:
    quats = np.random.default_rng(0).normal(size=(5, 4))
    found = rotations_from_quaternions(torch.from_numpy(3 * quats))
    unit = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    np.testing.assert_allclose(found, rotation_from_quaternion(unit), atol=1e-12)


def test_shapes_are_placed_where_voxels_are() -> None:
    grid = box()
    pose = np.array([0.4, -0.2, 0.3, 0.8, 0.3, -0.4, 0.2, 0.6])
    voxels = np.argwhere(grid.numpy() > 0)
    placed = placed_voxels(voxels, pose, resolution=16)
    # A second object far away fixes where the common grid is.
    poses = torch.tensor(np.array([pose, [4.0, 0, 0, 1, 0, 0, 0, 0.5]]), dtype=torch.float32)
    side = 96
    soft = placed_occupancy(torch.stack([grid, grid]), poses, side=side)
    eight = np.argwhere(np.ones((2, 2, 2)))
    corners = []
    for row in poses.double().numpy():
        # The centers of eight voxels, at twice the scale, are the corners of the cube.
        corners.append(placed_voxels(eight, np.array([*row[:7], 2 * row[7]]), resolution=2))
    both = np.concatenate(corners)
    low, high = both.min(axis=0), both.max(axis=0)
    edge = (high - low).max()
    cells = (np.argwhere(soft[0].numpy() > 0.5) + 0.5) / side * edge + (low + high - edge) / 2
    np.testing.assert_allclose(cells.mean(axis=0), placed.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(cells.T), np.cov(placed.T), atol=0.003)


def test_overlap_has_gradients_that_part_objects() -> None:
    poses = torch.tensor([IDENTITY, [0.2, 0, 0, 1, 0, 0, 0, 1]], requires_grad=True)
    shapes = torch.stack([box(), box()]) * 8 - 4
    shapes.requires_grad_(True)
    share = shared_volume(placed_occupancy(shapes.sigmoid(), poses, side=24))
    assert 0.2 < share.item() < 0.9
    collision_loss(share).backward()  # type: ignore[no-untyped-call]
    assert poses.grad is not None and float(poses.grad[1, 0]) < 0 < float(poses.grad[0, 0])
    assert shapes.grad is not None and float(shapes.grad.abs().sum()) > 0
    apart = torch.tensor([IDENTITY, [1.5, 0, 0, 1, 0, 0, 0, 1]])
    placed = placed_occupancy(torch.stack([box(), box()]), apart, side=24)
    assert float(shared_volume(placed)) < 1e-6
