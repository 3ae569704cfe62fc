"""The LiDAR of a phone: few dots, filled along the gray levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.rendering.lidar_sensor import LidarSensor
from tests.worlds.rendering_builders import CAMERA
from tests.worlds.sensor_builders import observe, stepped, wall

PERFECT = LidarSensor(dots=40, columns=160, noise=0, drift=0)


def test_walls_and_tilted_planes_are_exact() -> None:
    np.testing.assert_allclose(observe(PERFECT, wall(2.5)), 2.5, rtol=1e-5)
    view = wall(2.0)
    x = (np.arange(160) + 0.5 - CAMERA.cx) / CAMERA.fx
    view.depth[:] = 2 / (1 - 0.3 * x)
    depth = observe(PERFECT, view)
    inner = (slice(12, -12), slice(12, -12))
    np.testing.assert_allclose(depth[inner], view.depth[inner], rtol=0.005)


def test_thin_things_between_the_dots_melt_away() -> None:
    view = wall(2.0)
    view.depth[:, 82] = 1.0  # the dots are in columns 78 and 82: one is hit, the next is not
    missed = wall(2.0)
    missed.depth[:, 80] = 1.0
    columns = np.round(np.linspace(0, 159, 40)).astype(int)
    assert 80 not in columns
    np.testing.assert_allclose(observe(PERFECT, missed), 2.0, rtol=1e-5)


def test_edges_are_rounded_where_colors_are_equal() -> None:
    row = observe(PERFECT, stepped(1.0, 3.0))[60]
    assert (np.diff(row) <= 1e-5).all()
    assert ((row > 1.1) & (row < 2.9)).sum() >= 8
    np.testing.assert_allclose(row[[60, 100]], [3, 1], rtol=1e-4)


def test_colors_sharpen_edges() -> None:
    plain, colored = stepped(1.0, 3.0), stepped(1.0, 3.0)
    colored.image[:, :80] = 20
    between = [
        ((row > 1.2) & (row < 2.6)).sum()
        for row in (observe(PERFECT, view)[60] for view in (plain, colored))
    ]
    assert between[1] < between[0] / 2
    unguided = observe(replace(PERFECT, guidance=0.0), colored)[60]
    assert ((unguided > 1.2) & (unguided < 2.6)).sum() > between[1]


def test_pixels_are_those_of_the_export() -> None:
    sensor = replace(PERFECT, columns=40)
    depth = observe(sensor, stepped(1.0, 3.0))
    assert len(np.unique(depth[60])) <= 40
    changes = np.nonzero(np.diff(depth[60]))[0]
    assert (np.diff(changes) >= 3).all() and len(changes) > 2


def test_noise_is_a_share_of_the_depth() -> None:
    deviation = [
        float((observe(replace(PERFECT, noise=0.02), wall(z)) - z).std()) for z in (1.0, 3.0)
    ]
    assert deviation[1] == pytest.approx(3 * deviation[0], rel=0.05)
    assert 0.002 < deviation[0] < 0.01  # averaged over neighboring dots
    drifted = observe(replace(PERFECT, drift=0.02), wall(2.0))
    assert drifted.std() == pytest.approx(0.04, rel=0.4)


def test_far_surfaces_give_no_reading() -> None:
    depth = observe(PERFECT, stepped(2.0, 6.0))
    assert not depth[:, :70].any() and depth[:, 90:].all()
    assert not observe(PERFECT, wall(0.1)).any()


def test_same_seed_same_reading() -> None:
    view = stepped(1.0, 2.0)
    first = observe(LidarSensor(), view, seed=4)
    np.testing.assert_array_equal(first, observe(LidarSensor(), view, seed=4))
    assert (first != observe(LidarSensor(), view, seed=5)).any()


def test_invalid_sensors_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        LidarSensor(dots=0)
    assert str(caught.value) == "LidarSensor.dots: expected above 0, got 0"
    with pytest.raises(ConventionError) as caught:
        LidarSensor(noise=-1)
    assert str(caught.value) == "LidarSensor.noise: expected 0 or more, got -1"
