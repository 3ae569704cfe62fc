"""What every mask backend has to do, run on each registered one that needs no files."""

from __future__ import annotations

import numpy as np
import pytest
from room_builders import table_top

from scenewright.core import MaskSet
from scenewright.models import MaskProposer, available, card, create

NAMES = [name for name in available("masks/*") if not card(name).needs_files]


@pytest.mark.parametrize("name", NAMES)
def test_mask_proposer(name: str) -> None:
    facts = card(name)
    assert facts.slot == "MaskProposer"
    assert all((facts.description, facts.source, facts.code_license, facts.input, facts.speed))
    backend = create(name)
    assert isinstance(backend, MaskProposer)
    frame, _ = table_top()
    before = (frame.image.copy(), frame.depth.copy())  # type: ignore[union-attr]
    masks = backend.propose(frame)
    assert isinstance(masks, MaskSet)
    assert (masks.height, masks.width) == frame.camera.size
    assert len(masks) > 0
    np.testing.assert_array_equal(frame.image, before[0])
    np.testing.assert_array_equal(frame.depth, before[1])
    again = backend.propose(frame)
    assert isinstance(again, MaskSet)
    np.testing.assert_array_equal(again.to_id_map(), masks.to_id_map())
