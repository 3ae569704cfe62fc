"""Predictions over the points of the test scene."""

from __future__ import annotations

import numpy as np

from scenewright.io import PointMasks
from tests.builders import make_scene


def assert_same(left: PointMasks, right: PointMasks) -> None:
    """Asserts that all fields are equal, dtypes included."""
    for name in PointMasks.__dataclass_fields__:
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None), name
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b)), name


def predictions() -> PointMasks:
    """Three instances over ten points, with classes."""
    return PointMasks.from_scene(make_scene(), class_ids={7: 5, 3: 39})
