from __future__ import annotations

import pytest
import torch
from torch import Tensor

from scenewright.models.networks.layers import SelfAttention
from scenewright.models.networks.sparse import SparseTensor, attend, windows
from tests.models.networks.sparse.sparse_builders import random_tensor


def masked_attention(
    layer: SelfAttention, x: SparseTensor, window: tuple[int, int] | None
) -> Tensor:
    """Attention over all voxels, with a mask for those of other windows."""
    cells = x.grid.coords.clone()
    cells[:, 1:] = 0 if window is None else (cells[:, 1:] + window[1]) // window[0]
    mask = (cells[:, None] == cells[None]).all(-1)
    queries, keys, values = (part.transpose(0, 1) for part in layer.project(x.feats))
    attended = torch.nn.functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask
    )
    result: Tensor = layer.to_out(attended.transpose(0, 1).flatten(1))
    return result


@pytest.mark.parametrize("window", [None, (4, 0), (4, 2), (3, 1), (100, 0)])
@pytest.mark.parametrize("lengths", [(60, 25), (1, 0, 30)])
def test_equals_masked_attention(window: tuple[int, int] | None, lengths: tuple[int, ...]) -> None:
    x = random_tensor(lengths, 12)
    layer = SelfAttention(12, 3, qk_rms_norm=True)
    result = attend(layer, x.feats, x.grid, window=window)
    torch.testing.assert_close(result, masked_attention(layer, x, window))


def test_permuted_voxels_permute_results() -> None:
    x = random_tensor((60, 40), 8)
    order = torch.cat([torch.randperm(60), 60 + torch.randperm(40)])
    mixed = SparseTensor.of(x.feats[order], x.grid.coords[order])
    layer = SelfAttention(8, 2)
    torch.testing.assert_close(
        attend(layer, mixed.feats, mixed.grid, window=(4, 2)),
        attend(layer, x.feats, x.grid, window=(4, 2))[order],
    )


def test_windows_are_computed_once() -> None:
    grid = random_tensor((60,), 8).grid
    assert windows(grid, 4) is windows(grid, 4)
    assert windows(grid, 4) is not windows(grid, 4, shift=2)
    assert torch.equal(windows(grid, 4).order[windows(grid, 4).place], torch.arange(60))
