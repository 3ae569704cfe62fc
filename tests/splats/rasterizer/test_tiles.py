"""Lists of surfels per tile, against plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.splats.rasterizer.tiles import TILE, TileLists, depth_order

SIZE = (70, 40)


def random_boxes(count: int, seed: int) -> np.ndarray:
    """(count, 4) boxes x0, x1, y0, y1, some of them empty."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.integers(0, SIZE[0] + 1, (count, 2)), axis=1)
    y = np.sort(rng.integers(0, SIZE[1] + 1, (count, 2)), axis=1)
    boxes = np.concatenate([x, y], axis=1).astype(np.int32)
    boxes[(boxes[:, 0] == boxes[:, 1]) | (boxes[:, 2] == boxes[:, 3])] = 0
    return boxes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lists_hold_the_surfels_of_each_tile_nearest_first(dtype: Any) -> None:
    boxes = random_boxes(40, 1)
    depths = np.random.default_rng(2).uniform(1, 9, 40).astype(dtype)
    lists = TileLists(boxes, depths, size=SIZE)
    assert (lists.across, lists.down) == (5, 3)
    slots = []
    for tile in range(15):
        left, top = tile % 5 * TILE, tile // 5 * TILE
        touching = [
            i for i, (x0, x1, y0, y1) in enumerate(boxes.tolist())
            if x0 < x1 and x0 < left + TILE and x1 > left and y0 < top + TILE and y1 > top
        ]  # fmt: skip
        part = slice(lists.starts[tile], lists.starts[tile + 1])
        expected = sorted(touching, key=lambda i: depths[i])
        assert lists.surfels[part].tolist() == expected
        slots += list(zip(expected, lists.slots[part].tolist(), strict=True))
    assert sorted(slot for _, slot in slots) == list(range(len(slots)))
    for surfel, slot in slots:
        assert lists.first_slot[surfel] <= slot < lists.first_slot[surfel + 1]
    assert sorted(lists.schedule.tolist()) == list(range(15))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_depth_order_is_stable(dtype: Any) -> None:
    depths = np.array([3.0, 1.0, 2.0, 1.0, 0.5, 3.0], dtype)
    drawn = np.array([True, True, False, True, True, True])
    assert depth_order(depths, drawn).tolist() == [4, 1, 3, 0, 5]


def test_nothing_drawn_gives_empty_lists() -> None:
    lists = TileLists(np.zeros((3, 4), np.int32), np.ones(3, np.float32), size=SIZE)
    assert lists.starts.tolist() == [0] * 16
    assert len(lists.surfels) == 0
