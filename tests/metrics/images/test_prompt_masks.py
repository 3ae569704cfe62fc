"""Masks by prompt: the published numbers, the fixes, and id maps without prompts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.metrics import (
    PromptMask,
    PromptScores,
    boundary_iou,
    mask_iou,
    match_prompts,
    measure_prompt_masks,
)
from scenewright.metrics.images.prompt_masks import resize_nearest

SQUARE = np.zeros((20, 20), np.uint8)
SQUARE[5:15, 5:15] = 255
EMPTY = np.zeros_like(SQUARE)


@pytest.fixture(scope="module")
def recorded(shared_dir: Path) -> dict[str, tuple[dict[str, Any], list[PromptMask]]]:
    folder = shared_dir / "fixtures" / "metrics"
    if not (folder / "lerf_mask.json").is_file():
        pytest.skip(f"needs {folder / 'lerf_mask.json'}, which is no part of the repository")
    cases = {}
    with np.load(folder / "lerf_mask.npz") as arrays:
        for case, expected in json.loads((folder / "lerf_mask.json").read_text()).items():
            masks = [
                PromptMask(
                    entry["image"],
                    entry["prompt"],
                    arrays[f"{case}/{i}/gt"],
                    arrays[f"{case}/{i}/pred"] if entry["has_prediction"] else None,
                )
                for i, entry in enumerate(expected["entries"])
            ]
            cases[case] = expected, masks
    return cases


@pytest.mark.shared
def test_equals_the_published_script(
    recorded: dict[str, tuple[dict[str, Any], list[PromptMask]]],
) -> None:
    """All values are equal; where the script has NaN for two empty masks, ours is 1."""
    num_values = 0
    for case, (expected, masks) in recorded.items():
        result = measure_prompt_masks(masks, skip_missing=True)
        entries = [entry for entry in expected["entries"] if entry["has_prediction"]]
        assert len(entries) == len(result.scores), case
        for entry, score in zip(entries, result.scores, strict=True):
            assert (score.frame, score.prompt) == (entry["image"], entry["prompt"])
            for name in ("iou", "boundary_iou"):
                value = 1.0 if entry[name] is None else entry[name]
                assert getattr(score, name) == value, (case, entry)
                num_values += 1
        if expected["mIoU"] is None:
            assert case == "empty_both"
            continue
        assert set(result.ious) == set(expected["iou_per_prompt"])
        for name, found, wanted in (
            ("iou", result.ious, expected["iou_per_prompt"]),
            ("boundary", result.boundary_ious, expected["boundary_iou_per_prompt"]),
        ):
            for prompt, value in wanted.items():
                assert found[prompt] == pytest.approx(value, rel=1e-12), (case, name, prompt)
        assert result.mean_iou == pytest.approx(expected["mIoU"], rel=1e-12)
        assert result.mean_boundary_iou == pytest.approx(expected["boundary_mIoU"], rel=1e-12)
    assert num_values == 86


@pytest.mark.shared
def test_missing_predictions_cost(
    recorded: dict[str, tuple[dict[str, Any], list[PromptMask]]],
) -> None:
    expected, masks = recorded["missing_predictions"]
    result = measure_prompt_masks(masks)
    assert [score.predicted for score in result.scores] == [True, False, False, True]
    for prompt, value in expected["iou_per_prompt"].items():
        assert result.ious[prompt] == pytest.approx(value / 2)


def test_mean_of_images_then_of_prompts() -> None:
    masks = [
        PromptMask("a", "cup", SQUARE, SQUARE),
        PromptMask("b", "cup", SQUARE, None),
        PromptMask("b", "red bag.old", SQUARE, SQUARE),
        PromptMask("c", "red bag", SQUARE, EMPTY),
        PromptMask("d", "red bag.", EMPTY, EMPTY),
    ]
    result = measure_prompt_masks(masks)
    assert result.ious == {"cup": 0.5, "red bag": pytest.approx(2 / 3)}
    assert list(result.boundary_ious) == ["cup", "red bag"]
    assert result.mean_iou == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert measure_prompt_masks(masks, skip_missing=True).ious["cup"] == 1
    assert np.isnan(measure_prompt_masks([]).mean_iou)
    assert isinstance(result, PromptScores)


def test_gray_levels() -> None:
    gray = np.array([[0, 127, 128, 129, 255]], np.uint8)
    (score,) = measure_prompt_masks([PromptMask("a", "b", gray, gray > 128)]).scores
    assert score.iou == 1


def test_resizing_takes_pixel_centers() -> None:
    values = np.arange(12).reshape(3, 4)
    assert np.array_equal(resize_nearest(values, (3, 4)), values)
    doubled = resize_nearest(values, (6, 8))
    assert np.array_equal(doubled, np.repeat(np.repeat(values, 2, 0), 2, 1))
    assert np.array_equal(resize_nearest(values, (1, 2)), [[5, 7]])
    assert np.array_equal(resize_nearest(values, (1, 4)), values[1:2])


def test_id_maps_are_matched_once_for_all_frames() -> None:
    truth = {"0": {"cup": SQUARE, "bag": 255 - SQUARE}, "1": {"cup.far": SQUARE}}
    ids = np.where(SQUARE > 0, 7, 9)
    shifted = np.roll(ids, 2, axis=1)
    scores, chosen = match_prompts(truth, {"0": ids, "1": shifted, "unused": ids})
    assert chosen == {"cup": 7, "bag": 9}
    assert scores.ious["bag"] == 1
    half = (1 + mask_iou(shifted == 7, SQUARE > 0)) / 2
    assert scores.ious["cup"] == pytest.approx(half)
    rim = (1 + boundary_iou(shifted == 7, SQUARE > 0)) / 2
    assert scores.boundary_ious["cup"] == pytest.approx(rim)


def test_one_id_serves_one_prompt() -> None:
    truth = {"0": {"cup": SQUARE, "mug": SQUARE}}
    scores, chosen = match_prompts(truth, {"0": np.where(SQUARE > 0, 3, 0)})
    assert len(chosen) == 1 and sorted(scores.ious.values()) == [0, 1]
    assert [score.predicted for score in scores.scores].count(False) == 1
    nothing, chosen = match_prompts(truth, {"0": np.zeros((5, 5), int)})
    assert chosen == {} and nothing.mean_iou == 0


def test_id_maps_of_another_size() -> None:
    ids = np.where(SQUARE > 0, 3, 0)
    large = np.repeat(np.repeat(ids, 3, 0), 3, 1)
    scores, chosen = match_prompts({"0": {"cup": SQUARE}}, {"0": large})
    assert chosen == {"cup": 3} and scores.mean_iou == 1


def test_bad_input() -> None:
    with pytest.raises(ShapeError) as caught:
        match_prompts({"a": {"cup": SQUARE}, "b": {"cup": SQUARE}}, {"b": np.zeros((20, 20), int)})
    assert str(caught.value) == (
        "predicted id maps: expected one for each of 2 frames, got none for a"
    )
    with pytest.raises(ConventionError) as other:
        match_prompts({"a": {"cup": SQUARE}}, {"a": np.full((20, 20), -1)})
    assert str(other.value) == "id map of a: expected 0 or more, got -1"
    with pytest.raises(ShapeError) as caught:
        measure_prompt_masks([PromptMask("a", "b", SQUARE.astype(float), None)])
    assert str(caught.value) == "mask: expected (H, W) uint8 or bool, got (20, 20) float64"
