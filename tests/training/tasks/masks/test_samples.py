"""Prepared shards, augmentation and random sensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

pytest.importorskip("torch")

from scenewright.core import Camera
from scenewright.training.tasks.masks import samples
from scenewright.training.tasks.masks.samples import (
    MaskSample,
    PreparedSamples,
    change_colors,
    make_sample,
    mirrored,
    prepare_shard,
    random_sensor,
)
from scenewright.worlds.rendering import View
from scenewright.worlds.writing.samples import stream_samples
from tests.training.tasks.masks.shard_builders import RECIPE, tiny_shards


def test_mirroring_twice_changes_nothing_but_the_rim() -> None:
    rng = np.random.default_rng(1)
    sample = MaskSample(
        rng.standard_normal((12, 16, 20)).astype(np.float32),
        rng.integers(0, 4, (8, 10)).astype(np.int32),
    )
    sample.features[[8, 10], :, -1] = 0  # the last column has no right neighbor
    twice = mirrored(mirrored(sample))
    np.testing.assert_array_equal(twice.features, sample.features)
    np.testing.assert_array_equal(twice.ids, sample.ids)
    once = mirrored(sample)
    np.testing.assert_array_equal(once.features[5], -sample.features[5, :, ::-1])
    np.testing.assert_array_equal(once.features[8, :, 0], -sample.features[8, :, 18])


def test_recoloring_leaves_the_geometry_alone() -> None:
    rng = np.random.default_rng(2)
    before = rng.standard_normal((12, 16, 20)).astype(np.float32)
    features = before.copy()
    change_colors(features, np.random.default_rng(0))
    np.testing.assert_array_equal(features[3:], before[3:])
    assert (features[:3] != before[:3]).all()


def test_one_image_in_twenty_loses_its_color() -> None:
    rng, num_gray = np.random.default_rng(3), 0
    for _ in range(1000):
        features = np.full((12, 2, 2), 0.5, np.float32)
        change_colors(features, rng)
        num_gray += bool((features[0] == -1).all() and (features[1:3] == 0).all())
    assert 30 < num_gray < 75


def test_sensors_differ_and_repeat_for_a_seed() -> None:
    first = [random_sensor(np.random.default_rng(seed)) for seed in range(4)]
    again = [random_sensor(np.random.default_rng(seed)) for seed in range(4)]
    assert first == again and len({sensor.noise for sensor in first}) == 4
    assert all(1.5e-4 <= sensor.noise <= 2e-3 for sensor in first)


def test_other_kinds_of_sensors_have_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    class Noted:
        def __init__(self, name: str) -> None:
            self.name = name

        def observe(self, view: View, camera: Camera, *, rng: np.random.Generator) -> np.ndarray:
            found.append(self.name)
            return view.depth

    monkeypatch.setattr(samples, "random_sensor", lambda rng: Noted("usual"))
    monkeypatch.setattr(samples, "other_sensor", lambda rng: Noted("other"))
    sample = next(stream_samples(RECIPE, 3))
    rng = np.random.default_rng(0)
    for _ in range(60):
        make_sample(sample, rng=rng)
    assert 40 <= len(found) <= 58
    assert 0.3 < found.count("other") / len(found) < 0.6


def test_prepared_shards_are_made_once_and_repeat(tmp_path: Path) -> None:
    shard = tiny_shards(tmp_path / "shards", num=1)[0]
    path = prepare_shard(shard, tmp_path / "a", seed=0)
    arrays = load_file(path)
    assert arrays["features"].shape[1:] == (12, 96, 128) and arrays["features"].dtype == np.float16
    assert arrays["ids"].shape[1:] == (48, 64) and (arrays["ids"] > 0).any()
    stamp = path.stat().st_mtime_ns
    assert prepare_shard(shard, tmp_path / "a", seed=0).stat().st_mtime_ns == stamp
    again = prepare_shard(shard, tmp_path / "b", seed=0)
    assert again.read_bytes() == path.read_bytes()
    other = prepare_shard(shard, tmp_path / "c", seed=1)
    assert other.read_bytes() != path.read_bytes()
    prepared = PreparedSamples([path, again], seed=0)
    assert len(prepared) == 2 * len(arrays["ids"])
    features, ids = prepared.batch(3)
    assert features.shape == (3, 12, 96, 128) and ids.shape == (3, 48, 64)
    np.testing.assert_array_equal(prepared.first(1)[0].ids, arrays["ids"][0])
