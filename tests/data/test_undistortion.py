"""The cache of undistortion maps."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.data import undistortion
from scenewright.data.undistortion import UndistortionCache
from scenewright.geometry.distortion import Lens, undistortion_map


def lens(k1: float, *, width: int = 16) -> Lens:
    return Lens("OPENCV", (20.0, 20.0), (width / 2, 6.0), (k1, 0.0, 0.0, 0.0), width, 12)


def test_maps_are_computed_once_per_lens() -> None:
    cache = UndistortionCache()
    camera, source = cache.pinhole_and_map(lens(-0.1))
    again = cache.pinhole_and_map(lens(-0.1))
    assert source is not None and source.shape == (12, 16, 2)
    assert again[0] is camera and again[1] is source
    np.testing.assert_array_equal(source, undistortion_map(lens(-0.1), camera))


def test_lenses_without_distortion_need_no_map() -> None:
    camera, source = UndistortionCache().pinhole_and_map(lens(0.0))
    assert source is None and camera.fx == 20.0


def test_the_least_recently_used_maps_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = UndistortionCache()
    size = 12 * 16 * 2 * 4
    monkeypatch.setattr(undistortion, "_BUDGET", 2 * size)
    first = cache.pinhole_and_map(lens(-0.1))[1]
    second = cache.pinhole_and_map(lens(-0.2))[1]
    assert cache.pinhole_and_map(lens(-0.1))[1] is first
    cache.pinhole_and_map(lens(-0.3))
    assert cache.pinhole_and_map(lens(-0.1))[1] is first
    assert cache.pinhole_and_map(lens(-0.2))[1] is not second
