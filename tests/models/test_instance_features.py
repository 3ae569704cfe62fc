"""Vectors of objects: parts fit each other, and files give them back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, ShapeError
from scenewright.models.instance_features import (
    InstanceFeatures,
    read_features,
    write_features,
)


def features() -> InstanceFeatures:
    rng = np.random.default_rng(0)
    return InstanceFeatures(
        id=np.array([3, 7], np.int32),
        shape=rng.random((2, 4)).astype(np.float32),
        views=rng.random((2, 3, 5)).astype(np.float32),
        frame=np.array([[0, 0, 4], [2, -1, -1]]),
        level=np.array([[0, 1, 2], [0, 1, 2]]),
        seen=np.ones((2, 3), np.float32),
        shape_model="names/tiny",
        view_model="plain",
    )


def test_a_file_gives_them_back(tmp_path: Path) -> None:
    one = features()
    write_features(tmp_path / "features.npz", one, key="this scene")
    back, key = read_features(tmp_path / "features.npz")
    assert key == "this scene"
    for name in ("id", "shape", "views", "frame", "level", "seen"):
        assert np.array_equal(getattr(back, name), getattr(one, name)), name
    assert (back.shape_model, back.view_model) == ("names/tiny", "plain")
    assert back.known.tolist() == [[True] * 3, [True, False, False]]


def test_parts_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="frame"):
        replace(features(), frame=np.zeros((2, 2), np.int64))
    with pytest.raises(ShapeError, match="shape"):
        replace(features(), shape=np.zeros((3, 4), np.float32))
    (tmp_path / "features.npz").write_bytes(b"nothing")
    with pytest.raises(FormatError):
        read_features(tmp_path / "features.npz")
