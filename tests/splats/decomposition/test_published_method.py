"""The published method on perfect masks."""

from __future__ import annotations

from scenewright.splats.decomposition import (
    PublishedConfig,
    decompose_masks,
)
from tests.splats.decomposition.room_builders import (
    Pictured,
    is_same_partition,
    sure_surfels,
    true_labels,
)


def test_published_rules_divide_perfect_masks(room: Pictured) -> None:
    config = PublishedConfig(min_mask_surfels=20)
    found = decompose_masks(room.store, room.masks(), room.surfels, config)
    sure = sure_surfels(room) & (found.labels > 0)
    assert sure.mean() > 0.8
    assert is_same_partition(found.labels[sure], true_labels(room)[sure])
    assert len(found.ids) == 5
