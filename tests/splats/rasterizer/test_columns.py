"""The columns of the kernels' arrays: they do not overlap, and fill what they should."""

from __future__ import annotations

import pytest

from scenewright.splats.rasterizer import columns

WIDTHS = {
    "RECORD_TX": 3, "RECORD_TY": 3, "RECORD_TW": 3, "RECORD_MEAN": 2, "RECORD_OPACITY": 1,
    "RECORD_NORMAL": 3, "RECORD_COLOR": 3, "RECORD_ANCHOR": 2,
    "IMAGE_TRANSMITTANCE": 1, "IMAGE_ACTIVE": 1, "IMAGE_COLOR": 3, "IMAGE_DEPTH": 1,
    "IMAGE_NORMAL": 3, "IMAGE_MEDIAN": 1, "IMAGE_MEDIAN_INDEX": 1, "IMAGE_M1": 1, "IMAGE_M2": 1,
    "IMAGE_DISTORTION": 1, "IMAGE_WEIGHT": 1, "IMAGE_X": 1,
    "GRADIENT_COLOR": 3, "GRADIENT_DEPTH": 1, "GRADIENT_ALPHA": 1, "GRADIENT_NORMAL": 3,
    "GRADIENT_MEDIAN": 1, "GRADIENT_DISTORTION": 1,
    "BACKWARD_X": 1, "BACKWARD_TOTAL": 1, "BACKWARD_IN_FRONT": 1, "BACKWARD_ALPHA": 1,
    "BACKWARD_M1": 1, "BACKWARD_M2": 1, "BACKWARD_MEDIAN_INDEX": 1,
    "BACKWARD_GRADIENT": columns.NUM_GRADIENTS, "BACKWARD_WEIGHT": 1, "BACKWARD_FEATURE_DOT": 1,
    "SUM_ZETA": 3, "SUM_Y_ZETA": 3, "SUM_DEPTH": 3, "SUM_MEAN": 2, "SUM_OPACITY": 1,
    "SUM_NORMAL": 3, "SUM_COLOR": 3,
    "SLOT_ZETA": 3, "SLOT_X_ZETA": 3, "SLOT_Y_ZETA": 3, "SLOT_DEPTH": 3, "SLOT_MEAN": 2,
    "SLOT_OPACITY": 1, "SLOT_NORMAL": 3, "SLOT_COLOR": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "first", "size"),
    [
        ("RECORD", 0, columns.RECORD_SIZE),
        ("IMAGE", 0, columns.NUM_PLANES),
        ("GRADIENT", 0, columns.NUM_GRADIENTS),
        ("BACKWARD", columns.BACKWARD_X, columns.BACKWARD_FEATURES),
        ("SUM", 0, columns.NUM_SUMS),
        ("SLOT", 0, columns.SLOT_SIZE),
    ],
)
def test_columns_fill_an_array_without_overlap(prefix: str, first: int, size: int) -> None:
    used = [
        getattr(columns, name) + k
        for name, width in WIDTHS.items()
        if name.startswith(f"{prefix}_")
        for k in range(width)
    ]
    assert sorted(used) == list(range(first, size))


def test_the_backward_pass_shares_its_first_planes_with_the_forward_pass() -> None:
    assert (columns.IMAGE_TRANSMITTANCE, columns.IMAGE_ACTIVE) == (0, 1)
    assert columns.BACKWARD_X == 2
    assert columns.RECORD_DEPTH == columns.RECORD_TW + 2
