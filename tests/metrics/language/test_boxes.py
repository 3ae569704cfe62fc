"""IoU of boxes: values by hand, and the ties that the two rules decide differently."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.metrics import IOU_M3DREF, IOU_SCANREFER, IoURule, box_ious

UNIT = [0.0, 0, 0, 1, 1, 1]
TWICE = [0.5, 0.0, 0, 2, 1, 1]


def test_pairs_of_boxes() -> None:
    ious = box_ious(
        np.array([UNIT, [9, 9, 9, 1, 1, 1]]), np.array([UNIT, TWICE, [0.5, 0.5, 0, 1, 1, 1]])
    )
    assert ious.shape == (2, 3)
    assert ious[0] == pytest.approx([1, 0.5, 0.25 / 1.75], abs=1e-7)
    assert ious[1].tolist() == [0, 0, 0]


def test_ties_depend_on_the_rule() -> None:
    assert box_ious([UNIT], [TWICE], rule=IOU_SCANREFER)[0, 0] < 0.5
    assert box_ious([UNIT], [TWICE], rule=IOU_M3DREF)[0, 0] == 0.5


def test_no_boxes() -> None:
    assert box_ious([], [UNIT]).shape == (0, 1)


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match="predicted boxes"):
        box_ious([[1.0, 2, 3]], [UNIT])
    with pytest.raises(ConventionError, match="true boxes: expected sizes of 0 or more, got -1"):
        box_ious([UNIT], [[0, 0, 0, -1, 1, 1]])
    with pytest.raises(ConventionError, match="expected float32 or float64, got 'half'"):
        IoURule("half", 0.0)
