"""Camera poses from a position and a target."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds import (
    look_at,
)


def test_look_at_looks_at() -> None:
    eye, target = np.array([1.0, 2.0, 1.5]), np.array([-1.0, 0.5, 0.3])
    pose = look_at(eye, target)
    towards = np.linalg.inv(pose) @ np.append(target, 1)
    np.testing.assert_allclose(towards[:2], 0, atol=1e-12)
    assert towards[2] == pytest.approx(np.linalg.norm(target - eye))
    assert pose[2, 1] < 0, "down in the image is down in the world"
    np.testing.assert_allclose(pose[2, 0], 0, atol=1e-12)
