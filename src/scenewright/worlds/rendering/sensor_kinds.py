"""The kinds of depth sensors by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenewright.core import UnknownNameError
from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.lidar_sensor import LidarSensor
from scenewright.worlds.rendering.sensor_effects import DepthCamera
from scenewright.worlds.rendering.stereo_sensor import StereoSensor
from scenewright.worlds.rendering.tof_sensor import TimeOfFlightSensor

_MAKERS: dict[str, Callable[[], DepthCamera | None]] = {
    "structured-light": DepthSensor,
    "stereo": StereoSensor,
    "tof": TimeOfFlightSensor,
    "lidar": LidarSensor,
    "exact": lambda: None,
}
SENSORS = tuple(_MAKERS)
"""Names that `make_sensor` accepts."""


def make_sensor(name: str) -> DepthCamera | None:
    """The sensor of a name with its usual errors; None for ``"exact"``.

    Args:
        name: One of `SENSORS`: ``"structured-light"`` (Kinect v1), ``"stereo"`` (RealSense),
            ``"tof"`` (time of flight: Kinect v2, Azure Kinect), ``"lidar"`` (phones), ``"exact"``.

    Raises:
        UnknownNameError: There is no such sensor.
    """
    if name not in _MAKERS:
        raise UnknownNameError(
            f"There is no depth sensor '{name}'", expected=f"one of {', '.join(SENSORS)}"
        )
    return _MAKERS[name]()


def sensor_name(sensor: DepthCamera | None) -> str:
    """The name of a sensor's kind; the name of its class if it is none of `SENSORS`."""
    if sensor is None:
        return "exact"
    names = [name for name, maker in _MAKERS.items() if maker is type(sensor)]
    return names[0] if names else type(sensor).__name__


def other_sensor(rng: np.random.Generator) -> DepthCamera:
    """A stereo, time-of-flight or LiDAR camera of random quality, from very good to poor."""
    kind = rng.integers(3)
    if kind == 0:
        return StereoSensor(
            baseline=float(rng.uniform(0.04, 0.12)),
            window=float(rng.uniform(5, 15)),
            noise=_between(rng, 0.03, 0.2),
            disparity_step=float(rng.choice([0.0, 1 / 32, 1 / 16, 1 / 8])),
            fattening=float(rng.uniform(0.2, 1.0)),
            least_contrast=_between(rng, 0.004, 0.025),
            projector=float(rng.choice([0.0, 1.0, 1.0])) * _between(rng, 0.02, 0.2),
            loss=float(rng.uniform(0.1, 0.9)),
            wobble=_between(rng, 0.1, 1.5),
        )
    if kind == 1:
        return TimeOfFlightSensor(
            noise=_between(rng, 0.0004, 0.003),
            wiggle=float(rng.uniform(0.0, 0.008)),
            wiggle_period=float(rng.uniform(0.25, 0.9)),
            flying=float(rng.uniform(0.05, 0.8)),
            edge_loss=float(rng.uniform(0.0, 0.5)),
            least_signal=_between(rng, 0.0004, 0.005),
            max_depth=float(rng.choice([3.9, 5.5, 8.0])),
        )
    return LidarSensor(
        dots=float(rng.uniform(64, 160)),
        noise=_between(rng, 0.001, 0.01),
        drift=_between(rng, 0.001, 0.006),
        guidance=float(rng.uniform(0.0, 1.0)),
    )


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two others, with even logarithms."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
