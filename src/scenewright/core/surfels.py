"""Gaussian surfels: flat, oriented, colored disks with soft edges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_unit_interval
from scenewright.core.conventions import UNIT_TOLERANCE
from scenewright.core.errors import ConventionError, ShapeError

_SH_SIZES = (1, 4, 9, 16)
"""Coefficients of spherical harmonics of degree 0 to 3."""
SH_C0 = 0.28209479177387814
"""The constant harmonic: the base color is ``0.5 + SH_C0 * sh[:, 0]``."""


@dataclass(frozen=True, eq=False)
class SurfelCloud:
    """2D Gaussians in space (Huang et al., 2D Gaussian Splatting, 2024), world frame.

    Surfel i is the disk ``means + scales[0] u t_u + scales[1] v t_v`` with weight
    ``opacity exp(-(u^2 + v^2) / 2)``; t_u, t_v and the normal are the columns of the rotation given
    by `quats`. Values are activated: scales are lengths, opacities lie in [0, 1].

    Attributes:
        means: (N, 3) float32, meters.
        quats: (N, 4) float32 unit quaternions, (w, x, y, z), world from surfel.
        scales: (N, 2) float32 standard deviations along t_u and t_v, meters, above 0.
        opacities: (N,) float32 in [0, 1].
        sh: (N, K, 3) float32 spherical harmonics of the color, K = 1, 4, 9 or 16.
        instance_id: (N,) int32, 0 = no instance, or None if unknown.
        instance_score: (N,) float32 in [0, 1], confidence of `instance_id`, or None.
        features: (N, D) float32 instance features, or None.
    """

    means: NDArray[np.float32]
    quats: NDArray[np.float32]
    scales: NDArray[np.float32]
    opacities: NDArray[np.float32]
    sh: NDArray[np.float32]
    instance_id: NDArray[np.int32] | None = None
    instance_score: NDArray[np.float32] | None = None
    features: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(np.asarray(self.means))
        for name, shape in (
            ("means", (n, 3)),
            ("quats", (n, 4)),
            ("scales", (n, 2)),
            ("opacities", (n,)),
            ("sh", (n, None, 3)),
            ("instance_score", (n,)),
            ("features", (n, None)),
        ):
            if getattr(self, name) is None:
                continue
            title = f"SurfelCloud.{name}"
            array = as_array(title, getattr(self, name), shape=shape, dtype=np.float32)
            check_finite(title, array)
            object.__setattr__(self, name, array)
        self._check_values()
        if self.instance_id is not None:
            title = "SurfelCloud.instance_id"
            ids = as_array(title, self.instance_id, shape=(n,), dtype=np.int32)
            if n and ids.min() < 0:
                raise ConventionError(title, expected="0 or more", got=str(ids.min()))
            object.__setattr__(self, "instance_id", ids)

    def _check_values(self) -> None:
        if self.sh.shape[1] not in _SH_SIZES:
            raise ShapeError(
                "SurfelCloud.sh", expected="1, 4, 9 or 16 coefficients", got=f"{self.sh.shape[1]}"
            )
        lengths = np.linalg.norm(self.quats, axis=1)
        if len(self) and np.abs(lengths - 1).max() > UNIT_TOLERANCE:
            worst = lengths[np.abs(lengths - 1).argmax()]
            raise ConventionError(
                "SurfelCloud.quats", expected="unit quaternions", got=f"length {worst:.3g}"
            )
        if self.scales.size and self.scales.min() <= 0:
            got = f"{self.scales.min():g} m"
            raise ConventionError("SurfelCloud.scales", expected="above 0", got=got)
        check_unit_interval("SurfelCloud.opacities", self.opacities)
        if self.instance_score is not None:
            check_unit_interval("SurfelCloud.instance_score", self.instance_score)

    def __len__(self) -> int:
        return len(self.means)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> SurfelCloud:
        """The surfels selected by a boolean mask, an index array or a slice."""
        return SurfelCloud(
            self.means[keep],
            self.quats[keep],
            self.scales[keep],
            self.opacities[keep],
            self.sh[keep],
            None if self.instance_id is None else self.instance_id[keep],
            None if self.instance_score is None else self.instance_score[keep],
            None if self.features is None else self.features[keep],
        )

    @property
    def sh_degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return _SH_SIZES.index(self.sh.shape[1])

    def normals(self) -> NDArray[np.float32]:
        """(N, 3) unit normals, world frame; the sign is arbitrary, since surfels are two-sided."""
        w, x, y, z = self.quats.T
        return np.stack(
            [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1
        ).astype(np.float32)

    def base_colors(self) -> NDArray[np.uint8]:
        """(N, 3) uint8 RGB without the view-dependent part."""
        colors = 0.5 + SH_C0 * self.sh[:, 0]
        result: NDArray[np.uint8] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
        return result

    def with_instances(
        self, instance_id: NDArray[np.int32] | None, score: NDArray[np.float32] | None = None
    ) -> SurfelCloud:
        """The same surfels with new instance ids and scores."""
        return replace(self, instance_id=instance_id, instance_score=score)
