"""Shards of partly seen objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from scenewright.core import CaptureError, FormatError
from scenewright.training.tasks.completion import shards
from scenewright.training.tasks.completion.shards import ScanSamples, scan_shards
from tests.training.tasks.completion.completion_builders import make_boxes, seen_box


def test_samples_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = sorted(make_boxes(tmp_path, monkeypatch).iterdir())
    assert [path.name for path in paths] == [
        f"scans-0000000{n}.safetensors" if n < 10 else f"scans-000000{n}.safetensors"
        for n in (0, 4, 8)
    ]
    samples = ScanSamples(paths)
    assert len(samples) == 36
    occupied, free, shape = samples.grids(np.array([20]))[:, 0]
    box = seen_box(20)
    assert np.array_equal(occupied, box.occupied) and np.array_equal(free, box.free)
    assert np.array_equal(shape, box.shape) and samples.cameras[20] == box.cameras


def test_shards_that_exist_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sorted(make_boxes(tmp_path, monkeypatch).iterdir())[0]
    before = path.stat().st_mtime_ns
    make_boxes(tmp_path, monkeypatch)
    assert path.stat().st_mtime_ns == before


def test_a_run_makes_shards_for_training_and_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "scan_samples", lambda seed: iter([seen_box(seed)]))
    paths = scan_shards(tmp_path, None, worlds=5, held_out=1)
    assert [path.name for path in paths] == [
        "scans-00000000.safetensors", "scans-00000004.safetensors", "scans-01000000.safetensors",
    ]  # fmt: skip
    assert scan_shards(tmp_path, tmp_path / "scans", worlds=1, held_out=1) == paths
    with pytest.raises(CaptureError, match="got none"):
        scan_shards(tmp_path, tmp_path / "nothing", worlds=1, held_out=1)


def test_damaged_shards_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sorted(make_boxes(tmp_path, monkeypatch).iterdir())[0]
    arrays = load_file(path)
    save_file(arrays, path, metadata={"version": "scans 0"})
    with pytest.raises(FormatError, match="expected a shard of version 'scans 1', got scans 0"):
        ScanSamples([path])
    save_file({**arrays, "free": arrays["free"][:3]}, path, metadata={"version": "scans 1"})
    with pytest.raises(FormatError, match=r"free: expected \(12, 4096\), got \(3, 4096\)"):
        ScanSamples([path])
    path.write_bytes(b"nothing")
    with pytest.raises(FormatError, match="Delete it, and make it again"):
        ScanSamples([path])
