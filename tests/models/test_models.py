"""What every backend has to do, run on each registered one that needs neither files nor weights.

Those that need weights are run in `test_adapters_masks` and `test_adapters_embed`, with tiny random
networks in the real format.
"""

from __future__ import annotations

import pytest

from scenewright.models import ImageEncoder, MaskProposer, PromptSegmenter, available, card, create
from tests.models.conformance import assert_proposes
from tests.models.room_builders import table_top

SLOTS = {slot.__name__ for slot in (ImageEncoder, MaskProposer, PromptSegmenter)}
NAMES = [
    name
    for name in available("masks/*")
    if not card(name).needs_files and not (card(name).weights or "").startswith("hub:")
]


@pytest.mark.parametrize("name", NAMES)
def test_mask_proposer(name: str) -> None:
    assert card(name).slot == "MaskProposer"
    assert_proposes(create(name), table_top()[0])


@pytest.mark.parametrize("name", available())
def test_card(name: str) -> None:
    facts = card(name)
    assert {facts.slot, *facts.other_slots} <= SLOTS
    assert all((facts.description, facts.source, facts.code_license, facts.input))
    assert all((facts.speed, facts.memory))
    assert (facts.weights is None) == (facts.weights_license is None)
