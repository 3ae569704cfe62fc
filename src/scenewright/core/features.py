"""Feature vectors of instances, a named column per model."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.conventions import UNIT_TOLERANCE
from scenewright.core.errors import ConventionError

_NAME = re.compile(r"\w[\w.-]{0,63}")


@dataclass(frozen=True, eq=False)
class FeatureColumn:
    """One vector per instance, all from the same model.

    Attributes:
        vectors: (N, D) float32, unit rows; a zero row where an instance has no vector.
        model: Name of the model that made them, such as ``"embed/clip"``; None if unknown.
    """

    vectors: NDArray[np.float32]
    model: str | None = None

    def __post_init__(self) -> None:
        name = "FeatureColumn.vectors"
        vectors = as_array(name, self.vectors, shape=(None, None), dtype=np.float32)
        check_finite(name, vectors)
        norms = np.linalg.norm(vectors, axis=1)
        wrong = norms[(norms > 0) & (np.abs(norms - 1) > UNIT_TOLERANCE)]
        if len(wrong):
            raise ConventionError(
                name, expected="unit or zero rows", got=f"a row of length {wrong[0]:.3g}"
            )
        object.__setattr__(self, "vectors", vectors)
        if self.model is not None and (not isinstance(self.model, str) or not self.model):
            got = repr(self.model)
            raise ConventionError("FeatureColumn.model", expected="a name or None", got=got)

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> FeatureColumn:
        """The rows that a boolean mask, an index array or a slice picks."""
        return FeatureColumn(self.vectors[keep], self.model)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) Whether an instance has a vector."""
        known: NDArray[np.bool_] = np.count_nonzero(self.vectors, axis=1) > 0
        return known


def check_feature_name(name: object) -> None:
    """Raises `ConventionError` unless a name can stand in files: letters, digits, ``_ . -``."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConventionError(
            "name of a feature column",
            expected="1 to 64 letters, digits, '_', '.' or '-'",
            got=repr(name)[:80],
        )
