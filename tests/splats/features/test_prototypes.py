"""Prototypes of objects, and features that match none."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.features.prototypes import assign_prototypes, mean_prototypes


def test_a_feature_between_two_prototypes_or_far_from_all_has_no_object() -> None:
    axes = np.eye(4, dtype=np.float32)
    prototypes = mean_prototypes(axes[:2], np.array([9, 4], np.int32))
    assert prototypes.ids.tolist() == [4, 9]
    middle = (axes[0] + axes[1]) / np.sqrt(2)
    nearly = 0.9 * axes[0] + np.sqrt(1 - 0.81) * axes[2]
    given_features = np.stack([axes[0], axes[1], middle, axes[3], nearly]).astype(np.float32)
    labels, cosine = assign_prototypes(given_features, prototypes, least_cosine=0.7)
    assert labels.tolist() == [9, 4, 0, 0, 9]
    assert cosine[4] == pytest.approx(0.9, abs=1e-6)
    bare, _ = assign_prototypes(axes, mean_prototypes(axes, np.zeros(4, np.int32)))
    assert bare.tolist() == [0] * 4
