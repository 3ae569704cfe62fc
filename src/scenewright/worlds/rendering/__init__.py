"""Pictures of worlds: color, depth, normals, ids, silhouettes; and the errors of sensors."""

from scenewright.worlds.rendering.raycast import Renderer, View
from scenewright.worlds.rendering.sensor import DepthSensor, PoseNoise
from scenewright.worlds.rendering.silhouettes import amodal_masks

__all__ = ["DepthSensor", "PoseNoise", "Renderer", "View", "amodal_masks"]
