from __future__ import annotations

import torch

from scenewright.models.networks.sparse import SparseGroupNorm
from tests.models.networks.sparse.sparse_builders import random_tensor


def test_statistics_are_those_of_an_object() -> None:
    x = random_tensor((40, 0, 25), 8)
    norm = SparseGroupNorm(4, 8)
    normed = norm(x).feats
    for rows in (slice(0, 40), slice(40, 65)):
        groups = normed[rows].reshape(-1, 4, 2).permute(1, 0, 2).flatten(1)
        torch.testing.assert_close(groups.mean(1), torch.zeros(4), atol=1e-5, rtol=0)
        torch.testing.assert_close(groups.std(1, correction=0), torch.ones(4), atol=1e-3, rtol=0)


def test_gain_bias_and_type() -> None:
    x = random_tensor((40,), 8)
    norm = SparseGroupNorm(4, 8)
    plain = norm(x).feats
    norm.weight.data = torch.arange(8.0)
    norm.bias.data = torch.ones(8)
    torch.testing.assert_close(norm(x).feats, plain * torch.arange(8.0) + 1)
    assert norm(x.replace(x.feats.bfloat16())).feats.dtype == torch.bfloat16


def test_no_voxels() -> None:
    assert SparseGroupNorm(4, 8)(random_tensor((0,), 8)).feats.shape == (0, 8)
