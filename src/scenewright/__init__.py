"""Scenewright: a capture of a place becomes a scene of whole, separate objects.

```
import scenewright as sw

scene = sw.segment("my-capture/")
sw.save(scene, "room.glb")
```

Names are imported when they are first used, so that ``import scenewright`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenewright import (
        core,
        data,
        fusion,
        geometry,
        io,
        metrics,
        models,
        pipelines,
        splats,
        worlds,
    )
    from scenewright.core import (
        Asset,
        Box3D,
        Camera,
        Frame,
        FrameList,
        FrameSource,
        Instance,
        InstanceTable,
        MaskSet,
        Mesh,
        PointCloud,
        Scene,
        ScenewrightError,
        SurfelCloud,
        Views,
    )
    from scenewright.data import Capture, check_capture, open_capture
    from scenewright.fusion import (
        FusionConfig,
        OnlineAnySegConfig,
        OnlineSegmenter,
        Update,
        VoteConfig,
    )
    from scenewright.io import load_scene, save
    from scenewright.pipelines import (
        decompose,
        decompose_run,
        draw_preview,
        evaluate,
        fit_splats,
        fit_splats_run,
        render_run,
        segment,
        segment_batch,
        segment_run,
    )
    from scenewright.splats.decomposition import ClusterConfig, PublishedConfig
    from scenewright.splats.fitting import FitConfig
    from scenewright.worlds import SyntheticCapture, film_room, film_world, make_world
    from scenewright.worlds.writing import write_capture

from scenewright._version import __version__

__all__ = [
    "Asset",
    "Box3D",
    "Camera",
    "Capture",
    "ClusterConfig",
    "FitConfig",
    "Frame",
    "FrameList",
    "FrameSource",
    "FusionConfig",
    "Instance",
    "InstanceTable",
    "MaskSet",
    "Mesh",
    "OnlineAnySegConfig",
    "OnlineSegmenter",
    "PointCloud",
    "PublishedConfig",
    "Scene",
    "ScenewrightError",
    "SurfelCloud",
    "SyntheticCapture",
    "Update",
    "Views",
    "VoteConfig",
    "__version__",
    "check_capture",
    "core",
    "data",
    "decompose",
    "decompose_run",
    "draw_preview",
    "evaluate",
    "film_room",
    "film_world",
    "fit_splats",
    "fit_splats_run",
    "fusion",
    "geometry",
    "io",
    "load_scene",
    "make_world",
    "metrics",
    "models",
    "open_capture",
    "pipelines",
    "render_run",
    "save",
    "segment",
    "segment_batch",
    "segment_run",
    "splats",
    "worlds",
    "write_capture",
]

_PACKAGES = (
    "core",
    "data",
    "fusion",
    "geometry",
    "io",
    "metrics",
    "models",
    "pipelines",
    "splats",
    "worlds",
)
_HOMES = {
    "core": (
        "Asset", "Box3D", "Camera", "Frame", "FrameList", "FrameSource", "Instance",
        "InstanceTable", "MaskSet", "Mesh", "PointCloud", "Scene", "ScenewrightError",
        "SurfelCloud", "Views",
    ),
    "data": ("Capture", "check_capture", "open_capture"),
    "worlds": ("SyntheticCapture", "film_room", "film_world", "make_world"),
    "worlds.writing": ("write_capture",),
    "fusion": ("FusionConfig", "OnlineAnySegConfig", "OnlineSegmenter", "Update", "VoteConfig"),
    "io": ("load_scene", "save"),
    "pipelines": (
        "decompose", "decompose_run", "draw_preview", "evaluate", "fit_splats", "fit_splats_run",
        "render_run", "segment", "segment_batch", "segment_run",
    ),
    "splats.fitting": ("FitConfig",),
    "splats.decomposition": ("ClusterConfig", "PublishedConfig"),
}  # fmt: skip
"""Package that each public name lives in."""


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used."""
    if name in _PACKAGES:
        return importlib.import_module(f"scenewright.{name}")
    for package, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"scenewright.{package}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'scenewright' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
