"""Surfels as unconstrained parameters, for the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from scenewright.core import ConventionError, SurfelCloud
from scenewright.splats.rasterizer.arrays import SurfelArrays

_LEAST_OPACITY = 1e-4
"""Opacities are clipped to between this and 1 minus this before their logits are taken."""
NAMES = ("means", "log_scales", "quats", "logits", "sh")


@dataclass(frozen=True, eq=False)
class RawSurfels:
    """Free parameters of surfels; the arrays are changed in place by the optimizer.

    Attributes:
        means: (N, 3) float32 centers, world frame.
        log_scales: (N, 2) float32 logarithms of the scales.
        quats: (N, 4) float32 (w, x, y, z), of any length above 0.
        logits: (N, 1) float32 logits of the opacities.
        sh: (N, K, 3) float32 spherical harmonics.
    """

    means: NDArray[np.float32]
    log_scales: NDArray[np.float32]
    quats: NDArray[np.float32]
    logits: NDArray[np.float32]
    sh: NDArray[np.float32]

    @classmethod
    def of(cls, surfels: SurfelCloud, *, sh_degree: int) -> RawSurfels:
        """The parameters of a cloud, copied; harmonics are truncated or padded with zeros."""
        if not len(surfels):
            raise ConventionError("Surfels to fit", expected="at least one", got="none")
        count = (sh_degree + 1) ** 2
        sh = np.zeros((len(surfels), count, 3), np.float32)
        known = min(count, surfels.sh.shape[1])
        sh[:, :known] = surfels.sh[:, :known]
        opacities = np.clip(surfels.opacities, _LEAST_OPACITY, 1 - _LEAST_OPACITY)
        return cls(
            surfels.means.copy(),
            np.log(surfels.scales),
            surfels.quats.copy(),
            logit(opacities).astype(np.float32)[:, None],
            sh,
        )

    @classmethod
    def zeros(cls, count: int, *, num_harmonics: int) -> RawSurfels:
        """Zeros for `count` surfels."""
        shapes = ((3,), (2,), (4,), (1,), (num_harmonics, 3))
        return cls(*(np.zeros((count, *shape), np.float32) for shape in shapes))

    def __len__(self) -> int:
        return len(self.means)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (getattr(self, name) for name in NAMES)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer]) -> RawSurfels:
        """A copy of the surfels selected by a mask or an index array."""
        return RawSurfels(*(array[keep] for array in self))

    def joined(self, other: RawSurfels) -> RawSurfels:
        """These surfels, then those of another set."""
        pairs = zip(self, other, strict=True)
        return RawSurfels(*(np.concatenate(pair) for pair in pairs))

    def with_arrays(self, **arrays: NDArray[np.float32]) -> RawSurfels:
        """The same with some arrays replaced."""
        return replace(self, **arrays)

    @property
    def scales(self) -> NDArray[np.float32]:
        """(N, 2) activated scales."""
        result: NDArray[np.float32] = np.exp(self.log_scales)
        return result

    @property
    def opacities(self) -> NDArray[np.float32]:
        """(N,) activated opacities."""
        result: NDArray[np.float32] = expit(self.logits[:, 0])
        return result

    def activated(self) -> SurfelArrays:
        """Inputs of the rasterizer; centers, quaternions and harmonics are not copied."""
        return SurfelArrays(self.means, self.quats, self.scales, self.opacities, self.sh)

    def to_cloud(self) -> SurfelCloud:
        """The surfels, copied."""
        lengths = np.linalg.norm(self.quats, axis=1, keepdims=True)
        return SurfelCloud(
            self.means.copy(), self.quats / lengths, self.scales, self.opacities, self.sh.copy()
        )

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a checkpoint."""
        return {f"{prefix}{name}": getattr(self, name) for name in NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> RawSurfels:
        """The inverse of `to_arrays`."""
        return cls(*(np.array(arrays[f"{prefix}{name}"], np.float32) for name in NAMES))
