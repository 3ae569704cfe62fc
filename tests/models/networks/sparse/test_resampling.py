from __future__ import annotations

import torch

from scenewright.models.networks.sparse import coarsen, downsample, subdivide, upsample
from tests.models.networks.sparse.sparse_builders import random_tensor


def test_pooling_is_sum_over_count_plus_one() -> None:
    x = random_tensor((100, 60), 3, resolution=7)
    pooled = downsample(x)
    groups: dict[tuple[int, ...], list[torch.Tensor]] = {}
    for (b, *cell), feats in zip(x.grid.coords.tolist(), x.feats, strict=True):
        groups.setdefault((b, *[c // 2 for c in cell]), []).append(feats)
    names = sorted(groups)
    assert pooled.grid.coords.tolist() == [list(name) for name in names]
    expected = [torch.stack(groups[name]).sum(0) / (len(groups[name]) + 1) for name in names]
    torch.testing.assert_close(pooled.feats, torch.stack(expected))


def test_upsampling_copies_to_the_stored_voxels() -> None:
    x = random_tensor((100, 60), 3)
    pooled = downsample(x, 3)
    back = upsample(pooled, x.grid, 3)
    assert back.grid is x.grid
    for voxel, feats in zip(x.grid.coords.tolist(), back.feats, strict=True):
        parent = [voxel[0], *[c // 3 for c in voxel[1:]]]
        row = pooled.grid.coords.tolist().index(parent)
        assert torch.equal(feats, pooled.feats[row])


def test_coarse_voxels_are_computed_once_and_keep_the_batch_size() -> None:
    x = random_tensor((9, 8, 0), 3)
    assert coarsen(x.grid) is coarsen(x.grid)
    assert coarsen(x.grid, 4) is not coarsen(x.grid)
    assert coarsen(x.grid).grid.lengths[2] == 0 and coarsen(x.grid).grid.batch_size == 3


def test_subdivision_then_pooling_gives_the_voxels_back() -> None:
    x = random_tensor((30, 20), 3)
    fine = subdivide(x)
    assert fine.grid.coords[:8, 1:].sub(2 * x.grid.coords[0, 1:]).tolist() == [
        [0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1],
    ]  # fmt: skip
    assert subdivide(x).grid is fine.grid
    back = upsample(downsample(fine), fine.grid)
    torch.testing.assert_close(back.feats, fine.feats * 8 / 9)


def test_no_voxels() -> None:
    x = random_tensor((0,), 3)
    assert downsample(x).feats.shape == (0, 3)
    assert subdivide(x).feats.shape == (0, 3)
