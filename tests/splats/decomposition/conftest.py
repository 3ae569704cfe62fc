"""The room that tests of decomposition share."""

from __future__ import annotations

import pytest

from tests.splats.decomposition.room_builders import THINGS, Pictured, picture_boxes, ring


@pytest.fixture(scope="session")
def room() -> Pictured:
    """Five boxes from twenty views; tests must not change it."""
    return picture_boxes(THINGS, ring(20))
