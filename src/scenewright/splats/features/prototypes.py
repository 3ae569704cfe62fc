"""Mean features of objects, and the object that a feature is most like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ShapeError


@dataclass(frozen=True, eq=False)
class Prototypes:
    """Mean feature of each object.

    Attributes:
        ids: (K,) int32 ascending objects, 1 or more.
        features: (K, D) float32 unit vectors.
    """

    ids: NDArray[np.int32]
    features: NDArray[np.float32]


def mean_prototypes(features: NDArray[np.float32], labels: NDArray[np.int32]) -> Prototypes:
    """The mean direction of the features of each object; label 0 is ignored.

    Args:
        features: (N, D) unit vectors.
        labels: (N,) int32 object of each surfel, 0 = none.

    Raises:
        ShapeError: There is not one label per feature.
    """
    if labels.shape != (len(features),):
        raise ShapeError("labels", expected=f"({len(features)},)", got=f"{labels.shape}")
    labeled = labels > 0
    ids, number = np.unique(labels[labeled], return_inverse=True)
    sums = np.zeros((len(ids), features.shape[1]))
    np.add.at(sums, number, features[labeled])
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return Prototypes(ids.astype(np.int32), (sums / lengths).astype(np.float32))


def assign_prototypes(
    features: NDArray[np.float32],
    prototypes: Prototypes,
    *,
    least_cosine: float = 0.75,
    margin: float = 0.05,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The object whose prototype is most similar to each feature, unless it is ambiguous.

    Args:
        features: (N, D) unit vectors, of surfels or of pixels.
        prototypes: K objects.
        least_cosine: Features that are less similar to all prototypes get no object.
        margin: Features whose best two cosines differ by less get no object.

    Returns:
        (N,) int32 object, 0 = none, and (N,) float32 cosine to the best prototype, 0 to 1.
    """
    if not len(prototypes.ids):
        return np.zeros(len(features), np.int32), np.zeros(len(features), np.float32)
    cosine = features @ prototypes.features.T
    best = cosine.argmax(axis=1)
    rows = np.arange(len(features))
    top = cosine[rows, best].copy()
    cosine[rows, best] = -1
    second = cosine.max(axis=1)
    is_sure = (top >= least_cosine) & (top - second >= margin)
    labels = np.where(is_sure, prototypes.ids[best], 0).astype(np.int32)
    return labels, np.clip(top, 0, 1).astype(np.float32)
