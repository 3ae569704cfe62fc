"""The position head: the identity in evaluation mode, refinements, joint attention."""

from __future__ import annotations

import torch

from scenewright.models.networks.flow_config import PoseHead
from scenewright.models.networks.pose_head import PositionHead, identity_poses
from tests.models.networks.network_builders import random_tensor, randomized


def _head(config: PoseHead) -> PositionHead:
    return randomized(PositionHead(8, 2, config, ratio=2))


def test_the_first_pose_is_the_identity_in_evaluation_only() -> None:
    head = _head(PoseHead(1, 2))
    tokens = random_tensor(3, 8)
    poses = head(tokens)
    assert poses[0].tolist() == [0, 0, 0, 1, 0, 0, 0, 1] == identity_poses(1)[0].tolist()
    trained = head.train()(tokens)
    assert torch.equal(trained[1:], poses[1:]) and not torch.equal(trained[0], poses[0])


def test_scales_are_never_negative() -> None:
    head = _head(PoseHead(1, 1)).train()
    poses = head(random_tensor(64, 8)).detach()
    assert float(poses[:, 7].min()) == 0 and bool((poses[:, :7] < 0).any())


def test_refinements_add_up() -> None:
    tokens = random_tensor(3, 8)
    once, twice = _head(PoseHead(1, 1)).train(), _head(PoseHead(1, 2)).train()
    assert once.state_dict().keys() == twice.state_dict().keys()
    assert not torch.allclose(once(tokens), twice(tokens), atol=1e-3)


def test_objects_see_each_other_in_the_joint_head_only() -> None:
    tokens = random_tensor(3, 8)
    moved = tokens.clone()
    moved[2] = random_tensor(8, seed=5)
    published, joint = (_head(PoseHead(1, 2, joint=joint)).train() for joint in (False, True))
    assert torch.allclose(published(moved)[1], published(tokens)[1], atol=1e-6)
    assert not torch.allclose(joint(moved)[1], joint(tokens)[1], atol=1e-4)
    assert published.state_dict().keys() == joint.state_dict().keys()
