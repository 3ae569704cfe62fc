"""Point grids and crop windows."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.models.adapters._point_grid import crop_windows, is_cut, point_grid  # noqa: E402


def test_point_grid() -> None:
    grid = point_grid(2, height=4, width=8)
    np.testing.assert_array_equal(grid, [[2, 1], [6, 1], [2, 3], [6, 3]])
    assert grid.dtype == np.float32


def test_crop_windows_cover_the_image_and_overlap() -> None:
    assert crop_windows(480, 640, layers=0) == [(0, 0, 640, 480)]
    windows = crop_windows(480, 640, layers=2)
    assert len(windows) == 1 + 4 + 16
    for layer in (windows[1:5], windows[5:]):
        count = np.zeros((480, 640), int)
        for x, y, x_end, y_end in layer:
            assert 0 <= x < x_end <= 640 and 0 <= y < y_end <= 480
            count[y:y_end, x:x_end] += 1
        assert count.min() == 1 and count.max() == 4


def test_a_mask_is_cut_only_inside_the_image() -> None:
    mask = np.zeros((4, 4), np.bool_)
    mask[0, 1] = True
    assert not is_cut(mask, (0, 0, 4, 4), (8, 8))
    assert is_cut(mask, (0, 4, 4, 8), (8, 8))
    assert is_cut(mask[::-1], (0, 0, 4, 4), (8, 8))
    assert not is_cut(mask[::-1], (4, 4, 8, 8), (8, 8))
    assert is_cut(mask.T, (4, 0, 8, 4), (8, 8)) and not is_cut(mask.T, (0, 0, 4, 4), (8, 8))
