"""Tables and JSON values of mesh measures."""

from __future__ import annotations

import json

from scenewright.metrics import compare_meshes, compare_points, format_meshes, meshes_to_dict
from tests.builders import make_cube


def test_mesh_table_and_values() -> None:
    mesh = compare_meshes(make_cube(), make_cube(), seed=0, num_samples=500, thresholds=(0.02, 1))
    header, _, row = format_meshes({"cube": mesh}).splitlines()
    assert header.split() == (
        "accuracy mm completeness mm Chamfer mm F 2 cm F 100 cm normals".split()
    )
    assert row.split()[0] == "cube" and row.split()[5] == "100.0"
    assert json.loads(json.dumps(meshes_to_dict(mesh), allow_nan=False)) == meshes_to_dict(mesh)


def test_missing_values_are_dashes() -> None:
    near = compare_points([[0, 0, 0.001]], [[0, 0, 0]], thresholds=(0.05,))
    far = compare_points([[0, 0, 1.0]], [[0, 0, 0]], thresholds=(0.1,))
    assert format_meshes({"near": near, "far": far}).splitlines()[2:] == [
        "near         1.00             1.00        1.00   100.0        -        -",
        "far       1000.00          1000.00     1000.00       -      0.0        -",
    ]
