"""Gaps, overlaps and sides of upright boxes."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.box_relations import (
    box_gaps,
    footprint_overlaps,
    seen_offsets,
    upright_bounds,
)
from tests.builders import turn

LOW = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.5, 0.5, 1.0], [4.0, 5.0, 0.0]])
HIGH = np.array([[1.0, 1.0, 1.0], [4.0, 1.0, 1.0], [1.5, 1.5, 2.0], [5.0, 6.0, 1.0]])


def test_bounds_of_a_turned_box() -> None:
    low, high = upright_bounds(
        np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 2.0, 1.0]]), turn(np.pi / 4)[None],
        level_from_world=np.eye(3),
    )  # fmt: skip
    assert high - low == pytest.approx(np.array([[2 * np.sqrt(2), 2 * np.sqrt(2), 1.0]]))
    low, high = upright_bounds(
        np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 2.0, 1.0]]), turn(np.pi / 4)[None],
        level_from_world=turn(-np.pi / 4),
    )  # fmt: skip
    assert high - low == pytest.approx(np.array([[2.0, 2.0, 1.0]]))


def test_gaps() -> None:
    gaps = box_gaps(LOW, HIGH)
    assert gaps == pytest.approx(gaps.T)
    assert gaps[0] == pytest.approx([0.0, 2.0, 0.0, 5.0])


def test_overlaps_are_shares_of_the_first() -> None:
    shares = footprint_overlaps(LOW, HIGH)
    assert shares[0] == pytest.approx([1.0, 0.0, 0.25, 0.0])
    wide = footprint_overlaps(
        np.array([[0, 0, 0], [0, 0, 0.0]]), np.array([[1, 1, 1], [2, 1, 1.0]])
    )
    assert wide == pytest.approx(np.array([[1.0, 1.0], [0.5, 1.0]]))


def test_offsets_are_those_of_a_viewer_who_looks_at_the_anchor() -> None:
    targets = np.array([[2.0, 1.0], [3.0, 0.0], [1.0, -0.5]])
    found = seen_offsets(targets, np.array([2.0, 0.0]), viewer=np.zeros(2))
    assert found == pytest.approx(np.array([[1.0, 0.0], [0.0, 1.0], [-0.5, -1.0]]))
    turned = seen_offsets(targets, np.array([2.0, 0.0]), viewer=np.array([4.0, 0.0]))
    assert turned == pytest.approx(-found)


def test_an_anchor_at_the_viewer_is_seen_in_the_fallback_direction() -> None:
    target = np.array([[0.0, 1.0]])
    found = seen_offsets(target, np.zeros(2), viewer=np.zeros(2))
    assert found == pytest.approx(np.array([[0.0, 1.0]]))
    found = seen_offsets(target, np.zeros(2), viewer=np.zeros(2), fallback=np.array([2.0, 0.0]))
    assert found == pytest.approx(np.array([[1.0, 0.0]]))
