"""The comparison of metrics with recorded results: it finds differences and says where they are."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from metric_parity import compare_folder
from metric_parity_tally import Tally


def write_case(folder: Path, **changed: Any) -> Path:
    """One object, displaced by 0.3 along x, with its results by hand."""
    truth = np.array([[[0.0, 0, 0], [2, 1, 1]]], np.float32)
    predicted = truth + np.array([0.5, 0, 0], np.float32)
    normalized = np.array([[[-0.95] * 3, [0.95] * 3]], np.float32)
    none = {
        "scene_cd": [0.5],
        "scene_cd_pred_to_gt": [0.25],
        "scene_cd_gt_to_pred": [0.25],
        "scene_fscore": {"0.1": [0.0], "0.6": [1.0]},
        "iou_bbox": [0.6],
        "object_cd": [0.0],
        "object_fscore": [1.0],
    }
    record = {
        "settings": {"tau": 0.1},
        "cases": {"moved": {"none": {**none, **changed}, "filterreg": {"error": "ValueError"}}},
    }
    folder.mkdir(exist_ok=True)
    (folder / "scene_generation_2.json").write_text(json.dumps(record))
    arrays: dict[str, Any] = {
        "moved/pred": predicted,
        "moved/gt": truth,
        "moved/pred_normalised": normalized,
        "moved/gt_normalised": normalized,
    }
    np.savez(folder / "scene_generation_2.npz", **arrays)
    return folder


def compare(folder: Path) -> tuple[int, str]:
    out = io.StringIO()
    code = compare_folder(folder, Console(file=out, width=200))
    return code, out.getvalue()


def test_equal_values(tmp_path: Path) -> None:
    code, text = compare(write_case(tmp_path / "made-up"))
    assert code == 0, text
    assert text.startswith("scene_generation_2.json: equal, 20 values, largest error")
    assert "1 x the original's FilterReg stops" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scene_cd", [0.50001]),
        ("iou_bbox", [0.6001]),
        ("object_cd", [0.001]),
        ("object_fscore", [0.9]),
        ("scene_fscore", {"0.1": [0.1]}),
        ("iou_bbox", [0.6, 0.6]),
        ("scene_cd", [None]),
    ],
)
def test_a_value_that_differs(tmp_path: Path, name: str, value: Any) -> None:
    code, text = compare(write_case(tmp_path / "made-up", **{name: value}))
    assert code == 1
    assert "DIFFERS" in text and "beyond it: moved/none/" in text


LANGUAGE = ("answers", "captions", "multi3drefer", "scan2cap", "scanrefer", "tokeniser")


def test_a_file_without_arrays(tmp_path: Path) -> None:
    pair = {"text": "A desk.", "ptb": "a desk .", "tokenised": "a desk"}
    path = tmp_path / "tokeniser_2.json"
    path.write_text(json.dumps({"pairs": [pair]}))
    code, text = compare(tmp_path)
    assert code == 0 and text.startswith("tokeniser_2.json: equal, 2 values")
    path.write_text(json.dumps({"pairs": [{**pair, "tokenised": "the desk"}]}))
    code, text = compare(tmp_path)
    assert code == 1 and "beyond it: words of 'A desk.'" in text


@pytest.mark.shared
@pytest.mark.parametrize("kind", LANGUAGE)
def test_recorded_values_of_language(shared_dir: Path, tmp_path: Path, kind: str) -> None:
    recorded = shared_dir / "fixtures" / "metrics" / f"{kind}.json"
    if not recorded.is_file():
        pytest.skip(f"needs {recorded}, which is no part of the repository")
    (tmp_path / recorded.name).write_bytes(recorded.read_bytes())
    code, text = compare(tmp_path)
    assert code == 0, text


def test_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "scene_generation.json").write_text("{}")
    code, text = compare(tmp_path)
    assert code == 2 and "nothing to compare" in text


def test_tally() -> None:
    assert not Tally().agrees  # nothing was compared
    tally = Tally()
    tally.near("a", [1.0, np.nan], [1.05, None], tolerance=0.1)
    assert tally.worst == pytest.approx(0.5) and tally.num_values == 2
    assert tally.line().startswith("equal, 2 values")
    tally.within("b", 1.0, low=1.1, high=2)
    tally.equal("c", [1], [1])
    assert tally.differing == ["b"]
    assert tally.line().startswith("DIFFERS, 4 values")
