"""Shards of partly seen boxes, made without a world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.training.tasks.completion import shards
from scenewright.training.tasks.completion.scans import ScanSample


def seen_box(seed: int) -> ScanSample:
    """A box of which the front is known, at a random place of the cube."""
    rng = np.random.default_rng(seed)
    low, size = rng.integers(4, 10, 3), rng.integers(10, 16, 3)
    shape = np.zeros((32, 32, 32), bool)
    shape[tuple(slice(a, a + b) for a, b in zip(low, size, strict=True))] = True
    occupied = shape.copy()
    occupied[:, low[1] + 1 :] = False
    free = np.zeros_like(shape)
    free[:, : low[1]] = True
    return ScanSample("table", 1 + 2 * (seed % 2), occupied, free, shape)


def make_boxes(folder: Path, monkeypatch: pytest.MonkeyPatch, *, worlds: int = 12) -> Path:
    """A folder with shards of four worlds each, with three boxes per world."""
    monkeypatch.setattr(
        shards, "scan_samples", lambda seed: (seen_box(3 * seed + n) for n in range(3))
    )
    shards.make_scan_shards(folder, first=0, worlds=worlds)
    return folder
