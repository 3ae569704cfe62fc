"""Labels of surfels by votes of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ShapeError
from scenewright.splats.lifting.votes import label_votes, lift_labels
from scenewright.splats.rasterizer.weight_store import store_of_pictures


def test_votes_count_by_weight_and_unknown_pixels_do_not_vote() -> None:
    ids = np.array([[[0, 1], [0, 1], [0, -1], [2, -1]]], np.int32)
    weights = np.array([[[0.6, 0.2], [0.5, 0.25], [0.9, 0], [0.8, 0]]], np.float32)
    store = store_of_pictures([(ids, weights)], num_surfels=4)
    picture = np.array([[5, 2, 0, -1]], np.int32)
    votes = label_votes(store, [picture]).toarray()
    assert votes[5, :2] == pytest.approx([0.6, 0.2], abs=1e-3)
    assert votes[2, :2] == pytest.approx([0.5, 0.25], abs=1e-3)
    assert votes[:, 2:].sum() == 0
    lifted = lift_labels(store, [picture], none_weight=0.5)
    assert lifted.labels.tolist() == [5, 2, 0, 0]
    assert lifted.scores == pytest.approx([0.6 / 1.55, 0.25 / 0.45, 0, 0], abs=1e-3)
    assert lift_labels(store, [picture], none_weight=1.0).labels.tolist() == [0, 2, 0, 0]
    with pytest.raises(ShapeError) as error:
        label_votes(store, [])
    assert str(error.value) == "id maps: expected 1, one per view, got 0"
