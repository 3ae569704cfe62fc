"""Meshes without floaters."""

from __future__ import annotations

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import Mesh
from scenewright.splats.meshing import (
    largest_parts,
)


@given(st.integers(1, 6), st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_as_many_parts_stay_as_there_are_and_no_more_than_asked_for(have: int, ask: int) -> None:
    parts = [trimesh.creation.icosphere(1, radius=0.1 * (i + 1)) for i in range(have)]
    for i, part in enumerate(parts):
        part.apply_translation((3.0 * i, 0, 0))
    bits = [(part, part.faces[: 80 - 10 * i]) for i, part in enumerate(parts)]
    first = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([f + first[i] for i, (_, f) in enumerate(bits)])
    flat = np.array([[0, 0, 1]])  # a triangle without area
    mesh = Mesh(
        np.concatenate([part.vertices for part in parts]).astype(np.float32),
        np.concatenate([faces, flat]).astype(np.int32),
    )
    clean = largest_parts(mesh, most_parts=ask, least_faces=45)
    expected = sum(80 - 10 * i for i in range(min(have, ask)) if 80 - 10 * i >= 45)
    assert len(clean.faces) == expected
    assert np.array_equal(np.unique(clean.faces), np.arange(len(clean.vertices)))


def test_mesh_without_any_part_large_enough_is_empty() -> None:
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
    assert len(largest_parts(mesh).faces) == 0
    assert len(largest_parts(Mesh(mesh.vertices, mesh.faces[:0])).vertices) == 0
