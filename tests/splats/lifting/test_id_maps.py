"""Id maps drawn from labels of surfels."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ShapeError
from scenewright.splats.lifting.id_maps import render_id_map


def test_id_map_takes_the_object_with_most_weight_and_nothing_where_it_is_transparent() -> None:
    labels = np.array([3, 3, 8, 0], np.int32)
    ids = np.array([[[2, 0, 1], [3, 0, -1], [0, -1, -1], [-1, -1, -1]]], np.int32)
    weights = np.array([[[0.4, 0.3, 0.2], [0.6, 0.3, 0], [0.4, 0, 0], [0, 0, 0]]], np.float32)
    drawn = render_id_map(labels, ids, weights, weights.sum(axis=2))
    assert drawn.tolist() == [[3, 0, 0, 0]]
    with pytest.raises(ShapeError):
        render_id_map(labels, ids, weights, np.zeros((2, 2), np.float32))
