"""Predictions as text files of the ScanNet benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, OutputError
from scenewright.io import PointMasks, read_scannet, write_bytes, write_scannet
from tests.io.prediction_builders import predictions


def test_scannet_round_trip(tmp_path: Path) -> None:
    found = predictions()
    index = write_scannet(tmp_path, "scene0011_00", found)
    assert index == tmp_path / "scene0011_00.txt"
    lines = index.read_text().splitlines()
    assert lines[2] == "predicted_masks/scene0011_00_002.txt 39 1.0"
    mask = (tmp_path / "predicted_masks" / "scene0011_00_000.txt").read_text()
    assert mask == "1\n1\n1\n0\n0\n0\n0\n0\n0\n0\n"
    back = read_scannet(index)
    assert np.array_equal(back.masks, found.masks)
    assert np.array_equal(back.score, found.score)
    assert np.array_equal(back.class_id, found.class_id)


def test_scannet_folder_holds_many_scenes(tmp_path: Path) -> None:
    write_scannet(tmp_path, "a", predictions())
    write_scannet(tmp_path, "b", predictions())
    with pytest.raises(OutputError, match="--overwrite"):
        write_scannet(tmp_path, "a", predictions())
    write_scannet(tmp_path, "a", predictions(), overwrite=True)
    assert len(list(tmp_path.glob("*.txt"))) == 2
    with pytest.raises(FormatError, match="expected a plain name"):
        write_scannet(tmp_path, "../a", predictions())


def test_scannet_overwritten_by_fewer_instances_keeps_no_old_masks(tmp_path: Path) -> None:
    for name in ("scene0011_00", "scene0011", "scene0011_00_1"):
        write_scannet(tmp_path, name, predictions())
    one = predictions()
    fewer = PointMasks(one.masks[:, :1], one.score[:1], one.class_id[:1])
    write_scannet(tmp_path, "scene0011_00", fewer, overwrite=True)
    assert len(read_scannet(tmp_path / "scene0011_00.txt")) == 1
    left = sorted(path.name for path in (tmp_path / "predicted_masks").glob("*.txt"))
    assert [name for name in left if name.startswith("scene0011_00_0")] == ["scene0011_00_000.txt"]
    assert len(read_scannet(tmp_path / "scene0011.txt")) == 3
    assert len(read_scannet(tmp_path / "scene0011_00_1.txt")) == 3


def test_scannet_without_instances(tmp_path: Path) -> None:
    none = PointMasks(np.zeros((4, 0), np.bool_), np.zeros(0), np.zeros(0, np.int32))
    assert len(read_scannet(write_scannet(tmp_path, "a", none))) == 0


def test_failed_scannet_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_late(path: Path, data: bytes) -> None:
        if "002" in path.name:
            raise OSError(28, "No space left on device")
        write_bytes(path, data)

    monkeypatch.setattr("scenewright.io.scannet.write_bytes", fails_late)
    with pytest.raises(OutputError, match="the disk is full"):
        write_scannet(tmp_path, "a", predictions())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_failed_overwrite_keeps_the_older_scannet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scannet(tmp_path, "a", predictions())
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def interrupted(path: Path, data: bytes) -> None:
        if "001" in path.name:
            raise KeyboardInterrupt
        write_bytes(path, data)

    monkeypatch.setattr("scenewright.io.scannet.write_bytes", interrupted)
    other = PointMasks(~predictions().masks, predictions().score, predictions().class_id)
    with pytest.raises(KeyboardInterrupt):
        write_scannet(tmp_path, "a", other, overwrite=True)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("../secret.txt 1 1.0", "expected a relative path below"),
        ("/etc/passwd 1 1.0", "expected a relative path below"),
        ("predicted_masks/none.txt 1 1.0", r"expected a mask of 0 and 1, got no such path"),
        ("predicted_masks/a_000.txt 1", "expected lines of: file class score"),
        ("predicted_masks/a_000.txt chair 1.0", "invalid literal for int"),
        ("predicted_masks/a_000.txt 1 nan", "expected finite values"),
        ("long.txt 1 1.0", "expected masks of equal length, got from 2 to 10"),
        ("odd.txt 1 1.0", r"odd\.txt: expected 0 or 1 per line, got 0\.5"),
    ],
)
def test_damaged_scannet(tmp_path: Path, line: str, words: str) -> None:
    index = write_scannet(tmp_path / "out", "a", predictions())
    (tmp_path / "secret.txt").write_text("1\n" * 10)
    (tmp_path / "out" / "long.txt").write_text("1\n0\n")
    (tmp_path / "out" / "odd.txt").write_text("1\n0.5\n")
    index.write_text(index.read_text() + line + "\n")
    with pytest.raises(FormatError, match=words):
        read_scannet(index)
