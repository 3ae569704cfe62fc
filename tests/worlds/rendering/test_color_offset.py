"""The color camera beside the depth camera."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.rendering import ColorOffset, random_color_offset


def test_pose_of_the_color_camera() -> None:
    pose = ColorOffset((0.02, 0.0, -0.01), (0.0, 90.0, 0.0)).depth_from_color
    np.testing.assert_allclose(pose @ [0, 0, 1, 1], [1.02, 0, -0.01, 1], atol=1e-12)
    np.testing.assert_array_equal(ColorOffset((0, 0, 0)).depth_from_color, np.eye(4))


def test_random_offsets_stay_small() -> None:
    found = [random_color_offset(np.random.default_rng(seed)) for seed in range(50)]
    shifts = np.linalg.norm([one.shift for one in found], axis=1)
    turns = np.linalg.norm([one.turn_deg for one in found], axis=1)
    assert 0.003 <= shifts.min() < 0.008 and 0.02 < shifts.max() <= 0.025
    assert turns.max() <= 1 and turns.max() > 0.8
    assert np.abs([one.shift[0] for one in found]).mean() > 0.75 * shifts.mean()


def test_invalid_offsets_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        ColorOffset((0.0, float("nan"), 0.0))
    assert str(caught.value) == (
        "ColorOffset.shift: expected 3 finite numbers, got (0.0, nan, 0.0)"
    )
