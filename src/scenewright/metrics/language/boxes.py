"""IoU of axis-aligned boxes in the forms that grounding benchmarks use.

The forms differ in precision and in a small constant in the divisor, which decides ties: an IoU of
exactly 0.5 fails in float64 with 1e-8, and passes in float32 for boxes of about a meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import ConventionError
from scenewright.core.checks import as_array, check_finite


@dataclass(frozen=True)
class IoURule:
    """How the IoU of two boxes is computed.

    Attributes:
        precision: ``"float64"`` or ``"float32"``.
        constant: Added to the volume of the union, cubic meters.
    """

    precision: str
    constant: float

    def __post_init__(self) -> None:
        if self.precision not in ("float32", "float64"):
            raise ConventionError(
                "IoURule.precision", expected="float32 or float64", got=repr(self.precision)
            )


IOU_SCANREFER = IoURule("float64", 1e-8)
"""ScanRefer, Scan2Cap, Chat-Scene and Inst3D-LMM."""
IOU_M3DREF = IoURule("float32", 1.1920929e-07)
"""Multi3DRefer (M3DRef-CLIP)."""


def box_ious(
    predicted: ArrayLike, truth: ArrayLike, *, rule: IoURule = IOU_SCANREFER
) -> NDArray[np.float64]:
    """IoU of all pairs of boxes.

    Args:
        predicted: (P, 6) centers and full sizes, meters, world.
        truth: (G, 6) in the same form.
        rule: Precision and constant.

    Returns:
        (P, G) float64.

    Raises:
        ShapeError: A list has another shape.
        ConventionError: A value is not finite, or a size is negative.
    """
    first = _corners("predicted boxes", predicted, rule)
    second = _corners("true boxes", truth, rule)
    low = np.maximum(first[0][:, None], second[0][None])
    high = np.minimum(first[1][:, None], second[1][None])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    volumes = [np.prod(high - low, axis=1) for low, high in (first, second)]
    constant = common.dtype.type(rule.constant)
    union = volumes[0][:, None] + volumes[1][None] - common + constant
    return np.asarray(common / union, np.float64)


def check_boxes(name: str, boxes: ArrayLike) -> NDArray[np.float64]:
    """(N, 6) float64 boxes as centers and full sizes, checked; an empty list is (0, 6).

    Raises:
        ShapeError: Another shape.
        ConventionError: A value is not finite, or a size is negative.
    """
    array = np.asarray(boxes)
    if array.size == 0:
        return np.zeros((0, 6))
    checked: NDArray[np.float64] = as_array(name, array, shape=(None, 6), dtype=np.float64)
    check_finite(name, checked)
    if (checked[:, 3:] < 0).any():
        raise ConventionError(name, expected="sizes of 0 or more", got=f"{checked[:, 3:].min():g}")
    return checked


def _corners(name: str, boxes: ArrayLike, rule: IoURule) -> tuple[NDArray[Any], NDArray[Any]]:
    array = check_boxes(name, boxes).astype(rule.precision)
    half = array[:, 3:] / 2
    return array[:, :3] - half, array[:, :3] + half
