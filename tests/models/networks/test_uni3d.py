"""The network of Uni3D against its formulas."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.networks.uni3d import (  # noqa: E402
    Uni3DConfig,
    Uni3DNetwork,
    patches_of,
)

CONFIG = Uni3DConfig(
    width=24, depth=2, heads=4, feed=40, patch=16, dim=12, groups=8, group_size=6
)  # fmt: skip


def test_a_patch_has_the_nearest_points_and_centers_are_far_apart() -> None:
    points = torch.tensor([[[0.0, 0, 0], [0.1, 0, 0], [5, 0, 0], [5.1, 0, 0]]])
    centers, patches = patches_of(points, points, groups=2, size=2)
    assert centers[0, :, 0].tolist() == pytest.approx([0.0, 5.1])
    assert sorted(patches[0, 1, :, 0].tolist()) == pytest.approx([-0.1, 0.0], abs=1e-5)
    assert sorted(patches[0, 1, :, 3].tolist()) == pytest.approx([5.0, 5.1])


def test_attention_is_that_of_its_formula() -> None:
    torch.manual_seed(1)
    block: Any = Uni3DNetwork(CONFIG).visual.blocks[0].attn
    torch.nn.init.normal_(block.q_bias)
    torch.nn.init.normal_(block.v_bias)
    x = torch.randn(1, 5, 24)
    q, k, v = (x @ block.qkv.weight.T).chunk(3, -1)
    q, v = q + block.q_bias, v + block.v_bias
    heads = []
    for part in range(4):
        rows = slice(6 * part, 6 * part + 6)
        weights = (q[..., rows] @ k[..., rows].transpose(1, 2) / 6**0.5).softmax(-1)
        heads.append(weights @ v[..., rows])
    assert torch.allclose(block(x), block.proj(torch.cat(heads, -1)), atol=1e-5)
