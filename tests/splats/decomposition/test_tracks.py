"""Masks summed over surfels."""

from __future__ import annotations

import pytest

from scenewright.core import (
    CaptureError,
    MaskSet,
)
from scenewright.splats.decomposition import (
    cluster_preset,
    decompose_masks,
)
from tests.splats.decomposition.room_builders import (
    Pictured,
)


def test_no_masks_at_all_is_an_error(room: Pictured) -> None:
    none = [MaskSet.empty(72, 96)] * 20
    with pytest.raises(CaptureError) as caught:
        decompose_masks(room.store, none, room.surfels, cluster_preset("default"))
    assert str(caught.value) == (
        "No mask in any of 20 views: expected masks to lift, got none. "
        "Choose another mask backend, or check the folder of masks."
    )


@pytest.mark.parametrize("preset", ["default", "published"])
@pytest.mark.parametrize("bare", [(0,), (0, 1, 2), (7, 8), (19,)])
def test_views_without_masks_anywhere_in_the_order(
    room: Pictured, preset: str, bare: tuple[int, ...]
) -> None:
    masks = [MaskSet.empty(72, 96) if i in bare else m for i, m in enumerate(room.masks())]
    found = decompose_masks(room.store, masks, room.surfels, cluster_preset(preset))
    assert len(found.ids) > 0
    assert not set(found.mask_view.tolist()) & set(bare)
