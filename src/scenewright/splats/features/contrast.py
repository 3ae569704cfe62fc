"""The contrastive loss, which makes features of one object alike, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SPREAD_GAIN, _SPREAD_OFFSET = 10.0, 1000.0
_SPREAD_LOW, _SPREAD_HIGH = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class Contrast:
    """The loss of a sample.

    Attributes:
        value: Mean over the samples.
        gradient: (n, D) derivative with respect to the features, `spread` held fixed.
        spread: (K,) temperature of each class.
    """

    value: float
    gradient: NDArray[np.floating[Any]]
    spread: NDArray[np.floating[Any]]


def contrastive_loss(
    features: NDArray[np.floating[Any]],
    classes: NDArray[np.int32],
    *,
    num_classes: int,
    temperature: float = 1.0,
    spread: NDArray[np.floating[Any]] | None = None,
) -> Contrast:
    """Cross entropy of the classes of features, by their similarity to the class means.

    With c_k the mean of class k and phi_k its spread, ``L = -1/n sum_j log(exp(f_j c_y / phi_y) /
    sum_k exp(f_j c_k / phi_k))``, y the class of j (OmniSeg3D, Ying et al., CVPR 2024). The
    published code has a sum instead of the mean, which makes the weights of terms depend on the
    size of the sample. The gradient flows through c_k.

    Args:
        features: (n, D) unit vectors.
        classes: (n,) int32 from 0 to `num_classes` - 1.
        num_classes: K; classes without samples are ignored.
        temperature: Factor of the spread; 1 is the published loss, lower values separate
            classes more.
        spread: (K,) used instead of the spread of the sample.
    """
    counts = np.bincount(classes, minlength=num_classes).astype(features.dtype)
    present = counts > 0
    safe = np.maximum(counts, 1)
    means = _class_sums(features, classes, num_classes) / safe[:, None]
    if spread is None:
        reach = _class_distances(features, classes, means) / safe
        spread = _SPREAD_GAIN * reach / np.log(counts + _SPREAD_OFFSET)
        spread = temperature * np.clip(spread, _SPREAD_LOW, _SPREAD_HIGH).astype(features.dtype)
    if not len(features):
        return Contrast(0.0, np.zeros_like(features), spread)
    inverse = np.where(present, 1 / spread, 0).astype(features.dtype)
    scaled = means * inverse[:, None]
    logits = features @ scaled.T
    logits[:, ~present] = -np.inf
    value = _softmax(logits, classes)
    gradient = logits @ scaled
    mean_gradient = (logits.T @ features) * (inverse / safe)[:, None]
    gradient += mean_gradient[classes]
    return Contrast(value, gradient, spread)


@njit(cache=True, nogil=True)
def _class_sums(
    features: NDArray[np.floating[Any]], classes: NDArray[np.int32], num_classes: int
) -> NDArray[np.floating[Any]]:
    """(K, D) sums of the features of each class."""
    sums = np.zeros((num_classes, features.shape[1]), features.dtype)
    for row in range(features.shape[0]):
        for d in range(features.shape[1]):
            sums[classes[row], d] += features[row, d]
    return sums


@njit(cache=True, nogil=True)
def _class_distances(
    features: NDArray[np.floating[Any]],
    classes: NDArray[np.int32],
    means: NDArray[np.floating[Any]],
) -> NDArray[np.floating[Any]]:
    """(K,) sums of the distances from the mean of each class."""
    sums = np.zeros(means.shape[0], features.dtype)
    for row in range(features.shape[0]):
        square = np.float64(0.0)
        for d in range(features.shape[1]):
            away = features[row, d] - means[classes[row], d]
            square += away * away
        sums[classes[row]] += np.sqrt(square)
    return sums


def _softmax(logits: NDArray[np.floating[Any]], classes: NDArray[np.int32]) -> float:
    """Mean cross entropy; the logits are overwritten by its gradient."""
    chosen = _shift_rows(logits, classes)
    np.exp(logits, out=logits)  # many times faster than in a kernel
    total = _normalize_rows(logits, classes)
    return float((np.log(total.astype(np.float64)) - chosen).mean())


@njit(cache=True, nogil=True)
def _shift_rows(
    logits: NDArray[np.floating[Any]], classes: NDArray[np.int32]
) -> NDArray[np.floating[Any]]:
    """Subtracts the largest entry from each row, in place; returns the entry of each row's
    class."""
    num, num_classes = logits.shape
    chosen = np.empty(num, logits.dtype)
    for row in range(num):
        top = logits[row, 0]
        for k in range(num_classes):
            if logits[row, k] > top:
                top = logits[row, k]
        for k in range(num_classes):
            logits[row, k] -= top
        chosen[row] = logits[row, classes[row]]
    return chosen


@njit(cache=True, nogil=True)
def _normalize_rows(
    powers: NDArray[np.floating[Any]], classes: NDArray[np.int32]
) -> NDArray[np.floating[Any]]:
    """Row sums; rows become softmax, minus one at the row's class, over the number of rows."""
    num, num_classes = powers.shape
    share = powers.dtype.type(1.0 / num)
    totals = np.empty(num, powers.dtype)
    for row in range(num):
        total = powers[row, 0]
        for k in range(1, num_classes):
            total += powers[row, k]
        totals[row] = total
        factor = share / total
        for k in range(num_classes):
            powers[row, k] *= factor
        powers[row, classes[row]] -= share
    return totals
