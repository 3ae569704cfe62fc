"""Predictions as npz of OnlineAnySeg."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError
from scenewright.io import PointMasks, read_onlineanyseg, write_onlineanyseg
from tests.builders import make_scene
from tests.io.prediction_builders import assert_same, predictions


@pytest.mark.parametrize("embeddings", [True, False])
def test_onlineanyseg_round_trip(tmp_path: Path, embeddings: bool) -> None:
    found = PointMasks.from_scene(make_scene(embeddings=embeddings))
    write_onlineanyseg(tmp_path / "ckpt_final.npz", found)
    assert_same(read_onlineanyseg(tmp_path / "ckpt_final.npz"), found)


def test_onlineanyseg_arrays_are_those_of_its_evaluator(tmp_path: Path) -> None:
    write_onlineanyseg(tmp_path / "a.npz", predictions())
    arrays = np.load(tmp_path / "a.npz", allow_pickle=False)
    shapes = {name: (arrays[name].shape, arrays[name].dtype.name) for name in arrays.files}
    assert shapes == {
        "pred_masks": ((10, 3), "bool"),
        "pred_score": ((3,), "float64"),
        "pred_classes": ((3,), "int32"),
        "pred_sem_features": ((4, 3), "float32"),
    }


def test_onlineanyseg_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, pred_masks=np.eye(3, dtype=np.uint8), pred_score=np.ones(3, np.float32),
             pred_classes=np.zeros(3, np.int64))  # fmt: skip
    assert np.array_equal(read_onlineanyseg(path).masks, np.eye(3, dtype=np.bool_))
    np.savez(path, pred_masks=np.eye(3), pred_score=np.ones(3), pred_classes=np.zeros(3, int))
    with pytest.raises(FormatError, match="pred_masks: expected booleans, got float64"):
        read_onlineanyseg(path)
    np.savez(path, pred_masks=np.eye(3, dtype=bool), pred_score=np.ones(2), pred_classes=[0, 0, 0])
    with pytest.raises(FormatError, match=r"expected shape \(3,\), got \(2,\)"):
        read_onlineanyseg(path)
    np.savez(path, pred_masks=np.eye(3, dtype=bool))
    with pytest.raises(FormatError) as caught:
        read_onlineanyseg(path)
    assert str(caught.value) == (
        f"{path}: expected the arrays pred_masks, pred_score, pred_classes, "
        "got none called pred_classes, pred_score"
    )
