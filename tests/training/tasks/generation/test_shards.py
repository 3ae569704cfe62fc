"""Shards of generation samples."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from scenewright.core import CaptureError, ConventionError, FormatError
from scenewright.training import making
from scenewright.training.tasks.generation.shards import (
    family_names,
    find_shards,
    make_shards,
    packed,
    read_shard,
    unpacked,
)
from tests.training.tasks.generation.generation_builders import shard_folder


def test_shards_hold_views_and_their_truth() -> None:
    arrays = read_shard(find_shards(shard_folder())[0])
    count = len(arrays["scene"])
    assert count >= 1 and arrays["image"].shape == (count, 64, 64, 3)
    in_scene, scenes = unpacked(arrays["in_scene"]), unpacked(arrays["scene_grid"])
    for row in range(count):
        assert not (in_scene[row] & ~scenes[arrays["scene"][row]]).any()
        canonical = unpacked(arrays["canonical"][row : row + 1])[0]
        occupied = unpacked(arrays["occupied"][row : row + 1])[0]
        free = unpacked(arrays["free"][row : row + 1])[0]
        assert occupied.any() and not (occupied & ~canonical).any() and not (free & canonical).any()
        assert 0 <= arrays["family"][row] < len(family_names())
        assert (arrays["box"][row, 1] > arrays["box"][row, 0]).all()


def test_the_same_seeds_give_the_same_shard(tmp_path: Path) -> None:
    (again,) = make_shards(tmp_path, first=0, worlds=3, kind="random")
    first, second = load_file(find_shards(shard_folder())[0]), load_file(again)
    for name, values in first.items():
        assert np.array_equal(values, second[name], equal_nan=values.dtype.kind == "f"), name


def test_made_shards_are_kept(tmp_path: Path) -> None:
    source = find_shards(shard_folder())[0]
    shutil.copy(source, tmp_path / "random-00000000.safetensors")
    before = (tmp_path / "random-00000000.safetensors").stat().st_mtime_ns
    steps: list[int] = []
    make_shards(tmp_path, first=0, worlds=3, kind="random",
                progress=lambda stage, done, total, unit: steps.append(done))  # fmt: skip
    assert (tmp_path / "random-00000000.safetensors").stat().st_mtime_ns == before
    assert not steps
    with pytest.raises(ConventionError, match="first seed: expected a multiple of 48, got 7"):
        make_shards(tmp_path, first=7, worlds=1)


def test_workers_make_the_shards_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []

    def in_order(task: Callable[[Any], None], items: Sequence[Any], number: int) -> Iterator[None]:
        asked.append((len(items), number))
        yield from map(task, items)

    monkeypatch.setattr(making, "in_processes", in_order)
    steps: list[tuple[int, int]] = []
    made = make_shards(tmp_path, first=0, worlds=2, kind="random", num_workers=3,
                       progress=lambda _, done, *rest: steps.append((done, rest[0])))  # fmt: skip
    assert asked == [(1, 3)] and steps == [(1, 1)] and [path.exists() for path in made] == [True]


def test_bits_come_back() -> None:
    grid = np.random.default_rng(0).uniform(size=(32, 32, 32)) > 0.5
    assert np.array_equal(unpacked(packed(grid)[None])[0], grid)


def test_missing_and_damaged_shards_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"expected shards of generation samples .*, got none"):
        find_shards(tmp_path)
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(FormatError, match="expected a shard of generation samples"):
        read_shard(tmp_path / "a.safetensors")
    save_file({"scene": np.zeros(1, np.int32)}, tmp_path / "b.safetensors")
    with pytest.raises(FormatError, match="expected a shard of version 3, got None"):
        read_shard(tmp_path / "b.safetensors")
    arrays = load_file(find_shards(shard_folder())[0])
    arrays["pose"] = arrays["pose"][:, :3]
    save_file(arrays, tmp_path / "c.safetensors", metadata={"facts": '{"version": 3}'})
    with pytest.raises(FormatError, match=r"c\.safetensors: pose: expected \(\d+, 4, 4\)"):
        read_shard(tmp_path / "c.safetensors")
