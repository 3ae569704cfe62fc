"""Floor, walls and ceiling among the objects: large planes with the right direction and place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.graph import RegionGraph

__all__ = ["find_roles"]


def find_roles(graph: RegionGraph, object_of: NDArray[np.int32]) -> tuple[str, ...]:
    """The role of each object, one of `core.ROLES`."""
    return ("object",) * (int(object_of.max(initial=-1)) + 1)
