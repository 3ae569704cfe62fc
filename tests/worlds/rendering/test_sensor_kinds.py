"""Depth sensors by name, and at random."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import UnknownNameError
from scenewright.worlds.rendering import (
    SENSORS,
    DepthSensor,
    LidarSensor,
    Renderer,
    StereoSensor,
    TimeOfFlightSensor,
    make_sensor,
    other_sensor,
    sensor_name,
)
from tests.worlds.rendering_builders import CAMERA, FRONT, small_world
from tests.worlds.sensor_builders import observe


def test_names() -> None:
    assert SENSORS == ("structured-light", "stereo", "tof", "lidar", "exact")
    assert make_sensor("structured-light") == DepthSensor()
    assert make_sensor("exact") is None
    assert [sensor_name(make_sensor(name)) for name in SENSORS] == list(SENSORS)
    with pytest.raises(UnknownNameError) as caught:
        make_sensor("sonar")
    assert str(caught.value) == (
        "There is no depth sensor 'sonar': expected one of "
        "structured-light, stereo, tof, lidar, exact"
    )


@pytest.mark.parametrize("name", SENSORS[:-1])
def test_each_sensor_reads_most_of_a_scene_well(name: str) -> None:
    view = Renderer(small_world()).render(CAMERA, FRONT)
    sensor = make_sensor(name)
    assert sensor is not None
    depth = observe(sensor, view)
    both = (depth > 0) & (view.depth > 0)
    assert depth.dtype == np.float32 and np.isfinite(depth).all() and (depth >= 0).all()
    assert both.sum() > 0.5 * (view.depth > 0).sum()
    assert 1e-4 < np.median(np.abs(depth - view.depth)[both]) < 0.05


def test_random_sensors_are_of_all_other_kinds() -> None:
    found = [other_sensor(np.random.default_rng(seed)) for seed in range(30)]
    assert {type(one) for one in found} == {StereoSensor, TimeOfFlightSensor, LidarSensor}
    assert len(set(found)) == 30
    assert found[3] == other_sensor(np.random.default_rng(3))
