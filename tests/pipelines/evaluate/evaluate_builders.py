"""The true objects of the small room of the completion tests, under ids of their own."""

from __future__ import annotations

import numpy as np

from scenewright.core import Asset, Box3D, Instance, InstanceTable, Scene
from tests.completion.completion_builders import BOX_SIZE
from tests.metrics.shapes.test_completion import box


def true_scene() -> Scene:
    """The box and the post as exact meshes."""
    x, y, z = BOX_SIZE
    meshes = {
        11: box(x, y, z, at=(-x / 2, -y / 2, 0)),
        12: box(0.12, 0.12, 0.9, at=(0.24, -0.86, 0)),
    }
    unit = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    rows = [Instance(i, "", 1.0, unit) for i in meshes]
    assets = {i: Asset(mesh, is_whole=True) for i, mesh in meshes.items()}
    return Scene(InstanceTable.from_rows(rows), assets=assets, up=np.array([0.0, 0, 1]))
