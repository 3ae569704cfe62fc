"""Images of worlds (color, depth, normals, ids, amodal masks) and the errors of sensors.

- `renderer`: ray casting with Embree; `ray_kernels`, `shading` and `material_table` are its parts.
- `silhouettes`: amodal masks.
- `lighting`: harder light and surfaces.
- `sensor_kinds`: depth cameras by name: `depth_sensor` (structured light), `stereo_sensor`,
  `tof_sensor` (time of flight), `lidar_sensor`; `sensor_effects` is what they share.
- `pose_noise`, `color_offset`: errors of camera tracking, and of a color camera beside the other.
"""

from scenewright.worlds.rendering.color_offset import ColorOffset, random_color_offset
from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.lidar_sensor import LidarSensor
from scenewright.worlds.rendering.lighting import Lighting, random_lighting
from scenewright.worlds.rendering.pose_noise import PoseNoise
from scenewright.worlds.rendering.renderer import Renderer, View
from scenewright.worlds.rendering.sensor_effects import DepthCamera
from scenewright.worlds.rendering.sensor_kinds import (
    SENSORS,
    make_sensor,
    other_sensor,
    sensor_name,
)
from scenewright.worlds.rendering.silhouettes import amodal_masks
from scenewright.worlds.rendering.stereo_sensor import StereoSensor
from scenewright.worlds.rendering.tof_sensor import TimeOfFlightSensor

__all__ = [
    "SENSORS",
    "ColorOffset",
    "DepthCamera",
    "DepthSensor",
    "LidarSensor",
    "Lighting",
    "PoseNoise",
    "Renderer",
    "StereoSensor",
    "TimeOfFlightSensor",
    "View",
    "amodal_masks",
    "make_sensor",
    "other_sensor",
    "random_color_offset",
    "random_lighting",
    "sensor_name",
]
