"""Closed meshes from rings, hulls and triangles."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.worlds.objects import closed_meshes


def test_a_flat_surface_is_refused() -> None:
    with pytest.raises(ConventionError, match="closed_mesh: expected a volume above 0, got 0"):
        closed_meshes.closed_mesh(
            [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)],
            [(0, 1, 2), (2, 1, 3), (2, 1, 0), (3, 1, 2)],
        )
