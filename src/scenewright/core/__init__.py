"""The data model and its rules. Imports numpy only."""

from scenewright.core.asset import Asset
from scenewright.core.boxes import Box3D
from scenewright.core.camera import Camera
from scenewright.core.clouds import PointCloud
from scenewright.core.errors import (
    CaptureError,
    ConventionError,
    FormatError,
    MissingExtraError,
    OutputError,
    ScenewrightError,
    ShapeError,
    UnknownNameError,
    WeightsError,
)
from scenewright.core.features import FeatureColumn
from scenewright.core.frame import Frame, FrameSource
from scenewright.core.frame_sources import ChosenFrames, FrameList, as_source
from scenewright.core.instance import ROLES, SOURCES, Instance, InstanceTable
from scenewright.core.label_scores import best_label
from scenewright.core.masks import MaskSet
from scenewright.core.mesh import Mesh
from scenewright.core.optional import require
from scenewright.core.palette import instance_color, instance_colors
from scenewright.core.progress import Progress, no_progress
from scenewright.core.relations import Relation, RelationTable
from scenewright.core.scene import Scene, Step
from scenewright.core.state_grid import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.core.surfels import SH_C0, SurfelCloud
from scenewright.core.views import Views

__all__ = [
    "FREE",
    "OCCUPIED",
    "ROLES",
    "SH_C0",
    "SOURCES",
    "UNKNOWN",
    "Asset",
    "Box3D",
    "Camera",
    "CaptureError",
    "ChosenFrames",
    "ConventionError",
    "FeatureColumn",
    "FormatError",
    "Frame",
    "FrameList",
    "FrameSource",
    "Instance",
    "InstanceTable",
    "MaskSet",
    "Mesh",
    "MissingExtraError",
    "OutputError",
    "PointCloud",
    "Progress",
    "Relation",
    "RelationTable",
    "Scene",
    "ScenewrightError",
    "ShapeError",
    "StateGrid",
    "Step",
    "SurfelCloud",
    "UnknownNameError",
    "Views",
    "WeightsError",
    "as_source",
    "best_label",
    "instance_color",
    "instance_colors",
    "no_progress",
    "require",
]
