"""Ray casts, distances and visibility of a world without light."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds import (
    Probe,
)


def test_distance_to_a_box_is_exact(probe: Probe) -> None:
    # The crate fills x from -1.75 to -1.25, y from -1.35 to -0.85, z from 0 to 0.5.
    points = np.array(
        [[-1.5, -1.1, 0.9], [-1.0, -1.1, 0.3], [-1.0, -0.6, 0.45], [-1.5, -1.1, 0.25]]
    )
    expected = [0.4, 0.25, np.hypot(0.25, 0.25), 0.0]
    np.testing.assert_allclose(probe.clearance(points), expected, atol=1e-6)
    assert probe.clearance(points[:1], limit=0.1)[0] == pytest.approx(0.1)
    assert probe.is_inside(points).tolist() == [False, False, False, True]
    outside = np.array([[0.0, 0.0, 1.0], [9.0, 0.0, 1.0]])
    assert probe.is_outdoors(outside).tolist() == [False, True]
