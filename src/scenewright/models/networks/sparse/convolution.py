"""Submanifold convolution (Graham et al., CVPR 2018): results only where there are voxels."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ShapeError
from scenewright.models.networks.sparse._neighbor_kernels import CENTER, NUM_OFFSETS
from scenewright.models.networks.sparse.grid import SparseTensor
from scenewright.models.networks.sparse.neighbors import PairList


def submanifold_convolution(feats: Tensor, weight: Tensor, pairs: PairList) -> Tensor:
    """Convolves the features of voxels with a 3 x 3 x 3 kernel; absent voxels count as zero.

    For each chunk of voxels and each offset, the features of the neighbors are gathered and
    multiplied; then the products of each voxel are summed.

    Args:
        feats: (N, C_in).
        weight: (C_out, 3, 3, 3, C_in), kernel axes in the order x, y, z, applied as a
            cross-correlation.
        pairs: Neighbors of the N voxels.

    Returns:
        (N, C_out).

    Raises:
        ShapeError: The features do not match the kernel or the voxels.
    """
    expected = (pairs.num_voxels, weight.shape[-1])
    if feats.shape != expected:
        raise ShapeError("feats", expected=f"shape {expected}", got=f"{tuple(feats.shape)}")
    result: Tensor = _Convolution.apply(  # type: ignore[no-untyped-call]
        feats, weight.flatten(1, 3), pairs
    )
    return result


class SparseConv3d(nn.Module):
    """A submanifold 3 x 3 x 3 convolution with the published state-dict names.

    Args:
        num_in: Channels of the input.
        num_out: Channels of the result.
    """

    def __init__(self, num_in: int, num_out: int) -> None:
        super().__init__()
        self.conv = KernelParameters(num_in, num_out, size=3)

    def forward(self, x: SparseTensor) -> SparseTensor:
        """(N, num_in) to (N, num_out)."""
        feats = submanifold_convolution(x.feats, self.conv.weight, x.grid.pairs)
        return x.replace(feats + self.conv.bias)


class PointConv3d(nn.Module):
    """A 1 x 1 x 1 convolution as spconv 2.3 evaluates it.

    The memory of the stored kernel (C_out, 1, 1, 1, C_in) is read as a (C_in, C_out) matrix, which
    is not its transpose. Published weights were trained that way.

    Args:
        num_in: Channels of the input.
        num_out: Channels of the result.
    """

    def __init__(self, num_in: int, num_out: int) -> None:
        super().__init__()
        self.conv = KernelParameters(num_in, num_out, size=1)

    def forward(self, x: SparseTensor) -> SparseTensor:
        """(N, num_in) to (N, num_out)."""
        weight = self.conv.weight
        matrix = weight.reshape(weight.shape[-1], weight.shape[0])
        return x.replace(torch.addmm(self.conv.bias, x.feats, matrix))


class KernelParameters(nn.Module):
    """Weight (C_out, k, k, k, C_in) and bias (C_out) of a convolution.

    Args:
        num_in: Channels of the input.
        num_out: Channels of the result.
        size: k.
    """

    def __init__(self, num_in: int, num_out: int, *, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_out, size, size, size, num_in))
        self.bias = nn.Parameter(torch.empty(num_out))
        bound = 1 / math.sqrt(num_in * size**3)
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)


class _Convolution(torch.autograd.Function):
    """The kernel is (C_out, 27, C_in). Its gradients use the pairs again: they are symmetric."""

    @staticmethod
    def forward(ctx: Any, feats: Tensor, kernel: Tensor, pairs: PairList) -> Tensor:
        ctx.save_for_backward(feats, kernel)
        ctx.pairs = pairs
        return _convolve(feats, kernel.permute(1, 2, 0), pairs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        feats, kernel = ctx.saved_tensors
        grad = grad.contiguous()
        to_feats = to_kernel = None
        if ctx.needs_input_grad[0]:
            to_feats = _convolve(grad, kernel.flip(1).permute(1, 0, 2), ctx.pairs)
        if ctx.needs_input_grad[1]:
            to_kernel = _kernel_gradient(feats, grad, ctx.pairs)
        return to_feats, to_kernel, None


def _convolve(feats: Tensor, kernel: Tensor, pairs: PairList) -> Tensor:
    """Features (N, C_in) and kernel (27, C_in, C_out) to (N, C_out)."""
    num_in, num_out = kernel.shape[1:]
    most_rows = max((chunk.rows[1] - chunk.rows[0] for chunk in pairs.chunks), default=0)
    most_pairs = max((chunk.firsts[-1] for chunk in pairs.chunks), default=0)
    result = feats.new_empty(pairs.num_voxels, num_out)
    gathered = feats.new_empty(most_rows, num_in)
    products = feats.new_empty(most_pairs, num_out)
    for chunk in pairs.chunks:
        rows, numbers = slice(*chunk.rows), slice(*chunk.pairs)
        sources = pairs.sources[numbers]
        for offset in range(NUM_OFFSETS):
            first, end = chunk.firsts[offset], chunk.firsts[offset + 1]
            if first == end:
                continue
            if offset == CENTER:
                inputs = feats[rows]
            else:
                inputs = gathered[: end - first]
                torch.index_select(feats, 0, sources[first:end], out=inputs)
            torch.mm(inputs, kernel[offset], out=products[first:end])
        summed = F.embedding_bag(
            pairs.bags[numbers], products[: chunk.firsts[-1]], pairs.starts[rows], mode="sum"
        )
        result[rows] = summed
    return result


def _kernel_gradient(feats: Tensor, grad: Tensor, pairs: PairList) -> Tensor:
    """Gradient of the kernel, (C_out, 27, C_in)."""
    result = feats.new_zeros(grad.shape[1], NUM_OFFSETS, feats.shape[1])
    for chunk in pairs.chunks:
        for offset in range(NUM_OFFSETS):
            first, end = (chunk.pairs[0] + chunk.firsts[k] for k in (offset, offset + 1))
            if first < end:
                into = grad.index_select(0, pairs.targets[first:end])
                inputs = feats.index_select(0, pairs.sources[first:end])
                result[:, offset] += into.T @ inputs
    return result
