"""Worlds made, filmed and labelled by the package itself, with exact truth."""

from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.trajectories import TRAJECTORIES, plan_trajectory
from scenewright.worlds.cameras.viewpoints import Viewpoint, ViewRange, single_view
from scenewright.worlds.film import SyntheticCapture, film_room, film_world
from scenewright.worlds.kinds import KINDS, make_world
from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.pose_noise import PoseNoise
from scenewright.worlds.rendering.renderer import Renderer, View

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
