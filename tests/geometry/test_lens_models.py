"""The formulas of the lens models, on values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry._lens_models import LENS_MODELS

X, Y = np.array([0.0, 0.1, -0.3, 0.25]), np.array([0.0, 0.2, 0.1, -0.4])
SQUARE = X * X + Y * Y
UNDONE = {"FOV": (0.9,), "SIMPLE_DIVISION": (-0.15,), "DIVISION": (0.08,)}


def test_parameters_are_those_of_colmap() -> None:
    assert LENS_MODELS["SIMPLE_PINHOLE"].params == ("f", "cx", "cy")
    assert LENS_MODELS["PINHOLE"].params == ("fx", "fy", "cx", "cy")
    assert LENS_MODELS["OPENCV"].params == ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2")
    counts = [len(model.params) for model in LENS_MODELS.values()]
    assert counts == [3, 4, 4, 5, 8, 8, 12, 5, 4, 5, 12, 16, 4, 5, 3, 4, 6]


def test_radial_models_scale_by_a_polynomial() -> None:
    x, y = LENS_MODELS["RADIAL"].bend((-0.2, 0.05), X, Y)
    scale = 1 - 0.2 * SQUARE + 0.05 * SQUARE**2
    assert np.allclose(x, X * scale) and np.allclose(y, Y * scale)


def test_brown_adds_tangential_terms() -> None:
    x, y = LENS_MODELS["OPENCV"].bend((0.0, 0.0, 0.003, -0.002), X, Y)
    assert np.allclose(x, X + 2 * 0.003 * X * Y - 0.002 * (SQUARE + 2 * X * X))
    assert np.allclose(y, Y - 2 * 0.002 * X * Y + 0.003 * (SQUARE + 2 * Y * Y))


def test_the_full_model_divides_by_a_second_polynomial() -> None:
    factors = (0.3, 0.1, 0.0, 0.0, 0.02, 0.5, 0.1, 0.01)
    x, _ = LENS_MODELS["FULL_OPENCV"].bend(factors, X, Y)
    above = 1 + 0.3 * SQUARE + 0.1 * SQUARE**2 + 0.02 * SQUARE**3
    below = 1 + 0.5 * SQUARE + 0.1 * SQUARE**2 + 0.01 * SQUARE**3
    assert np.allclose(x, X * above / below)


def test_a_prism_shifts_by_the_squared_radius() -> None:
    x, y = LENS_MODELS["THIN_PRISM_FISHEYE"].bend((0, 0, 0, 0, 0, 0, 0.01, -0.02), X, Y)
    assert np.allclose(x, X + 0.01 * SQUARE) and np.allclose(y, Y - 0.02 * SQUARE)


def test_the_unified_model_is_a_projection_onto_a_surface() -> None:
    x, _ = LENS_MODELS["EUCM"].bend((0.6, 1.1), X, Y)
    assert np.allclose(x, X / (0.6 * np.sqrt(1.1 * SQUARE + 1) + 0.4))


@pytest.mark.parametrize("model", UNDONE)
def test_closed_inverses_lead_back(model: str) -> None:
    lens = LENS_MODELS[model]
    assert lens.undo is not None
    back = lens.undo(UNDONE[model], *lens.bend(UNDONE[model], X, Y))
    assert np.allclose(back, (X, Y), atol=1e-12)


def test_only_closed_inverses_are_given() -> None:
    assert {name for name, model in LENS_MODELS.items() if model.undo is not None} == set(UNDONE)


def test_places_beyond_the_lens_are_not_a_number() -> None:
    undo = LENS_MODELS["FOV"].undo
    assert undo is not None and np.isnan(undo((0.9,), np.array([2.0]), np.zeros(1))[0]).all()
    assert np.isnan(LENS_MODELS["DIVISION"].bend((1.0,), np.array([3.0]), np.zeros(1))[0]).all()


def test_no_field_of_view_bends_nothing() -> None:
    lens = LENS_MODELS["FOV"]
    assert lens.undo is not None
    assert np.array_equal(lens.bend((0.0,), X, Y), (X, Y))
    assert np.array_equal(lens.undo((0.0,), X, Y), (X, Y))
