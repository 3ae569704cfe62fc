"""Every mask backend that needs neither files nor downloads keeps the promises of its slot."""

from __future__ import annotations

import pytest

from scenewright.models import available, card, create
from tests.models.conformance_builders import assert_proposes
from tests.models.table_builders import table_top

NAMES = [
    name
    for name in available("masks/*")
    if not card(name).needs_files and not (card(name).weights or "").startswith("hub:")
]


@pytest.mark.parametrize("name", NAMES)
def test_mask_proposer(name: str) -> None:
    assert card(name).slot == "MaskProposer"
    assert_proposes(create(name), table_top()[0])
