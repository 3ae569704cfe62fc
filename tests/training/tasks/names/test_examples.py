"""Examples for names."""

from __future__ import annotations

from collections import Counter

import numpy as np

from scenewright.models.tiny.object_features import NUM_FEATURES
from scenewright.training.tasks.names.examples import OTHER, examples
from scenewright.worlds.objects.registry import FAMILIES


def test_every_family_is_seen_whole_and_in_part() -> None:
    found = list(examples(range(1), variants=2))
    counts = Counter(label for label, _ in found)
    assert all(counts[label] == 2 for label in FAMILIES)
    assert counts[OTHER] == 16
    features = np.stack([values for _, values in found])
    assert features.shape[1] == NUM_FEATURES and np.isfinite(features).all()
    again = next(iter(examples(range(1), variants=2)))[1]
    assert np.array_equal(again, features[0])
