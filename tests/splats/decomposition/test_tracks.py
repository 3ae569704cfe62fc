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
