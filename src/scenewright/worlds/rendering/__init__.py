"""Pictures of worlds: color, depth, normals, ids, silhouettes; and the errors of sensors."""

from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.pose_noise import PoseNoise
from scenewright.worlds.rendering.renderer import Renderer, View
from scenewright.worlds.rendering.silhouettes import amodal_masks

__all__ = ["DepthSensor", "PoseNoise", "Renderer", "View", "amodal_masks"]
