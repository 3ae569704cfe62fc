"""Families by name, and objects made from a seed."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds.objects import (
    FAMILIES,
    available_families,
    make_object,
)
from scenewright.worlds.objects.registry import Where


def test_same_seed_same_object_and_other_seed_another() -> None:
    a, b, c = (make_object("chair", seed=seed) for seed in (3, 3, 4))
    for one, other in zip(a.parts, b.parts, strict=True):
        np.testing.assert_array_equal(one.mesh.vertices, other.mesh.vertices)
        assert one.material.color == other.material.color
    assert not np.array_equal(a.bounds, c.bounds)


def test_a_generator_is_advanced() -> None:
    rng = np.random.default_rng(0)
    first, second = make_object("mug", seed=rng), make_object("mug", seed=rng)
    assert not np.array_equal(first.bounds, second.bounds)


def test_size_factor_scales_everything() -> None:
    small, large = (make_object("bookcase", seed=1, size_factor=f) for f in (1.0, 2.0))
    np.testing.assert_allclose(large.bounds, 2 * small.bounds, rtol=1e-6)
    np.testing.assert_allclose(large.carriers, 2 * np.array(small.carriers), rtol=1e-6)
    assert large.parts[0].material.scale == 2 * small.parts[0].material.scale


def test_families_by_placement() -> None:
    assert len(available_families()) >= 24
    assert "picture" in available_families("hanging")
    assert "picture" not in available_families("floor")
    total = sum(len(available_families(where)) for where in get_args(Where))
    assert total == len(FAMILIES)


def test_wrong_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="got spaceship"):
        make_object("spaceship", seed=0)
    with pytest.raises(UnknownNameError, match=r"where: expected floor, .*, got sky"):
        available_families("sky")  # type: ignore[arg-type]
    with pytest.raises(ConventionError, match="size_factor: expected above 0, got 0"):
        make_object("mug", seed=0, size_factor=0)
