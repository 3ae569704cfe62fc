"""Pictures of worlds: color, depth, normals, ids, silhouettes; and the errors of sensors."""

from scenewright.data.synthetic.rendering.raycast import Renderer, View
from scenewright.data.synthetic.rendering.sensor import DepthSensor, PoseNoise
from scenewright.data.synthetic.rendering.silhouettes import amodal_masks

__all__ = ["DepthSensor", "PoseNoise", "Renderer", "View", "amodal_masks"]
