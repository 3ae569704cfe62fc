"""One feature vector per surfel, rendered through frozen blending weights, and its optimizer."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-15
_LATE = 10_000
"""Updates of a surfel after which the bias correction of the moments no longer changes."""


class FeatureField:
    """Features of N surfels with a sparse optimizer.

    Rendering is linear: the feature of a pixel is the sum of weight times unit feature. Gradients
    accumulate until `step`, which updates only the surfels that have one (Adam, Kingma and Ba 2015,
    with moments and bias correction per surfel).

    Args:
        start: (N, D) float32 initial features, not zero; copied.

    Attributes:
        unit: (N, D) float32 unit features.
    """

    def __init__(self, start: NDArray[np.float32]) -> None:
        self._values = np.array(start, np.float32, order="C")
        self._lengths = np.linalg.norm(self._values, axis=1).astype(np.float32)
        self.unit: NDArray[np.float32] = self._values / self._lengths[:, None]
        self._gradient = np.zeros_like(self._values)
        self._mean = np.zeros_like(self._values)
        self._square = np.zeros_like(self._values)
        self._steps = np.zeros(len(start), np.int32)
        powers = np.array([_BETA1, _BETA2]) ** np.arange(1, _LATE)[:, None]
        self._corrections = (1 / (1 - powers)).astype(np.float32)
        self._stamp = np.zeros(len(start), np.bool_)
        self._touched = np.empty(len(start), np.int32)
        self._num_touched = 0

    @property
    def trained(self) -> NDArray[np.bool_]:
        """(N,) bool, whether a surfel has ever been updated."""
        result: NDArray[np.bool_] = self._steps > 0
        return result

    def draw(
        self, ids: NDArray[np.int32], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Unit features of pixels, and their lengths before normalization.

        Args:
            ids: (n, T) int32 surfels of each pixel, -1 = no more.
            weights: (n, T) float32.

        Returns:
            (n, D) and (n,) float32; zero where a pixel shows no surfel.
        """
        features = _blend(self.unit, ids, weights)
        lengths = np.sqrt(np.einsum("nd,nd->n", features, features))
        features /= np.maximum(lengths, 1e-12)[:, None]
        return features, lengths

    def add_pixel_gradient(
        self,
        gradient: NDArray[np.float32],
        features: NDArray[np.float32],
        lengths: NDArray[np.float32],
        *,
        ids: NDArray[np.int32],
        weights: NDArray[np.float32],
    ) -> None:
        """Adds the gradient with respect to the features that `draw` returned.

        Args:
            gradient: (n, D) float32.
            features: (n, D) from `draw`.
            lengths: (n,) from `draw`.
            ids: As given to `draw`.
            weights: As given to `draw`.
        """
        along = np.einsum("nd,nd->n", gradient, features)
        inverse = np.where(lengths > 1e-12, 1 / np.maximum(lengths, 1e-12), 0)
        upstream = (gradient - along[:, None] * features) * inverse[:, None]
        self._num_touched = _scatter(
            upstream.astype(np.float32), ids, weights, self._gradient, self._stamp,
            self._touched, self._num_touched,
        )  # fmt: skip

    def add_surfel_gradient(self, gradient: NDArray[np.float32], ids: NDArray[np.int32]) -> None:
        """Adds (n, D) gradients with respect to the unit features of (n,) surfels."""
        ones = np.ones((len(ids), 1), np.float32)
        self._num_touched = _scatter(
            gradient, ids[:, None], ones, self._gradient, self._stamp, self._touched,
            self._num_touched,
        )  # fmt: skip

    def step(self, rate: float) -> None:
        """Updates the surfels that have a gradient, and clears the gradients."""
        _adam(
            self._touched[: self._num_touched], np.float32(rate), self._values, self._lengths,
            self.unit, self._gradient, self._mean, self._square, self._steps, self._stamp,
            self._corrections,
        )  # fmt: skip
        self._num_touched = 0


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _blend(
    unit: NDArray[np.float32], ids: NDArray[np.int32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    num, top = ids.shape
    dims = unit.shape[1]
    result = np.zeros((num, dims), np.float32)
    for row in range(num):
        for k in range(top):
            surfel = ids[row, k]
            if surfel < 0:
                break
            weight = weights[row, k]
            for d in range(dims):
                result[row, d] += weight * unit[surfel, d]
    return result


@njit(cache=True, nogil=True)
def _scatter(
    upstream: NDArray[np.float32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
    stamp: NDArray[np.bool_],
    touched: NDArray[np.int32],
    num_touched: int,
) -> int:
    num, top = ids.shape
    for row in range(num):
        for k in range(top):
            surfel = ids[row, k]
            if surfel < 0:
                break
            if not stamp[surfel]:
                stamp[surfel] = True
                touched[num_touched] = surfel
                num_touched += 1
            weight = weights[row, k]
            for d in range(gradient.shape[1]):
                gradient[surfel, d] += weight * upstream[row, d]
    return num_touched


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _adam(
    touched: NDArray[np.int32],
    rate: np.float32,
    values: NDArray[np.float32],
    lengths: NDArray[np.float32],
    unit: NDArray[np.float32],
    gradient: NDArray[np.float32],
    mean: NDArray[np.float32],
    square: NDArray[np.float32],
    steps: NDArray[np.int32],
    stamp: NDArray[np.bool_],
    corrections: NDArray[np.float32],
) -> None:
    dims = values.shape[1]
    keep1, keep2 = np.float32(_BETA1), np.float32(_BETA2)
    new1, new2 = np.float32(1.0 - _BETA1), np.float32(1.0 - _BETA2)
    tiny = np.float32(_EPSILON)
    for entry in range(touched.shape[0]):
        i = touched[entry]
        stamp[i] = False
        steps[i] += 1
        row = min(steps[i], corrections.shape[0]) - 1
        correct1, correct2 = corrections[row, 0], corrections[row, 1]
        along = np.float32(0.0)
        for d in range(dims):
            along += gradient[i, d] * unit[i, d]
        inverse = np.float32(1.0) / lengths[i]
        length = np.float32(0.0)
        for d in range(dims):
            slope = (gradient[i, d] - along * unit[i, d]) * inverse
            gradient[i, d] = np.float32(0.0)
            mean[i, d] = keep1 * mean[i, d] + new1 * slope
            square[i, d] = keep2 * square[i, d] + new2 * slope * slope
            root = np.sqrt(square[i, d] * correct2) + tiny
            values[i, d] -= rate * mean[i, d] * correct1 / root
            length += values[i, d] * values[i, d]
        lengths[i] = max(np.sqrt(length), np.float32(1e-12))
        for d in range(dims):
            unit[i, d] = values[i, d] / lengths[i]
