"""Columns of feature vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, FeatureColumn, ScenewrightError, ShapeError


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((np.eye(3) * 2,), ConventionError,
         "FeatureColumn.vectors: expected unit or zero rows, got a row of length 2"),
        ((np.full((3, 4), np.inf),), ConventionError,
         "FeatureColumn.vectors: expected finite values, got 12 that are NaN or infinite"),
        ((np.zeros(3),), ShapeError, "FeatureColumn.vectors: expected shape (N, M), got (3,)"),
        ((np.eye(3), ""), ConventionError,
         "FeatureColumn.model: expected a name or None, got ''"),
    ],
)  # fmt: skip
def test_invalid_columns(
    arguments: tuple[Any, ...], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        FeatureColumn(*arguments)
    assert str(caught.value) == text


def test_a_zero_row_stands_for_no_vector() -> None:
    column = FeatureColumn(np.array([[0, 1], [0, 0], [-0.6, 0.8]]), "embed/clip")
    assert column.vectors.dtype == np.float32 and len(column) == 3
    assert column.known.tolist() == [True, False, True]
    part = column[column.known]
    assert part.model == "embed/clip" and np.allclose(part.vectors, [[0, 1], [-0.6, 0.8]])
