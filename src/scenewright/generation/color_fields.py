"""Colors at points in space, from decoded Gaussians or from a surface with colors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import SH_C0, ConventionError, SurfelCloud
from scenewright.core.checks import as_array, check_finite
from scenewright.geometry.quaternions import (
    multiply_quaternions,
    quaternion_from_rotation,
    rotation_from_quaternion,
)

if TYPE_CHECKING:
    from scenewright.models.networks.slat_gaussians import GaussianSet

_CHUNK = 1 << 16
_LEAST_OPACITY = 1e-6


class ColorField(Protocol):
    """Anything that has a color at every point near a surface."""

    def colors_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(P, 3) RGB in [0, 1] at (P, 3) points."""


@dataclass(frozen=True, eq=False)
class GaussianColors:
    """Gaussians whose weighted colors are those of the nearby surface.

    A point takes the mean color of its nearest Gaussians. The weights are ``opacity exp(-d^2 / 2)``
    with the distance d in standard deviations, so that no images need to be rendered.

    Attributes:
        centers: (M, 3).
        scales: (M, 3) standard deviations.
        rotations: (M, 4) unit quaternions, (w, x, y, z).
        opacities: (M,) in [0, 1].
        colors: (M, 3) RGB; clipped to [0, 1].
        neighbors: Gaussians per point.
        least_scale: Added to the standard deviations (in squares), so that Gaussians that are
            thinner than the distance between them and the mesh count.

    Raises:
        ShapeError: The arrays have different lengths.
        ConventionError: There are no Gaussians, or a value is not finite.
    """

    centers: NDArray[np.float32]
    scales: NDArray[np.float32]
    rotations: NDArray[np.float32]
    opacities: NDArray[np.float32]
    colors: NDArray[np.float32]
    neighbors: int = 8
    least_scale: float = 1 / 512

    def __post_init__(self) -> None:
        count = len(np.asarray(self.centers))
        if not count:
            raise ConventionError("Gaussians", expected="at least 1", got="none")
        for name, width in (("centers", 3), ("scales", 3), ("rotations", 4), ("colors", 3)):
            self._convert(name, (count, width))
        self._convert("opacities", (count,))

    def _convert(self, name: str, shape: tuple[int, ...]) -> None:
        title = f"Gaussians: {name}"
        array = as_array(title, getattr(self, name), shape=shape, dtype=np.float32)
        check_finite(title, array)
        object.__setattr__(self, name, array)

    @classmethod
    def from_decoded(cls, gaussians: GaussianSet) -> GaussianColors:
        """From what the decoder of structured latents returns."""
        names = ("centers", "scales", "rotations", "opacities", "colors")
        return cls(*(getattr(gaussians, name).detach().float().cpu().numpy() for name in names))

    def colors_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(P, 3) RGB in [0, 1] at (P, 3) points."""
        result = np.empty((len(points), 3))
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            result[part] = self._some_colors(np.asarray(points[part], np.float64))
        return result

    def surfels(self) -> SurfelCloud:
        """The Gaussians without their thinnest axes, for rendering and for files."""
        order = np.argsort(-self.scales, axis=1)
        quats = np.empty((len(order), 4))
        for permutation in np.unique(order, axis=0):
            rows = np.all(order == permutation, axis=1)
            axes = np.eye(3)[:, permutation]
            axes[:, 2] *= np.linalg.det(axes)
            turn = quaternion_from_rotation(axes)[None]
            quats[rows] = multiply_quaternions(self.rotations[rows].astype(np.float64), turn)
        return SurfelCloud(
            means=self.centers,
            quats=quats.astype(np.float32),
            scales=np.take_along_axis(self.scales, order[:, :2], axis=1),
            opacities=np.clip(self.opacities, 0, 1),
            sh=((self.colors - 0.5) / SH_C0).astype(np.float32)[:, None],
        )

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.centers)

    @cached_property
    def _whitening(self) -> NDArray[np.float32]:
        """(M, 3, 3) matrices that turn offsets into standard deviations."""
        axes = rotation_from_quaternion(self.rotations, dtype=np.float32)
        widths = np.sqrt(self.scales**2 + np.float32(self.least_scale) ** 2)
        whitening: NDArray[np.float32] = axes.transpose(0, 2, 1) / widths[:, :, None]
        return whitening

    def _some_colors(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        count = min(self.neighbors, len(self.centers))
        _, nearest = self._tree.query(points, k=count, workers=get_num_threads())
        opacity = np.log(np.maximum(self.opacities, _LEAST_OPACITY)).astype(np.float64)
        return _mixed(
            points, nearest.reshape(len(points), count), self.centers, self._whitening, opacity,
            np.clip(self.colors, 0, 1),
        )  # fmt: skip


@njit(cache=True, parallel=True)
def _mixed(
    points: NDArray[np.float64],
    nearest: NDArray[np.int64],
    centers: NDArray[np.float32],
    whitening: NDArray[np.float32],
    log_opacity: NDArray[np.float64],
    colors: NDArray[np.float32],
) -> NDArray[np.float64]:
    """(P, 3) mean colors of Gaussians, weighted by their densities at each point.

    Args:
        points: (P, 3).
        nearest: (P, K) numbers of the Gaussians that count at each point.
        centers: (M, 3).
        whitening: (M, 3, 3) matrices that turn offsets into standard deviations.
        log_opacity: (M,) natural logarithms.
        colors: (M, 3).
    """
    count = nearest.shape[1]
    result = np.empty((len(points), 3))
    for p in prange(len(points)):
        exponent = np.empty(count)
        most = -np.inf
        for k in range(count):
            n = nearest[p, k]
            x = points[p, 0] - centers[n, 0]
            y = points[p, 1] - centers[n, 1]
            z = points[p, 2] - centers[n, 2]
            squared = 0.0
            for i in range(3):
                w = whitening[n, i]
                squared += (w[0] * x + w[1] * y + w[2] * z) ** 2
            exponent[k] = log_opacity[n] - 0.5 * squared
            most = max(most, exponent[k])
        red, green, blue, total = 0.0, 0.0, 0.0, 0.0
        for k in range(count):
            n, weight = nearest[p, k], np.exp(exponent[k] - most)
            red += weight * colors[n, 0]
            green += weight * colors[n, 1]
            blue += weight * colors[n, 2]
            total += weight
        result[p, 0], result[p, 1], result[p, 2] = red / total, green / total, blue / total
    return result


@dataclass(frozen=True, eq=False)
class VertexColors:
    """The colors of a surface with many vertices: a point takes those of its nearest vertices.

    Attributes:
        vertices: (V, 3).
        colors: (V, 3) RGB in [0, 1].
        neighbors: Vertices per point, weighted by the inverse of their squared distance.

    Raises:
        ShapeError: The arrays have different lengths.
        ConventionError: There are no vertices, or a value is not finite.
    """

    vertices: NDArray[np.float64]
    colors: NDArray[np.float64]
    neighbors: int = 3

    def __post_init__(self) -> None:
        count = len(np.asarray(self.vertices))
        if not count:
            raise ConventionError("Vertices with colors", expected="at least 1", got="none")
        for name in ("vertices", "colors"):
            title = f"Vertices with colors: {name}"
            array = as_array(title, getattr(self, name), shape=(count, 3), dtype=np.float64)
            check_finite(title, array)
            object.__setattr__(self, name, array)

    def colors_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(P, 3) RGB in [0, 1] at (P, 3) points."""
        count = min(self.neighbors, len(self.vertices))
        distances, nearest = self._tree.query(points, k=count, workers=get_num_threads())
        shape = (len(points), count)
        distances, nearest = distances.reshape(shape), nearest.reshape(shape)
        weights = 1 / np.maximum(distances, 1e-9) ** 2
        weights /= weights.sum(axis=1, keepdims=True)
        mixed: NDArray[np.float64] = np.einsum("pk,pkc->pc", weights, self.colors[nearest])
        return np.clip(mixed, 0, 1)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.vertices)
