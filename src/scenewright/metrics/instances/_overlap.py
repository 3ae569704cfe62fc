"""Counts of vertices that predicted and true instances share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.errors import ShapeError
from scenewright.metrics.instances.labels import InstancePrediction


@dataclass(frozen=True, eq=False)
class Overlap:
    """Vertices shared by I predictions and J true instances.

    Attributes:
        shared: (I, J) int64, vertices in both.
        outside: (I,) int64, vertices of a prediction that belong to no true instance.
        predicted_sizes: (I,) int64.
        truth_sizes: (J,) int64.
    """

    shared: NDArray[np.int64]
    outside: NDArray[np.int64]
    predicted_sizes: NDArray[np.int64]
    truth_sizes: NDArray[np.int64]

    def iou(self) -> NDArray[np.float64]:
        """(I, J) intersection over union; 0 where both are empty."""
        union = self.predicted_sizes[:, None] + self.truth_sizes[None, :] - self.shared
        iou: NDArray[np.float64] = self.shared / np.maximum(union, 1)
        return iou


def check_same_vertices(truth: int, prediction: int) -> None:
    """Raises `ShapeError` unless truth and prediction have equally many vertices."""
    if truth != prediction:
        raise ShapeError(
            "instance prediction",
            expected=f"{truth} vertices, as the ground truth has",
            got=f"{prediction}",
            do="Transfer it to the ground-truth vertices with transfer_nearest or "
            "transfer_aligned.",
        )


def count_overlap(
    truth_index: NDArray[np.integer], num_truth: int, *, prediction: InstancePrediction
) -> Overlap:
    """Counts shared vertices in one pass over the predicted vertices.

    Args:
        truth_index: (V,) true instance of each vertex, 0 to J - 1, or -1 = none.
        num_truth: J.
        prediction: I instances over the same V vertices.
    """
    check_same_vertices(len(truth_index), prediction.num_vertices)
    num_predicted, width = len(prediction), num_truth + 1
    column = np.where(truth_index < 0, num_truth, truth_index).astype(np.int64)
    flat = np.zeros(num_predicted * width, dtype=np.int64)
    for vertices, instances in prediction.pairs():
        flat += np.bincount(instances * width + column[vertices], minlength=len(flat))
    table = flat.reshape(num_predicted, width)
    return Overlap(
        shared=table[:, :num_truth],
        outside=table[:, num_truth],
        predicted_sizes=table.sum(axis=1),
        truth_sizes=np.bincount(column, minlength=width)[:num_truth].astype(np.int64),
    )
