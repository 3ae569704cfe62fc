"""The data model of objects."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.objects import Material, ObjectModel, Part, Symmetry, shapes

GRAY = Material((0.5, 0.5, 0.5))


def test_bounds_cover_all_parts() -> None:
    parts = (
        Part("a", shapes.box((1, 1, 1), (0, 0, 0.5)), GRAY),
        Part("b", shapes.box((0.2, 0.2, 0.2), (2, 0, 3)), GRAY),
    )
    model = ObjectModel("pair", parts)
    np.testing.assert_allclose(model.bounds, [(-0.5, -0.5, 0.0), (2.1, 0.5, 3.1)], atol=1e-6)
    assert model.symmetry == Symmetry(turns=1, mirrors=False) and model.carriers == ()


def test_other_parts_keep_symmetry_and_carriers() -> None:
    box = shapes.box((1, 1, 1))
    carrier = (-0.5, -0.5, 0.5, 0.5, 1.0, 1.0)
    model = ObjectModel("box", (Part("body", box, GRAY),), Symmetry(4, True), (carrier,))
    red = model.with_parts((Part("body", box, Material((1.0, 0.0, 0.0))),))
    assert red.parts[0].material.color == (1.0, 0.0, 0.0)
    assert (red.label, red.symmetry, red.carriers) == ("box", Symmetry(4, True), (carrier,))
    assert model.parts[0].material is GRAY


@pytest.mark.parametrize(
    ("pattern", "scale", "message"),
    [
        (
            "plaid",
            0.1,
            "Material.pattern: expected one of plain, checker, stripes, wood, noise, bricks, "
            "weave, speckle, print, got plaid",
        ),
        ("wood", 0.0, "Material.scale: expected above 0, got 0"),
        ("wood", float("nan"), "Material.scale: expected above 0, got nan"),
    ],
)
def test_invalid_materials_are_refused(pattern: str, scale: float, message: str) -> None:
    with pytest.raises(ConventionError) as error:
        Material((0.5, 0.5, 0.5), pattern, scale=scale)
    assert str(error.value) == message
