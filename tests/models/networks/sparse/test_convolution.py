from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.core import ShapeError
from scenewright.models.networks.sparse import (
    PairList,
    PointConv3d,
    SparseConv3d,
    SparseTensor,
    neighbor_table,
    submanifold_convolution,
)
from tests.models.networks.sparse.sparse_builders import random_tensor


def dense_convolution(x: SparseTensor, weight: Tensor, *, resolution: int) -> Tensor:
    """The convolution of a dense grid with zeros, read at the voxels."""
    size = (x.grid.batch_size, *[resolution] * 3, x.feats.shape[1])
    at = tuple(x.grid.coords.long().unbind(1))
    dense = torch.zeros(size, dtype=x.feats.dtype).index_put(at, x.feats).permute(0, 4, 1, 2, 3)
    result = F.conv3d(dense, weight.permute(0, 4, 1, 2, 3), padding=1).permute(0, 2, 3, 4, 1)
    return result[at]


@pytest.mark.parametrize("lengths", [(90,), (120, 0, 33), (512, 1)])
def test_equals_masked_dense_convolution(lengths: tuple[int, ...]) -> None:
    x = random_tensor(lengths, 5)
    weight = torch.randn(7, 3, 3, 3, 5)
    result = submanifold_convolution(x.feats, weight, x.grid.pairs)
    torch.testing.assert_close(result, dense_convolution(x, weight, resolution=8))


def test_gradients_equal_those_of_the_dense_convolution() -> None:
    x = random_tensor((60, 40), 4)
    feats = x.feats.double().requires_grad_()
    weight = torch.randn(3, 3, 3, 3, 4, dtype=torch.double, requires_grad=True)
    aim = torch.randn(100, 3, dtype=torch.double)
    ours = submanifold_convolution(feats, weight, x.grid.pairs)
    theirs = dense_convolution(x.replace(feats), weight, resolution=8)
    for mine, other in zip(
        torch.autograd.grad((ours * aim).sum(), (feats, weight)),
        torch.autograd.grad((theirs * aim).sum(), (feats, weight)),
        strict=True,
    ):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("chunk_rows", [1, 16])
def test_chunks_do_not_matter(chunk_rows: int) -> None:
    x = random_tensor((50, 70), 4)
    weight = torch.randn(6, 3, 3, 3, 4)
    whole = submanifold_convolution(x.feats, weight, x.grid.pairs)
    pairs = PairList.from_table(neighbor_table(x.grid.coords.numpy()), chunk_rows=chunk_rows)
    torch.testing.assert_close(submanifold_convolution(x.feats, weight, pairs), whole)


def test_permuted_voxels_permute_results() -> None:
    x = random_tensor((80, 50), 4)
    order = torch.cat([torch.randperm(80), 80 + torch.randperm(50)])
    layer = SparseConv3d(4, 6)
    mixed = layer(SparseTensor.of(x.feats[order], x.grid.coords[order]))
    torch.testing.assert_close(mixed.feats, layer(x).feats[order])


def test_objects_do_not_see_one_another() -> None:
    x = random_tensor((80, 50), 4)
    layer = SparseConv3d(4, 6)
    changed = x.feats.clone()
    changed[80:] += 1
    both, alone = layer(x).feats, layer(x.replace(changed)).feats
    assert torch.equal(both[:80], alone[:80])
    assert not torch.allclose(both[80:], alone[80:])


def test_half_precision_is_close() -> None:
    x = random_tensor((80,), 16)
    layer = SparseConv3d(16, 8)
    expected = layer(x).feats
    result = layer.bfloat16()(x.replace(x.feats.bfloat16())).feats
    assert result.dtype == torch.bfloat16
    assert (result.float() - expected).abs().max() < 0.05 * expected.std()


def test_no_voxels() -> None:
    x = random_tensor((0,), 4)
    assert SparseConv3d(4, 6)(x).feats.shape == (0, 6)


def test_point_convolution_reads_the_memory_of_its_kernel() -> None:
    x = random_tensor((9,), 2)
    layer = PointConv3d(2, 3)
    layer.conv.weight.data = torch.arange(6.0).reshape(3, 1, 1, 1, 2)
    layer.conv.bias.data = torch.tensor([10.0, 20.0, 30.0])
    matrix = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    torch.testing.assert_close(layer(x).feats, x.feats @ matrix + layer.conv.bias)


def test_wrong_width_is_refused() -> None:
    x = random_tensor((9,), 4)
    message = "feats: expected shape (9, 5), got (9, 4)"
    with pytest.raises(ShapeError, match=re.escape(message)):
        SparseConv3d(5, 3)(x)
