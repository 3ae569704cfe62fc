"""Random draws, carriers, and the frame of finished objects."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects import Material, Part, shapes
from scenewright.worlds.objects.families.assembly import (
    SMALLEST,
    between,
    chance,
    finished,
    pick,
    surface,
)

GRAY = Material((0.5, 0.5, 0.5))


def test_draws_are_within_their_bounds() -> None:
    rng = np.random.default_rng(0)
    assert all(2.0 <= between(rng, 2.0, 3.0) < 3.0 for _ in range(50))
    assert {pick(rng, "a", "b", "c") for _ in range(50)} == {"a", "b", "c"}
    assert not any(chance(rng, 0.0) for _ in range(20)) and all(chance(rng, 1.0) for _ in range(20))


def test_a_surface_loses_its_margin() -> None:
    assert surface(1.0, 0.6, 0.7, center=(2.0, 3.0), clear=0.3, margin=0.1) == pytest.approx(
        (1.6, 2.8, 2.4, 3.2, 0.7, 0.3)
    )


def test_finished_objects_are_centered_on_the_ground_with_their_carriers() -> None:
    box = shapes.box((0.4, 0.2, 0.6), (5.0, -3.0, 2.0))
    top = surface(0.4, 0.2, 2.3, center=(5.0, -3.0), margin=0.0)
    narrow = surface(0.4, SMALLEST, 2.3, center=(5.0, -3.0), margin=0.001)
    model = finished("crate", [Part("body", box, GRAY)], carriers=[top, narrow])
    np.testing.assert_allclose(model.bounds, [(-0.2, -0.1, 0.0), (0.2, 0.1, 0.6)], atol=1e-6)
    assert len(model.carriers) == 1, "a surface below the smallest width is no carrier"
    assert model.carriers[0] == pytest.approx((-0.2, -0.1, 0.2, 0.1, 0.6, 1.0), abs=1e-6)
