"""Compares the surface of a run with the true surface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenewright.core import ConventionError, FormatError, Mesh
from scenewright.io import read_glb_mesh, read_ply_mesh, read_ply_points
from scenewright.io.ply import read_ply_header
from scenewright.metrics import compare_meshes, compare_points, sample_surface
from scenewright.metrics.shapes.meshes import NUM_SAMPLES
from scenewright.pipelines.evaluate.splats import SplatEvaluation, run_stages


def evaluate_mesh(
    run: str | Path, truth: str | Path, *, threshold: float = 0.02, seed: int = 0
) -> SplatEvaluation:
    """Compares the surface of a run with the true one, in the same world frame.

    Args:
        run: A run that holds ``mesh.ply``, or a mesh (`.ply`, `.glb`).
        truth: A mesh (`.ply`, `.glb`) or points on the true surface (`.ply`).
        threshold: Distance threshold of the F-score, meters.
        seed: Random seed of the samples on the surfaces.

    Raises:
        FormatError: A file is missing or contains no mesh.
    """
    path = Path(run)
    mesh = _read_mesh(path / "mesh.ply" if path.is_dir() else path)
    target = Path(truth)
    if target.is_dir():
        target = target / "gt_points.ply"
    if not target.is_file():
        raise FormatError(f"{target}", expected="a mesh or points", got="no such file")
    options: dict[str, Any] = {"thresholds": (threshold,)}
    if _is_mesh(target):
        result = compare_meshes(mesh, _read_mesh(target), seed=seed, **options)
        return SplatEvaluation(meshes={"mesh": result}, stages=run_stages(path))
    cloud = read_ply_points(target)
    points, normals = sample_surface(mesh, NUM_SAMPLES, seed=seed)
    result = compare_points(
        points,
        cloud.points,
        normals=None if cloud.normals is None else normals,
        truth_normals=cloud.normals,
        **options,
    )
    return SplatEvaluation(meshes={"mesh": result}, stages=run_stages(path))


def _is_mesh(path: Path) -> bool:
    if path.suffix.lower() != ".ply":
        return True
    header = read_ply_header(path)
    return any(element.name == "face" and element.count for element in header.elements)


def _read_mesh(path: Path) -> Mesh:
    if not path.is_file():
        raise FormatError(
            f"{path}",
            expected="a mesh (.ply or .glb), or a run with mesh.ply",
            got="no such file",
        )
    if path.suffix.lower() == ".ply":
        if not _is_mesh(path):
            raise FormatError(f"{path}", expected="triangles", got="points only")
        return read_ply_mesh(path)
    if path.suffix.lower() == ".glb":
        return read_glb_mesh(path)
    raise ConventionError("Mesh file", expected=".ply or .glb", got=path.name)
