"""Crops of masks: growing, padding, background."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from scenewright.models.crops import grow_box, mask_crops, pad_to_square  # noqa: E402
from tests.models.adapters.adapter_builders import boxes_of, color_image  # noqa: E402


@pytest.mark.parametrize(
    ("box", "share", "grown"),
    [
        ((20, 10, 40, 20), 0.0, (20, 10, 40, 20)),
        ((20, 10, 40, 20), 0.1, (18, 9, 42, 21)),
        ((20, 10, 40, 20), 0.2, (16, 8, 44, 22)),
        ((1, 0, 21, 9), 0.2, (0, 0, 25, 10)),
        ((44, 40, 64, 48), 0.1, (42, 40, 64, 48)),
        ((5, 5, 6, 6), 0.2, (5, 5, 6, 6)),
    ],
)
def test_growing(box: tuple[int, ...], share: float, grown: tuple[int, ...]) -> None:
    assert grow_box(np.array(box), share, height=48, width=64) == grown


@pytest.mark.parametrize("size", [(4, 4), (2, 5), (5, 2), (1, 6)])
def test_padding_distorts_nothing(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 200, (*size, 3)).astype(np.uint8)
    square = pad_to_square(image)
    side = max(size)
    assert square.shape == (side, side, 3)
    rows, columns = np.nonzero((square < 255).any(axis=2))
    top, left = (side - size[0]) // 2, (side - size[1]) // 2
    assert (rows.min(), columns.min()) == (top, left)
    np.testing.assert_array_equal(square[top : top + size[0], left : left + size[1]], image)
    assert (square == 255).all(axis=2).sum() == side * side - size[0] * size[1]


def test_crops() -> None:
    image = color_image()
    crops = list(mask_crops(image, boxes_of((20, 10, 40, 20))))
    assert [crop.shape for crop in crops] == [(20, 20, 3), (24, 24, 3), (28, 28, 3)]
    np.testing.assert_array_equal(crops[0][5:15], image[10:20, 20:40])
    np.testing.assert_array_equal(crops[2][7:21], image[8:22, 16:44])
    bare: list[NDArray[np.uint8]] = list(
        mask_crops(image, boxes_of((20, 10, 40, 20)), keep_background=False)
    )
    np.testing.assert_array_equal(bare[0], crops[0])
    np.testing.assert_array_equal(bare[2][9:19, 4:24], image[10:20, 20:40])
    bare[2][9:19, 4:24] = 255
    assert (bare[2] == 255).all()
