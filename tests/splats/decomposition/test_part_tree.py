"""Parts and groups of objects."""

from __future__ import annotations

import numpy as np

from scenewright.core import (
    MaskSet,
)
from scenewright.splats.decomposition import (
    GROUP,
    OBJECT,
    PART,
    cluster_preset,
    decompose_masks,
)
from tests.splats.decomposition.room_builders import (
    Pictured,
    is_right_partition,
    true_labels,
)


def test_parts_and_groups_are_kept_as_a_tree(room: Pictured) -> None:
    sets = []
    for picture, view in zip(room.id_maps, range(20), strict=True):
        stack = [picture == i for i in np.unique(picture[picture > 0])]
        labels = true_labels(room)
        is_top = (labels == 5) & (room.surfels.means[:, 2] > 0.45)
        top = room.store.draw_labels(view, is_top.astype(np.int32)) == 1
        stack += [top & (picture == 5), np.isin(picture, (2, 4))]
        kept = np.stack([mask for mask in stack if mask.sum() > 5])
        scores = np.full(len(kept), 0.9, np.float32)
        scores[len(kept) - 2 :] = 0.5  # the finest whole objects win the pixels
        sets.append(MaskSet.from_dense(kept, scores=scores))
    found = decompose_masks(room.store, sets, room.surfels, cluster_preset("default"))
    assert is_right_partition(found.labels, room)
    tree = found.tree
    assert (tree.kind == OBJECT).sum() == 5
    parts, groups = np.flatnonzero(tree.kind == PART), np.flatnonzero(tree.kind == GROUP)
    assert len(parts) == 1 and len(groups) == 1
    part, group = int(parts[0]), int(groups[0])
    owner = int(tree.parent[part])
    assert tree.kind[owner] == OBJECT and tree.object_id[owner] == tree.object_id[part]
    assert np.isin(tree.surfels[part], tree.surfels[owner]).all()
    assert (room.surfels.means[tree.surfels[part], 2] > 0.35).all()
    assert len(tree.children(group)) == 2 and tree.parent[group] == -1
    held = np.concatenate([tree.surfels[i] for i in tree.children(group)])
    np.testing.assert_array_equal(np.sort(held), tree.surfels[group])
