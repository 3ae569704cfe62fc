"""Densities by label."""

from __future__ import annotations

from scenewright.simulation.densities import DEFAULT_DENSITY, DENSITIES, density_of


def test_labels_are_found_in_any_case_and_by_their_last_word() -> None:
    assert density_of("Table") == (DENSITIES["table"], True)
    assert density_of("dining table") == (DENSITIES["table"], True)
    assert density_of("flux capacitor") == (DEFAULT_DENSITY, False)
    assert density_of("") == (DEFAULT_DENSITY, False)
    assert all(10 < value < 3000 for value in DENSITIES.values())
