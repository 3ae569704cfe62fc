"""What is known of the surface of each object of a scene: points and their colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Scene

Cloud = tuple[NDArray[np.float64], NDArray[np.uint8] | None]
"""(N, 3) points, and their (N, 3) colors or None."""


def object_clouds(scene: Scene, frame: NDArray[np.float64]) -> dict[int, Cloud]:
    """Points and colors of each instance by id: its points, else its surfels or its mesh.

    Args:
        scene: Any scene.
        frame: (3, 3) columns are the axes in which points are returned.
    """
    found: dict[int, Cloud] = {}
    for number, asset in scene.assets.items():
        if asset.mesh is not None:
            places = asset.world_vertices() @ frame
            found[number] = (places, asset.mesh.colors_at_vertices())
    if scene.surfels is not None and scene.surfels.instance_id is not None:
        surfels = scene.surfels
        assert surfels.instance_id is not None
        found |= _split(surfels.instance_id, surfels.means @ frame, surfels.base_colors())
    cloud = scene.points
    if cloud is not None and cloud.instance_id is not None:
        found |= _split(cloud.instance_id, cloud.points @ frame, cloud.colors)
    return found


def _split(
    ids: NDArray[np.int32], points: NDArray[np.floating], colors: NDArray[np.uint8] | None
) -> dict[int, Cloud]:
    order = np.argsort(ids, kind="stable")
    numbers, first = np.unique(ids[order], return_index=True)
    return {
        int(number): (
            points[rows].astype(np.float64), None if colors is None else colors[rows]
        )
        for number, rows in zip(numbers, np.split(order, first[1:]), strict=True)
        if number > 0
    }  # fmt: skip
