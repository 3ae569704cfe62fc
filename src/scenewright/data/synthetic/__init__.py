"""A furnished room made, filmed and labelled by the package itself, with exact truth."""

from scenewright.data.synthetic._noise import sensor_depth
from scenewright.data.synthetic._path import look_at
from scenewright.data.synthetic._source import SyntheticRoom

__all__ = ["SyntheticRoom", "look_at", "sensor_depth"]
