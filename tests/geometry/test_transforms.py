"""Frames and rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.geometry.transforms import upright_frame

angles = st.floats(0.0, 2 * np.pi)


@given(angles, angles)
def test_the_frame_stands_on_up(azimuth: float, polar: float) -> None:
    up = np.array([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)])
    frame = upright_frame(up)
    assert frame[:, 2] == pytest.approx(up, abs=1e-6)
    assert frame.T @ frame == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0, abs=1e-9)


def test_z_up_is_left_alone() -> None:
    assert np.array_equal(upright_frame(np.array([0.0, 0.0, 1.0])), np.eye(3))
