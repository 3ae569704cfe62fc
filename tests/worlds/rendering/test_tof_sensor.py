"""The time-of-flight camera: noise, wiggling, flying pixels, weak signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.rendering.tof_sensor import TimeOfFlightSensor
from tests.worlds.rendering_builders import CAMERA
from tests.worlds.sensor_builders import observe, stepped, wall

PERFECT = TimeOfFlightSensor(noise=0, wiggle=0, flying=0, edge_loss=0, least_signal=0)
MIDDLE = (slice(50, 70), slice(70, 90))
"""Pixels whose rays are nearly perpendicular to a wall."""


def test_a_perfect_sensor_reports_the_truth() -> None:
    np.testing.assert_allclose(observe(PERFECT, wall(2.5)), 2.5, rtol=1e-5)


@pytest.mark.parametrize(("distance", "gray"), [(1.0, 255), (3.0, 255), (2.0, 100)])
def test_noise_follows_the_returning_light(distance: float, gray: int) -> None:
    sensor = replace(PERFECT, noise=0.002)
    errors = observe(sensor, wall(distance, gray=gray))[MIDDLE] - distance
    expected = 0.002 * distance / np.sqrt((gray / 255) ** 2.2)
    assert errors.std() == pytest.approx(expected, rel=0.15)


def test_wiggling_is_periodic_in_the_distance() -> None:
    sensor = replace(PERFECT, wiggle=0.01, wiggle_period=0.4)
    center = [float(observe(sensor, wall(z))[60, 80]) - z for z in (2.0, 2.1, 2.2, 2.3, 2.4)]
    np.testing.assert_allclose(center, [0, 0.01, 0, -0.01, 0], atol=5e-4)


def test_edges_fly_between_front_and_back() -> None:
    depth = observe(replace(PERFECT, flying=1.0), stepped(1.0, 3.0))
    edge = depth[:, 79:81]
    assert (edge >= 1).all() and (edge <= 3).all() and 1.8 < edge.mean() < 2.2
    assert ((edge > 1.2) & (edge < 2.8)).mean() > 0.7
    np.testing.assert_allclose(depth[:, :79], 3, rtol=1e-5)
    np.testing.assert_allclose(depth[:, 81:], 1, rtol=1e-5)


def test_a_share_of_the_edges_is_lost() -> None:
    lost = observe(replace(PERFECT, edge_loss=0.4), stepped(1.0, 3.0)) == 0
    assert lost[:, 79:81].mean() == pytest.approx(0.4, abs=0.1)
    assert not lost[:, :79].any() and not lost[:, 81:].any()


def test_dark_and_far_surfaces_are_lost() -> None:
    sensor = replace(PERFECT, least_signal=0.01, max_depth=20)
    # The limit varies by a factor of 2 both ways: signals of 0.004 and of 0.025.
    assert not observe(sensor, wall(16.0, gray=255)).any()
    assert observe(sensor, wall(5.0, gray=255))[MIDDLE].all()
    assert not observe(sensor, wall(2.0, gray=20)).any()


def test_grazing_surfaces_are_lost() -> None:
    view = wall(2.0, gray=255)
    view.depth[:] = 2 + 0.4 * np.arange(160, dtype=np.float32)
    sensor = replace(PERFECT, least_signal=0.02, max_depth=100)
    assert not observe(sensor, view)[:, 1:7].any()
    assert observe(sensor, wall(2.0, gray=255)).all()


def test_readings_outside_the_range_are_lost() -> None:
    assert not observe(PERFECT, wall(0.3)).any() and not observe(PERFECT, wall(5.6)).any()


def test_same_seed_same_reading() -> None:
    view, sensor = stepped(1.0, 2.0), TimeOfFlightSensor()
    first = observe(sensor, view, seed=4)
    np.testing.assert_array_equal(first, observe(sensor, view, seed=4))
    assert (first != observe(sensor, view, seed=5)).any()
    assert first.shape == (CAMERA.height, CAMERA.width) and first.dtype == np.float32


def test_invalid_sensors_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        TimeOfFlightSensor(flying=-0.1)
    assert str(caught.value) == "TimeOfFlightSensor.flying: expected 0 to 1, got -0.1"
    with pytest.raises(ConventionError) as caught:
        TimeOfFlightSensor(wiggle_period=0)
    assert str(caught.value) == "TimeOfFlightSensor.wiggle_period: expected above 0, got 0"
