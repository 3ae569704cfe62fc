"""Surfaces against true meshes and points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, FormatError, PointCloud
from scenewright.io import write_glb_mesh, write_ply_mesh, write_ply_points
from scenewright.pipelines.evaluate.meshes import evaluate_mesh
from tests.builders import make_cube


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    """A run folder in all but the report, with the mesh of a cube."""
    (tmp_path / "run").mkdir()
    write_ply_mesh(tmp_path / "run" / "mesh.ply", make_cube())
    return tmp_path / "run"


def test_a_mesh_is_compared_with_a_mesh(cube: Path, tmp_path: Path) -> None:
    mesh = make_cube()
    lifted = mesh.vertices + np.array([0, 0, 0.3], np.float32)
    write_glb_mesh(tmp_path / "moved.glb", replace(mesh, vertices=lifted))
    same = evaluate_mesh(cube, cube / "mesh.ply").meshes["mesh"]
    moved = evaluate_mesh(cube / "mesh.ply", tmp_path / "moved.glb", threshold=0.1).meshes["mesh"]
    assert same.chamfer < 0.01 and same.f_score[0.02] > 0.5
    assert moved.chamfer > 0.05 and list(moved.f_score) == [0.1]
    assert same.normal_consistency is not None


def test_a_mesh_is_compared_with_points(cube: Path, tmp_path: Path) -> None:
    write_ply_points(tmp_path / "gt_points.ply", PointCloud(make_cube().vertices))
    result = evaluate_mesh(cube, tmp_path, threshold=0.1).meshes["mesh"]
    # The corners lie on the surface, but most of the surface is far from any corner.
    assert result.recall[0.1] > 0.9 and result.precision[0.1] < 0.2
    assert result.normal_consistency is None


def test_files_that_are_no_meshes(cube: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"gt_points\.ply: expected a mesh or points"):
        evaluate_mesh(cube, tmp_path)
    write_ply_points(tmp_path / "points.ply", PointCloud(np.zeros((3, 3), np.float32)))
    with pytest.raises(FormatError, match="expected triangles, got points only"):
        evaluate_mesh(tmp_path / "points.ply", cube / "mesh.ply")
    with pytest.raises(FormatError, match=r"or a run with mesh\.ply, got no such file"):
        evaluate_mesh(tmp_path, cube / "mesh.ply")
    (tmp_path / "mesh.obj").write_text("")
    with pytest.raises(ConventionError, match=r"expected \.ply or \.glb, got mesh\.obj"):
        evaluate_mesh(tmp_path / "mesh.obj", cube / "mesh.ply")
