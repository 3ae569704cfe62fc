"""Vectors of colors and edges: alike for what looks alike, unlike for what does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import MaskSet, ShapeError
from scenewright.models.classical.plain_views import PlainViews

RED, BLUE, WHITE = (200, 30, 30), (40, 80, 200), (245, 245, 245)


def painted(*bands: tuple[int, int, int], shape: tuple[int, int] = (60, 40)) -> NDArray[np.uint8]:
    image = np.zeros((*shape, 3), np.uint8)
    for rows, color in zip(np.array_split(np.arange(shape[0]), len(bands)), bands, strict=True):
        image[rows] = color
    return image


def vector(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    found = PlainViews().encode(image)
    assert found.shape == (1, PlainViews().dim) and found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    row: NDArray[np.float32] = found[0]
    return row


def test_colors_and_their_place_count() -> None:
    one = vector(painted(RED, WHITE))
    bigger = vector(painted(RED, WHITE, shape=(120, 90)))
    swapped, other = vector(painted(WHITE, RED)), vector(painted(BLUE, BLUE))
    assert one @ bigger > 0.98 > one @ swapped > one @ other


def test_directions_of_edges_count() -> None:
    stripes = np.where((np.arange(48) // 6 % 2)[:, None, None], 200, 60)
    across = np.broadcast_to(stripes, (48, 48, 3)).astype(np.uint8)
    down = np.ascontiguousarray(across.transpose(1, 0, 2))
    assert vector(across) @ vector(down) < 0.9 < vector(across) @ vector(across)


def test_masks_leave_out_what_is_beside() -> None:
    image = painted(RED, RED)
    image[:, 20:] = BLUE
    mask = np.zeros((2, 60, 40), bool)
    mask[0, :, :20] = True
    mask[1, :, 20:] = True
    found = PlainViews().encode(image, MaskSet.from_dense(mask))
    assert found[0] @ vector(painted(RED)) > 0.99 and found[1] @ vector(painted(BLUE)) > 0.99
    assert found[0] @ found[1] < 0.1


def test_wrong_images_and_masks() -> None:
    with pytest.raises(ShapeError, match="image"):
        PlainViews().encode(np.zeros((4, 4), np.uint8))
    masks = MaskSet.from_dense(np.ones((1, 3, 3), bool))
    with pytest.raises(ShapeError, match="masks to encode"):
        PlainViews().encode(painted(RED), masks)
    assert vector(painted(RED, shape=(1, 1))).any()
