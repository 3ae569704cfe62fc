"""Measures of completed objects, on boxes whose volumes are known."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import FREE, OCCUPIED, UNKNOWN, ConventionError, Mesh, StateGrid
from scenewright.metrics.shapes.completion import (
    mean_scores,
    measure_completion,
    overlap_share,
    solid_cells,
)

FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def box(x: float, y: float, z: float, *, at: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """A closed box from a corner."""
    corners = np.array([[a, b, c] for a in (0, x) for b in (0, y) for c in (0, z)], np.float32)
    return Mesh(corners + np.array(at, np.float32), FACES)


def grid(state_behind: int = UNKNOWN) -> StateGrid:
    """Cells of 0.1 m around a box of 1 m: its front half is known, the other half is not."""
    states = np.full((14, 14, 14), UNKNOWN, np.uint8)
    states[:7] = FREE
    states[2:7, 2:12, 2:12] = OCCUPIED
    states[7:] = state_behind
    return StateGrid(states, np.full(3, -0.2), 0.1, 0.5)


def test_an_equal_box_scores_best() -> None:
    seen = np.random.default_rng(0).uniform(0, 1, (200, 3)) * (0, 1, 1)
    found = measure_completion(box(1, 1, 1), box(1, 1, 1), grid=grid(), seen=seen)
    assert found.iou == found.hidden_iou == found.seen_recall == found.watertight == 1
    assert found.free_violation == 0 and found.f_score_relative > 0.99
    assert found.chamfer < 0.02 and found.normal_consistency > 0.95


def test_a_half_box_has_half_the_volume_and_nothing_of_the_unseen_part() -> None:
    found = measure_completion(box(0.5, 1, 1), box(1, 1, 1), grid=grid())
    assert found.iou == pytest.approx(0.5, abs=0.03) and found.hidden_iou < 0.06
    assert np.isnan(found.seen_recall)


def test_coarse_points_are_found_within_their_spacing() -> None:
    coarse = 0.3 * np.stack(np.meshgrid(*[np.arange(4)] * 2, [0.0]), axis=-1).reshape(-1, 3)
    lifted = coarse + np.array([0, 0, -0.25])  # more than a cell of 0.1 below the box
    assert measure_completion(box(1, 1, 1), box(1, 1, 1), grid=grid(), seen=lifted).seen_recall == 1
    far = coarse + np.array([0, 0, -0.35])
    assert measure_completion(box(1, 1, 1), box(1, 1, 1), grid=grid(), seen=far).seen_recall == 0


def test_volume_in_free_space_is_a_violation() -> None:
    found = measure_completion(box(1, 1, 1), box(0.5, 1, 1), grid=grid(FREE))
    assert found.free_violation == pytest.approx(0.5, abs=0.01)


def test_an_open_mesh_counts_as_its_surface() -> None:
    open_box = Mesh(box(1, 1, 1).vertices, FACES[:4])
    cells = solid_cells(open_box, np.zeros(3) - 0.05, 0.1, (12, 12, 12))
    assert cells[0].sum() > 100 and cells[-2].sum() > 80 and cells[5, 5, 5] == 0
    found = measure_completion(open_box, box(1, 1, 1))
    assert found.iou < 0.1 and found.watertight == 0 and np.isnan(found.hidden_iou)


def test_overlap_is_the_worst_share_of_the_smaller_object() -> None:
    meshes = {1: box(1, 1, 1), 2: box(1, 1, 1, at=(0.75, 0, 0)), 3: box(1, 1, 1, at=(5, 0, 0))}
    assert overlap_share(meshes) == pytest.approx(0.25, abs=0.02)
    assert overlap_share({1: meshes[1], 3: meshes[3]}) == 0


def test_means_leave_out_what_is_unknown_and_a_point_is_refused() -> None:
    one = measure_completion(box(1, 1, 1), box(1, 1, 1), grid=grid())
    other = measure_completion(box(0.5, 1, 1), box(1, 1, 1))
    mean = mean_scores([one, other])
    assert mean.iou == pytest.approx((one.iou + other.iou) / 2)
    assert mean.hidden_iou == one.hidden_iou and np.isnan(mean.seen_recall)
    point = Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    with pytest.raises(ConventionError) as error:
        measure_completion(point, point)
    assert str(error.value) == "meshes to compare: expected an extent, got a single point"
