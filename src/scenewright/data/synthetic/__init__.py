"""Worlds made, filmed and labelled by the package itself, with exact truth."""

from scenewright.data.synthetic._noise import sensor_depth
from scenewright.data.synthetic._source import SyntheticRoom
from scenewright.data.synthetic.kinds import KINDS, make_world
from scenewright.data.synthetic.poses import look_at
from scenewright.data.synthetic.rendering.sensor import DepthSensor, PoseNoise

__all__ = [
    "KINDS",
    "DepthSensor",
    "PoseNoise",
    "SyntheticRoom",
    "look_at",
    "make_world",
    "sensor_depth",
]
