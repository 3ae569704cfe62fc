"""Checks of configurations: exact messages."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.worlds.composing._config_checks import check_families, check_range, check_seed


def test_ranges() -> None:
    check_range("x", (1.0, 1.0), low=1, high=2)
    for values, got in (
        ((2.0, 1.0), "2 and 1"),
        ((0.5, 1.0), "0.5 and 1"),
        ((1.0, 9.0), "1 and 9"),
    ):
        with pytest.raises(ConventionError) as error:
            check_range("x", values, low=1, high=2, unit=" m")
        assert str(error.value) == (
            f"x: expected two numbers in increasing order within 1 to 2 m, got {got}"
        )


def test_families_and_seeds() -> None:
    check_families("families", None)
    check_families("families", ["mug"])
    check_seed(0)
    with pytest.raises(ConventionError) as error:
        check_families("families", [])
    assert str(error.value) == ("families: expected at least one family, or None for all, got none")
