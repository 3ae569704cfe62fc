"""The kinds of worlds that a random seed alone can make."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds import (
    KINDS,
    make_world,
)


def test_every_kind_of_world_is_made_from_its_seed() -> None:
    assert KINDS == ("rooms", "random", "tabletop")
    first, again = (make_world("random", 3, num_objects=(2, 3)) for _ in range(2))
    assert first.labels == again.labels
    for one, other in zip(first.objects, again.objects, strict=True):
        assert np.array_equal(one.world_from_object, other.world_from_object)
    assert 2 <= len(first.labels) - len(first.stuff_ids) <= 3
    with pytest.raises(
        UnknownNameError,
        match="There is no kind of world 'gardens': expected one of rooms, random, tabletop",
    ):
        make_world("gardens", 0)
    with pytest.raises(ConventionError, match=r"RandomConfig.num_objects: expected .* to 400"):
        make_world("random", 0, num_objects=(500, 500))
