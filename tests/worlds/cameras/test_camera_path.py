"""Camera paths: interpolation, timing, and hand tremor."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds import Probe
from scenewright.worlds.cameras.camera_path import (
    CameraPath,
    full_turn,
    interpolate_closed,
    retimed,
    sway,
    with_hand_tremor,
)


def circle(radius: float, *, height: float = 1.2) -> CameraPath:
    """A circle around the origin, looking inward."""
    angles = full_turn()
    positions = np.stack(
        [radius * np.cos(angles), radius * np.sin(angles), np.full(len(angles), height)], axis=1
    )
    directions = np.array([0.0, 0.0, height]) - positions
    return CameraPath(positions, directions / radius, np.zeros(len(angles)))


def test_poses_of_a_circle_look_at_its_center() -> None:
    poses = circle(1.5).poses(8)
    angles = np.arange(8) * (np.pi / 4)
    expected = 1.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(poses[:, :2, 3], expected, atol=1e-12)
    np.testing.assert_allclose(poses[:, :2, 2], -expected / 1.5, atol=1e-12)
    with pytest.raises(ConventionError, match=r"^num_frames: expected 1 or more, got 0$"):
        circle(1.5).poses(0)


def test_interpolation_wraps_around() -> None:
    values = np.array([0.0, 1.0, 4.0])
    at = interpolate_closed(values, np.array([0.0, 0.5, 2.5, 2.75, 3.0]))
    np.testing.assert_allclose(at, [0.0, 0.5, 2.0, 1.0, 0.0])


def test_sway_is_periodic_and_bounded() -> None:
    phase = np.linspace(0, 2 * np.pi, 500)
    signal = sway(phase, np.random.default_rng(0))
    assert np.abs(signal).max() <= 1
    assert signal[0] == pytest.approx(signal[-1], abs=1e-9)


def test_retiming_makes_the_camera_slower_where_it_turns() -> None:
    path = circle(1.0)
    swing = np.where(np.arange(len(path.positions)) < len(path.positions) // 2, 6, 0)
    yaw = 0.5 * np.sin(swing * full_turn())
    c, s = np.cos(yaw), np.sin(yaw)
    x, y, z = path.directions.T
    directions = np.stack([c * x - s * y, s * x + c * y, z], axis=1)
    even = retimed(CameraPath(path.positions, directions, path.rolls))
    steps = np.linalg.norm(np.diff(even.positions, axis=0), axis=1)
    turning, calm = steps[: len(steps) // 3], steps[-len(steps) // 4 :]
    assert turning.mean() < 0.8 * calm.mean()
    # A path without extra turns keeps its timing.
    np.testing.assert_allclose(retimed(path).positions, path.positions, atol=1e-6)


def test_tremor_is_small_and_refused_close_to_a_wall(probe: Probe) -> None:
    rng = np.random.default_rng(0)
    path = circle(1.1, height=1.6)
    shaken = with_hand_tremor(probe, path, rng)
    offset = np.abs(shaken.positions - path.positions)
    assert 0 < offset.max() <= 3 * 0.0012 + 1e-12
    with pytest.raises(ConventionError) as error:
        with_hand_tremor(probe, circle(1.6, height=1.6), rng)
    text = str(error.value)
    assert text.startswith("World to film: expected a path at least 0.25 m away from every surface")
    assert text.endswith("at the narrowest point. Choose another trajectory or another seed.")
