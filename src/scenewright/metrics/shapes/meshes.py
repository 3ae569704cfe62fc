"""Meshes against the true ones: Chamfer distance, F-score, consistency of normals.

Both surfaces are sampled uniformly by area, and each sample is compared with the nearest sample of
the other surface. The spacing of the samples limits the precision: with n samples on an area A the
distance between equal surfaces is about ``0.5 sqrt(A / n)``, not 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from scenewright.core import ConventionError, Mesh, ShapeError
from scenewright.core.checks import as_array, check_finite

NUM_SAMPLES: Final = 100_000
THRESHOLDS: Final = (0.02,)
"""Meters."""


@dataclass(frozen=True)
class MeshComparison:
    """Agreement of a predicted surface with the true one.

    Attributes:
        accuracy: Mean distance from predicted to true samples, meters.
        completeness: Mean distance from true to predicted samples, meters.
        precision: Share of predicted samples within a distance of the truth, by distance (meters).
        recall: Share of true samples within a distance of the prediction, by distance (meters).
        normal_consistency: Mean of |n . n'| over the nearest pairs, averaged over both
            directions, 0 to 1; None if either surface has no normals.
    """

    accuracy: float
    completeness: float
    precision: Mapping[float, float]
    recall: Mapping[float, float]
    normal_consistency: float | None

    @property
    def chamfer(self) -> float:
        """Mean of `accuracy` and `completeness`, meters (L1, not squared)."""
        return (self.accuracy + self.completeness) / 2

    @property
    def f_score(self) -> dict[float, float]:
        """Harmonic mean of precision and recall, by distance; 0 where both are 0."""
        return {
            distance: 2 * p * self.recall[distance] / max(p + self.recall[distance], 1e-300)
            for distance, p in self.precision.items()
        }


def compare_meshes(
    predicted: Mesh,
    truth: Mesh,
    *,
    seed: int,
    num_samples: int = NUM_SAMPLES,
    thresholds: Sequence[float] = THRESHOLDS,
) -> MeshComparison:
    """Compares two triangle meshes in the same frame.

    Args:
        predicted: Meters.
        truth: Meters.
        seed: Random seed of the samples.
        num_samples: Samples on each surface.
        thresholds: Distances of the F-score, meters.

    Raises:
        ConventionError: A mesh has no area.
    """
    samples, predicted_normals = sample_surface(
        predicted, num_samples, seed=seed, name="predicted mesh"
    )
    # Equal meshes must get different samples, or their distance would be 0.
    true_samples, true_normals = sample_surface(truth, num_samples, seed=seed + 1, name="true mesh")
    return compare_points(
        samples,
        true_samples,
        normals=predicted_normals,
        truth_normals=true_normals,
        thresholds=thresholds,
    )


def compare_points(
    predicted: ArrayLike,
    truth: ArrayLike,
    *,
    normals: ArrayLike | None = None,
    truth_normals: ArrayLike | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> MeshComparison:
    """Compares two clouds of points on surfaces.

    Args:
        predicted: (N, 3) meters, at least one.
        truth: (M, 3) meters, at least one.
        normals: (N, 3) unit normals; the sign does not matter.
        truth_normals: (M, 3).
        thresholds: Distances of the F-score, meters.

    Raises:
        ShapeError: A cloud is empty, or normals do not match their points.
        ConventionError: A threshold is not above 0, or a value is not finite.
    """
    samples, true_samples = _points("predicted points", predicted), _points("true points", truth)
    for distance in thresholds:
        if not distance > 0:
            raise ConventionError("threshold", expected="above 0 m", got=f"{distance:g} m")
    to_truth, nearest_truth = KDTree(true_samples).query(samples)
    to_predicted, nearest_predicted = KDTree(samples).query(true_samples)
    consistency = None
    if normals is not None and truth_normals is not None:
        ours = as_array("normals", normals, shape=samples.shape, dtype=np.float64)
        theirs = as_array(
            "truth_normals", truth_normals, shape=true_samples.shape, dtype=np.float64
        )
        forward = np.abs((ours * theirs[nearest_truth]).sum(axis=1)).mean()
        backward = np.abs((theirs * ours[nearest_predicted]).sum(axis=1)).mean()
        consistency = float(forward + backward) / 2
    return MeshComparison(
        float(to_truth.mean()),
        float(to_predicted.mean()),
        {distance: float((to_truth <= distance).mean()) for distance in thresholds},
        {distance: float((to_predicted <= distance).mean()) for distance in thresholds},
        consistency,
    )


def sample_surface(
    mesh: Mesh, count: int, *, seed: int, name: str = "mesh"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples points uniformly over the area of a mesh.

    Args:
        mesh: Meters.
        count: Number of points.
        seed: Random seed.
        name: Name of the mesh in errors.

    Returns:
        (count, 3) points and (count, 3) unit normals of their triangles.

    Raises:
        ConventionError: The mesh has no area.
    """
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    edge_a, edge_b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normals = np.cross(edge_a, edge_b)
    doubled = np.linalg.norm(normals, axis=1)
    if not doubled.sum() > 0:
        got = f"{len(mesh.faces)} triangles without any"
        raise ConventionError(name, expected="triangles with an area", got=got)
    random = np.random.default_rng(seed)
    # Stratified positions along the cumulative area: each triangle gets its share of samples to
    # within one.
    steps = (np.arange(count) + random.random(count)) / max(count, 1) * doubled.sum()
    chosen = np.minimum(np.searchsorted(np.cumsum(doubled), steps, "right"), len(doubled) - 1)
    u, v = random.random((2, count))
    outside = u + v > 1
    u, v = np.where(outside, 1 - u, u), np.where(outside, 1 - v, v)
    points = corners[chosen, 0] + u[:, None] * edge_a[chosen] + v[:, None] * edge_b[chosen]
    return points, normals[chosen] / np.maximum(doubled[chosen, None], 1e-300)


def _points(name: str, value: ArrayLike) -> NDArray[np.float64]:
    points: NDArray[np.float64] = as_array(name, value, shape=(None, 3), dtype=np.float64)
    if not len(points):
        raise ShapeError(name, expected="at least one", got="none")
    check_finite(name, points)
    return points
