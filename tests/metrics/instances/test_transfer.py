"""Transfer of predictions from reconstructed points to ground-truth points."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError, ShapeError
from scenewright.metrics import (
    InstancePrediction,
    InstanceTruth,
    estimate_icp,
    measure_ap,
    transfer_aligned,
    transfer_nearest,
)

CASES = ("aligned", "shifted_2cm", "shifted_12cm")


def line(*xs: float) -> NDArray[np.float64]:
    """Points on the x axis, meters."""
    return np.stack([np.array(xs), np.zeros(len(xs)), np.zeros(len(xs))], axis=1)


def test_nearest_takes_background_too_and_stops_at_the_distance() -> None:
    labels = transfer_nearest([4, 0], line(0.0, 0.1), truth_points=line(0.01, 0.06, -0.04, -0.06))
    assert labels.tolist() == [4, 0, 4, 0]
    assert labels.dtype == np.int32
    far = transfer_nearest([4, 0], line(0.0, 0.1), truth_points=line(-0.06), max_distance=0.07)
    assert far.tolist() == [4]


def test_nearest_without_points() -> None:
    empty = np.zeros((0, 3))
    assert transfer_nearest([], empty, truth_points=line(0.0, 1.0)).tolist() == [0, 0]
    assert transfer_nearest([1], line(0.0), truth_points=empty).tolist() == []


def test_nearest_refuses_bad_input() -> None:
    message = "truth_points: expected shape (N, 3), got (2, 2)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        transfer_nearest([1], line(0.0), truth_points=np.zeros((2, 2)))
    message = "labels: expected shape (1,), got (2,)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        transfer_nearest([1, 2], line(0.0), truth_points=line(0.0))
    message = "max_distance: expected more than 0 m, got 0"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        transfer_nearest([1], line(0.0), truth_points=line(0.0), max_distance=0)


def test_aligned_skips_points_without_instance() -> None:
    # The nearest point of the vertex is background; the instance 0.12 m away gets it.
    prediction = InstancePrediction.from_labels([1, 0])
    result = transfer_aligned(
        prediction, line(0.0, 0.1), truth_points=line(0.12, 0.16), recon_from_truth=np.eye(4)
    )
    assert result.nearest.tolist() == [0, -1]
    assert result.prediction.sizes().tolist() == [1]


def test_aligned_keeps_large_or_well_covered_instances() -> None:
    # Points per instance: 4, 4, 400; vertices: 3 (0.75 each), 2 (dropped), 101 (enough).
    points = np.concatenate([line(*[0.0] * 4), line(*[1.0] * 4), line(*[2.0] * 400)])
    truth = np.concatenate([line(*[0.0] * 3), line(*[1.0] * 2), line(*[2.0] * 101)])
    prediction = InstancePrediction.from_labels(np.repeat([1, 2, 3], [4, 4, 400]))
    result = transfer_aligned(prediction, points, truth_points=truth, recon_from_truth=np.eye(4))
    assert result.kept.tolist() == [0, 2]
    assert result.prediction.sizes().tolist() == [3, 101]


def test_aligned_without_any_instance() -> None:
    prediction = InstancePrediction.from_masks(np.zeros((3, 2), bool))
    result = transfer_aligned(prediction, line(0, 1, 2), truth_points=line(0, 1))
    assert result.nearest.tolist() == [-1, -1]
    assert len(result.prediction) == 0
    assert result.prediction.num_vertices == 2


def test_aligned_needs_one_row_per_point() -> None:
    message = "InstancePrediction.membership: expected 2 rows, one per reconstructed point, got 1"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        transfer_aligned(InstancePrediction.from_labels([1]), line(0, 1), truth_points=line(0))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_icp_undoes_a_small_displacement(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.uniform(-1, 1, (200, 3)) * 3
    angle = rng.uniform(-0.003, 0.003)
    turn = np.eye(3)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    offset = rng.uniform(-0.01, 0.01, 3)
    found = estimate_icp(source, source @ turn.T + offset)
    np.testing.assert_allclose(found[:3, :3], turn, atol=1e-9)
    np.testing.assert_allclose(found[:3, 3], offset, atol=1e-9)


def test_icp_of_mirrored_points_stays_a_rotation() -> None:
    # Flat clouds leave one axis free, where a mirror image fits as well as a turn.
    rng = np.random.default_rng(0)
    flat = rng.uniform(-1, 1, (100, 3)) * [1, 1, 0]
    found = estimate_icp(flat, flat * [1, 1, -1])
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1)


def test_icp_out_of_reach_is_identity() -> None:
    assert estimate_icp(line(0, 1), line(5, 6)).tolist() == np.eye(4).tolist()
    assert estimate_icp(line(0, 1), np.zeros((0, 3))).tolist() == np.eye(4).tolist()


@pytest.fixture(scope="module")
def recorded(shared_dir: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    folder = shared_dir / "fixtures" / "metrics"
    if not (folder / "instance_transfer.json").is_file():
        pytest.skip(f"needs {folder / 'instance_transfer.json'}, no part of the repository")
    with np.load(folder / "instance_transfer.npz") as arrays:
        inputs = {key: arrays[key] for key in arrays.files}
    return json.loads((folder / "instance_transfer.json").read_text()), inputs


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("own_icp", [False, True])
def test_recorded_cases(
    recorded: tuple[dict[str, Any], dict[str, NDArray[Any]]], case: str, own_icp: bool
) -> None:
    expected, inputs = recorded[0][case], recorded[1]
    prediction = InstancePrediction.from_masks(inputs[f"{case}/masks"])
    result = transfer_aligned(
        prediction,
        inputs[f"{case}/recon_points"],
        truth_points=inputs[f"{case}/gt_points"],
        recon_from_truth=None if own_icp else expected["icp_matrix"],
    )
    np.testing.assert_allclose(result.recon_from_truth, expected["icp_matrix"], atol=1e-4)
    sizes = result.prediction.sizes()
    assert result.kept.tolist() == expected["kept_instances"]
    if own_icp:
        assert np.abs(sizes - expected["vertices_per_kept_instance"]).max() <= 3
        return
    assert result.nearest.tolist() == inputs[f"{case}/nearest"].tolist()
    assert sizes.tolist() == expected["vertices_per_kept_instance"]
    assert np.count_nonzero(result.nearest < 0) == expected["unassigned_vertices"]
    truth = InstanceTruth.from_benchmark(inputs[f"{case}/gt"])
    ap = measure_ap([(truth, result.prediction)])
    want = expected["result"]
    np.testing.assert_allclose(
        [ap.ap, ap.ap50, ap.ap25], [want["AP"], want["AP50"], want["AP25"]], rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(
        list(ap.per_class[0].values()), want["per_class"]["1"], rtol=0, atol=1e-9
    )
