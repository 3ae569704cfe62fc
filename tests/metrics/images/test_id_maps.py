"""Id maps over views: pairs, IoU, boundaries, against slow references and exact shapes."""

from __future__ import annotations

import time
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.ndimage import binary_erosion

from scenewright.core import ConventionError, ScenewrightError, ShapeError
from scenewright.metrics import boundary_iou, boundary_map, mask_iou, match_id_maps

SMALL = npst.arrays(
    np.int32,
    npst.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.integers(0, 3),
)


def slow_boundary(mask: np.ndarray, share: float = 0.02) -> np.ndarray:
    """By repeated erosion, as in the definition."""
    times = max(1, round(share * np.hypot(*mask.shape)))
    eroded: np.ndarray = binary_erosion(mask, np.ones((3, 3)), times, border_value=0)
    boundary: np.ndarray = mask & ~eroded
    return boundary


@given(SMALL, st.sampled_from([0.02, 0.1, 0.2]))
def test_boundaries_of_all_ids_at_once(ids: np.ndarray, share: float) -> None:
    found = boundary_map(ids, share=share)
    for one in range(1, 4):
        assert np.array_equal(found == one, slow_boundary(ids == one, share))


def test_width_rounds_half_to_even() -> None:
    # Diagonals of 75 and 125 give 1.5 and 2.5: two pixels both times.
    for height, width in ((45, 60), (75, 100)):
        rim = boundary_map(np.ones((height, width), int))
        assert (rim == 0).sum() == (height - 4) * (width - 4)


def test_moved_square_by_hand() -> None:
    truth, found = np.zeros((2, 20, 20), bool)
    truth[5:15, 5:15] = True
    found[5:15, 6:16] = True
    assert mask_iou(found, truth) == pytest.approx(90 / 110)
    # Rims of one pixel, 36 each: 9 shared at top and at bottom, and the corners of the columns.
    rims = [slow_boundary(truth), slow_boundary(found)]
    shared = np.count_nonzero(rims[0] & rims[1])
    assert shared == 18
    assert boundary_iou(found, truth) == pytest.approx(shared / (72 - shared))


def test_empty_masks() -> None:
    empty, full = np.zeros((9, 9), bool), np.ones((9, 9), bool)
    for measure in (mask_iou, boundary_iou):
        assert measure(empty, empty) == 1
        assert measure(empty, full) == measure(full, empty) == 0
        assert measure(full, full) == 1


def slow_ious(
    predicted: list[np.ndarray], truth: list[np.ndarray], pair: tuple[int, int]
) -> tuple[float, float]:
    views = [(p == pair[1], t == pair[0]) for p, t in zip(predicted, truth, strict=True)]
    views = [(p, t) for p, t in views if t.any()]
    whole = [mask_iou(p, t) for p, t in views]
    rims = [mask_iou(slow_boundary(p), slow_boundary(t)) for p, t in views]
    return float(np.mean(whole)), float(np.mean(rims))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(SMALL, st.randoms(use_true_random=False)), min_size=1, max_size=3))
def test_matches_the_slow_version(views: list[tuple[np.ndarray, Random]]) -> None:
    truth = [ids for ids, _ in views]
    predicted = [
        np.where(np.random.default_rng(random.getrandbits(30)).random(ids.shape) < 0.6, ids + 4, 0)
        for ids, random in views
    ]
    match = match_id_maps(predicted, truth)
    assert match.truth_ids.tolist() == sorted({int(i) for t in truth for i in np.unique(t)} - {0})
    flat_truth = np.concatenate([t.ravel() for t in truth])
    flat_found = np.concatenate([p.ravel() for p in predicted])
    for i, truth_id in enumerate(match.truth_ids):
        partner = int(match.predicted_ids[i])
        if not partner:
            assert match.ious[i] == match.boundary_ious[i] == match.pooled_ious[i] == 0
            continue
        whole, rim = slow_ious(predicted, truth, (int(truth_id), partner))
        assert match.ious[i] == pytest.approx(whole)
        assert match.boundary_ious[i] == pytest.approx(rim)
        pooled = mask_iou(flat_found[None] == partner, flat_truth[None] == truth_id)
        assert match.pooled_ious[i] == pytest.approx(pooled)
        assert match.num_views[i] == sum((t == truth_id).any() for t in truth)
    used = match.predicted_ids[match.predicted_ids > 0]
    assert len(np.unique(used)) == len(used)


@given(SMALL, st.permutations([4, 9, 2**16 - 1]))
def test_names_of_predictions_do_not_matter(ids: np.ndarray, names: list[int]) -> None:
    renamed = np.array([0, *names])[ids]
    match = match_id_maps([renamed], [ids])
    assert (match.ious == 1).all() and (match.boundary_ious == 1).all()
    assert match.mean_iou == match.mean_boundary_iou == match.mean_pooled_iou == 1
    assert match.predicted_ids.tolist() == [names[i - 1] for i in match.truth_ids]


def test_one_partner_for_all_views() -> None:
    """An id that changes between views is matched in one of them only."""
    truth = np.ones((4, 10, 10), int)
    found = truth.copy()
    found[3] = 2
    match = match_id_maps(found, truth)
    assert match.predicted_ids.tolist() == [1] and match.ious.tolist() == [0.75]
    assert match.num_predicted == 2 and match.num_views.tolist() == [4]


def test_the_best_sum_wins_over_the_best_first() -> None:
    truth = np.array([[1] * 10 + [2] * 4])
    # The prediction 5 fits both; 6 fits only the first.
    found = np.array([[5] * 6 + [6] * 4 + [5] * 4])
    match = match_id_maps([found], [truth])
    assert match.predicted_ids.tolist() == [6, 5]
    assert match.ious.tolist() == [pytest.approx(4 / 10), pytest.approx(4 / 10)]


def test_false_pixels_elsewhere_count_in_the_pooled_iou_only() -> None:
    truth, found = np.zeros((2, 2, 8, 8), int)
    truth[0, :4] = 1
    found[0, :4] = 3
    found[1] = 3
    match = match_id_maps(found, truth)
    assert match.ious.tolist() == [1.0]
    assert match.pooled_ious.tolist() == [32 / 96]


def test_ignored_pixels_count_on_neither_side() -> None:
    truth, found = np.zeros((2, 1, 20, 20), int)
    truth[0, :, :10] = 1
    found[0, :, :15] = 1
    ignored = np.zeros((1, 20, 20), bool)
    ignored[0, :, 10:] = True
    assert match_id_maps(found, truth).mean_iou == pytest.approx(2 / 3)
    assert match_id_maps(found, truth, ignored=ignored).mean_iou == 1


def test_nothing_there() -> None:
    empty, full = np.zeros((2, 5, 5), int), np.ones((2, 5, 5), int)
    assert match_id_maps(empty, empty).mean_iou == 1
    assert match_id_maps(full, empty).mean_iou == 0
    missed = match_id_maps(empty, full)
    assert missed.mean_iou == missed.mean_boundary_iou == 0
    assert missed.predicted_ids.tolist() == [0] and missed.num_predicted == 0
    assert match_id_maps([], []).mean_iou == 1


@pytest.mark.parametrize(
    ("predicted", "truth", "ignored", "kind", "message"),
    [
        (np.zeros((2, 3, 3), int), np.zeros((1, 3, 3), int), None, ShapeError,
         "id maps: expected the same number of each kind, got one list that ends after 1"),
        (np.zeros((1, 3, 3), int), np.zeros((2, 3, 3), int), None, ShapeError,
         "id maps: expected the same number of each kind, got one list that ends after 1"),
        (np.zeros((2, 3, 3), int), np.zeros((2, 3, 3), int), np.zeros((1, 3, 3), bool), ShapeError,
         "id maps: expected the same number of each kind, got one list that ends after 1"),
        (np.zeros((1, 3, 4), int), np.zeros((1, 3, 3), int), None, ShapeError,
         "predicted id map 0: expected (3, 3) as the true one, got (3, 4)"),
        (np.full((1, 3, 3), -1), np.zeros((1, 3, 3), int), None, ConventionError,
         "id maps of view 0: expected 0 or more, got -1"),
        (np.zeros((1, 3, 3)) + 0.5, np.zeros((1, 3, 3), int), None, ShapeError,
         "predicted id map 0: expected values that fit int32, got float64"),
    ],
)  # fmt: skip
def test_bad_input(
    predicted: np.ndarray,
    truth: np.ndarray,
    ignored: np.ndarray | None,
    kind: type[ScenewrightError],
    message: str,
) -> None:
    with pytest.raises(kind) as caught:
        match_id_maps(predicted, truth, ignored=ignored)
    assert str(caught.value) == message


def test_many_views_are_quick() -> None:
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 61, (8, 12, 16))
    truth = np.kron(blocks, np.ones((1, 30, 30), int))
    found = np.where(rng.random(truth.shape) < 0.9, truth, 0)
    start = time.perf_counter()
    match = match_id_maps(found, truth)
    # 25 ms a view on an idle core; 80 views of 480 x 360 with 60 ids in about two seconds.
    assert time.perf_counter() - start < 8 * 0.5
    assert match.mean_pooled_iou == pytest.approx(0.9, abs=0.01)
