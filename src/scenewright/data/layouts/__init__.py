"""The layouts of captures that can be read, one module each."""

from __future__ import annotations

from scenewright.data.layouts import (
    apc,
    arkitscenes,
    colmap,
    nerfstudio,
    plain,
    polycam,
    record3d,
    replica,
    rtabmap,
    scannet,
    scenenn,
    seven_scenes,
    stray,
    sun3d,
    tum,
)
from scenewright.data.layouts.base import Layout

LAYOUTS: tuple[Layout, ...] = (
    apc.LAYOUT,
    seven_scenes.LAYOUT,
    scannet.LAYOUT,
    arkitscenes.LAYOUT,
    sun3d.LAYOUT,
    scenenn.LAYOUT,
    tum.LAYOUT,
    replica.LAYOUT,
    stray.LAYOUT,
    polycam.LAYOUT,
    record3d.LAYOUT,
    rtabmap.LAYOUT,
    nerfstudio.LAYOUT,
    colmap.LAYOUT,
    plain.LAYOUT,
)
"""All layouts in the order in which they are tried: the more specific ones first."""

__all__ = ["LAYOUTS", "Layout"]
