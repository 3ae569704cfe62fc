"""Parts that GLB files of meshes and of splats share: up, placements, extras."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, Instance
from scenewright.io.boxes import instance_record
from scenewright.io.jsonio import plain_json

FORMAT = "scenewright-glb"
VERSION = 1
EXTRAS = "scenewright"
WORLD_NODE = "scene"


def gltf_from_world(up: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The rotation from a world to glTF, where +Y points up.

    Args:
        up: (3,) unit vector against gravity, world frame. None means that the world is the
            first camera (x right, y down, z forward) in level position: -Y is up.

    Returns:
        (4, 4) float64 gltf_from_world, the shortest rotation that takes `up` to +Y. A z-up world
        becomes (x, z, -y), a camera's (x, -y, -z), which is glTF's own camera.
    """
    start = np.array([0.0, -1.0, 0.0]) if up is None else np.asarray(up, np.float64)
    goal = np.array([0.0, 1.0, 0.0])
    matrix = np.eye(4)
    cosine = float(start @ goal)
    if cosine < -1 + 1e-9:
        # Half a turn has no shortest axis; about x, what was ahead of a camera stays ahead.
        matrix[1, 1] = matrix[2, 2] = -1.0
        return matrix
    x, y, z = np.cross(start, goal)
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix[:3, :3] += skew + skew @ skew / (1.0 + cosine)
    return matrix


def scene_extras(up: NDArray[np.float64] | None) -> dict[str, Any]:
    """Extras of a glTF scene: format, version, unit and up."""
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "unit": "metre",
        "up": None if up is None else up.tolist(),
    }
    return {EXTRAS: facts}


def node_extras(row: Instance) -> dict[str, Any]:
    """Extras of a node: id, label and score for other programs, and the whole record."""
    flat = {"instance_id": row.id, "label": row.label, "score": row.score}
    return {**flat, EXTRAS: plain_json(instance_record(row))}


def box_placement(box: Box3D) -> NDArray[np.float64]:
    """(4, 4) world_from_box: center and axes."""
    matrix = np.eye(4)
    matrix[:3, :3] = box.rotation
    matrix[:3, 3] = box.center
    return matrix
