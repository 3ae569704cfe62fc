"""Worlds made, filmed and labelled by the package itself, with exact truth."""

from scenewright.data.synthetic.film import SyntheticCapture, film_room, film_world
from scenewright.data.synthetic.kinds import KINDS, make_world
from scenewright.data.synthetic.poses import look_at
from scenewright.data.synthetic.probing import Probe
from scenewright.data.synthetic.rendering.raycast import Renderer, View
from scenewright.data.synthetic.rendering.sensor import DepthSensor, PoseNoise
from scenewright.data.synthetic.trajectories import TRAJECTORIES, plan_trajectory
from scenewright.data.synthetic.viewpoints import Viewpoint, ViewRange, single_view

__all__ = [
    "KINDS",
    "TRAJECTORIES",
    "DepthSensor",
    "PoseNoise",
    "Probe",
    "Renderer",
    "SyntheticCapture",
    "View",
    "ViewRange",
    "Viewpoint",
    "film_room",
    "film_world",
    "look_at",
    "make_world",
    "plan_trajectory",
    "single_view",
]
