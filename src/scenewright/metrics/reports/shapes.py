"""Tables and JSON values of mesh measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scenewright.metrics.reports.tables import format_fixed, format_percent, format_table
from scenewright.metrics.shapes.meshes import MeshComparison


def format_meshes(results: Mapping[str, MeshComparison]) -> str:
    """A table of accuracy, completeness and Chamfer distance (mm), F-scores and normals (percent).

    Args:
        results: Result of each row by name.
    """
    distances = sorted({d for one in results.values() for d in one.precision})
    header = ("", "accuracy mm", "completeness mm", "Chamfer mm")
    names = tuple(f"F {100 * distance:g} cm" for distance in distances)
    rows = []
    for name, one in results.items():
        lengths = (one.accuracy, one.completeness, one.chamfer)
        scores = [one.f_score.get(distance, math.nan) for distance in distances]
        normals = math.nan if one.normal_consistency is None else one.normal_consistency
        cells = (*(format_fixed(1000 * length, 2) for length in lengths),)
        rows.append((name, *cells, *map(format_percent, scores), format_percent(normals)))
    return format_table((*header, *names, "normals"), rows)


def meshes_to_dict(result: MeshComparison) -> dict[str, Any]:
    """`result` as JSON values, lengths in meters."""
    return {
        "accuracy": result.accuracy,
        "completeness": result.completeness,
        "chamfer": result.chamfer,
        "precision": {f"{key:g}": value for key, value in result.precision.items()},
        "recall": {f"{key:g}": value for key, value in result.recall.items()},
        "f_score": {f"{key:g}": value for key, value in result.f_score.items()},
        "normal_consistency": result.normal_consistency,
    }
