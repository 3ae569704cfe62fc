"""Shards of training samples, and files that are damaged or malicious."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import FormatError
from scenewright.worlds.writing import (
    Sample,
    ShardRecipe,
    read_shards,
    stream_samples,
    write_shard,
)

RECIPE = ShardRecipe(shares={"random": 1.0}, views_per_world=2, width=64, height=48, normals=True)


SEEDS = range(3)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return list(itertools.takewhile(lambda s: s.seed < 3, stream_samples(RECIPE, 0)))


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shards") / "shard-000000.tar"
    assert write_shard(path, RECIPE, SEEDS) == 6
    return path


def assert_same(left: Sample, right: Sample) -> None:
    for name in ("key", "kind", "seed", "labels", "stuff_ids"):
        assert getattr(left, name) == getattr(right, name), name
    for name in ("image", "depth", "id_map", "normals", "world_from_cam"):
        one, other = getattr(left, name), getattr(right, name)
        assert one.dtype == other.dtype and np.array_equal(one, other), name
    assert np.array_equal(left.camera.K, right.camera.K)
    assert left.camera.size == right.camera.size


def test_shards_hold_what_the_stream_gives(samples: list[Sample], shard: Path) -> None:
    stored = list(read_shards([shard]))
    assert len(stored) == len(samples) == 6
    assert len({sample.key for sample in stored}) == 6
    for left, right in zip(samples, stored, strict=True):
        assert_same(left, right)


def test_same_bytes_again(shard: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    write_shard(again, RECIPE, SEEDS)
    assert again.read_bytes() == shard.read_bytes()
    with tarfile.open(shard) as tar:
        members = tar.getmembers()
    assert {member.mtime for member in members} == {0}
    assert [m.name for m in members[:5]] == [
        f"000000000-000.{ending}"
        for ending in ("image.png", "depth.png", "instance.png", "normals.png", "json")
    ]


def members_of(shard: Path) -> dict[str, bytes]:
    with tarfile.open(shard) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
    return path


def png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((height, width), np.uint16)).save(stream, format="PNG")
    return stream.getvalue()


def with_json(files: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    name = "000000000-000.json"
    return {**files, name: json.dumps({**json.loads(files[name]), **changes}).encode()}


def test_paths_in_member_names_are_refused(shard: Path, tmp_path: Path) -> None:
    evil = write_tar(tmp_path / "evil.tar", {"../outside.json": b"{}"})
    with pytest.raises(FormatError, match=r"got \.\./outside\.json"):
        list(read_shards([evil]))
    assert not (tmp_path.parent / "outside.json").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        header = tarfile.TarInfo("a.json")
        header.type, header.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(header)
    with pytest.raises(FormatError, match=r"expected members KEY\.image\.png etc\., got a\.json"):
        list(read_shards([tmp_path / "link.tar"]))


@pytest.mark.parametrize(
    ("ending", "data", "message"),
    [
        (
            "depth.png",
            png(65, 48),
            r"depth\.png: expected 64 x 48 pixels of mode I;16, got 65 x 48",
        ),
        ("image.png", png(64, 48), "of mode RGB, got 64 x 48 of mode I;16"),
        ("instance.png", png(64, 48)[:60], r"instance\.png cannot be decoded"),
        ("json", b"{}", "json: expected the record of a sample, got 'size'"),
        ("json", b"[" * 9000, "json: expected the record of a sample"),
    ],
)
def test_damaged_samples(
    ending: str, data: bytes, message: str, shard: Path, tmp_path: Path
) -> None:
    files = {**members_of(shard), f"000000000-000.{ending}": data}
    with pytest.raises(FormatError, match=message):
        list(read_shards([write_tar(tmp_path / "damaged.tar", files)]))


def test_wrong_numbers_in_a_sample(shard: Path, tmp_path: Path) -> None:
    for changes in ({"size": [10**9, 48]}, {"K": [[1]]}, {"labels": [1]}, {"size": "ab"}):
        files = with_json(members_of(shard), **changes)
        with pytest.raises(FormatError, match="json: expected the record of a sample"):
            list(read_shards([write_tar(tmp_path / "wrong.tar", files)]))


def test_missing_images_and_missing_end_marks(shard: Path, tmp_path: Path) -> None:
    files = members_of(shard)
    del files["000000001-001.depth.png"]
    with pytest.raises(FormatError, match=r"sample 000000001-001: .* got no depth\.png"):
        list(read_shards([write_tar(tmp_path / "gap.tar", files)]))
    cut = tmp_path / "cut.tar"
    with tarfile.open(shard) as tar:
        between = tar.getmember("000000001-000.image.png").offset
    # Between two samples nothing is missing but the end.
    for length in (0, 700, 5000, between, shard.stat().st_size - 10240):
        cut.write_bytes(shard.read_bytes()[:length])
        with pytest.raises(FormatError, match=r"cut\.tar cannot be read.* is truncated"):
            list(read_shards([cut]))
    with pytest.raises(FormatError, match=r"none\.tar cannot be read"):
        list(read_shards([tmp_path / "none.tar"]))
