"""Images of worlds (color, depth, normals, ids, amodal masks) and the errors of sensors.

- `renderer`: ray casting with Embree; `ray_kernels`, `shading` and `material_table` are its parts.
- `silhouettes`: amodal masks.
- `depth_sensor`, `pose_noise`: simulated errors of depth cameras and of camera tracking.
"""

from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.pose_noise import PoseNoise
from scenewright.worlds.rendering.renderer import Renderer, View
from scenewright.worlds.rendering.silhouettes import amodal_masks

__all__ = ["DepthSensor", "PoseNoise", "Renderer", "View", "amodal_masks"]
