"""What does not fit into memory is refused before it is taken."""

from __future__ import annotations

import pytest

from scenewright.core import CaptureError
from scenewright.core.memory import available_bytes, require_memory


def test_available_memory_is_known_here() -> None:
    found = available_bytes()
    assert found is None or found > 2**20


def test_too_much_is_refused_with_advice() -> None:
    require_memory(10, 10, what="it", do="Wait.")
    require_memory(10**18, None, what="it", do="Wait.")
    with pytest.raises(CaptureError) as error:
        require_memory(3 * 2**30, 2**30, what="8 grids", do="Ask for fewer.")
    assert str(error.value) == (
        "Not enough memory for 8 grids: expected at most 1.0 GiB (available), "
        "got an estimated 3.0 GiB. Ask for fewer."
    )
