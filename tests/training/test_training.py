"""Targets, loss, samples and the training of the affinity network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import load_file, save_file  # noqa: E402

from scenewright.core import CaptureError, ConventionError, FormatError  # noqa: E402
from scenewright.models.tiny.design import OFFSETS, NetworkDesign  # noqa: E402
from scenewright.models.tiny.network import AffinityPredictor, expected_shapes  # noqa: E402
from scenewright.training.checkpoints import load_checkpoint, save_checkpoint  # noqa: E402
from scenewright.training.config import MaskTrainingConfig  # noqa: E402
from scenewright.training.mask_loss import affinity_loss, affinity_targets  # noqa: E402
from scenewright.training.mask_network import AffinityNetwork  # noqa: E402
from scenewright.training.mask_samples import (  # noqa: E402
    MaskSample,
    PreparedSamples,
    mirrored,
    prepare_shard,
)
from scenewright.training.train_masks import WEIGHTS_NAME, rate_share, train_masks  # noqa: E402
from tests.training.training_builders import tiny_shards  # noqa: E402

SMALL = NetworkDesign(widths=(8, 12), blocks=(0, 1))


def test_targets_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 3, (1, 31, 33))
    same, known = affinity_targets(torch.from_numpy(ids))
    for k, (dy, dx) in enumerate(OFFSETS):
        for (r, c), own in np.ndenumerate(ids[0]):
            y, x = r + dy, c + dx
            inside = y < 31 and 0 <= x < 33
            assert bool(known[0, k, r, c]) == (inside and own > 0 and ids[0, y, x] > 0)
            if known[0, k, r, c]:
                assert bool(same[0, k, r, c]) == (own == ids[0, y, x])


def test_the_right_answer_costs_least() -> None:
    ids = torch.zeros((1, 64, 72), dtype=torch.int64)
    ids[:, :, :36], ids[:, 5:15, 42:60] = 1, 2
    ids[:, 30:, 38:] = 3
    same, _ = affinity_targets(ids)
    right = affinity_loss(20 * (same - 0.5), ids)
    assert right < 1e-3
    assert affinity_loss(torch.zeros_like(same), ids) == pytest.approx(np.log(2), rel=1e-4)
    assert affinity_loss(-20 * (same - 0.5), ids) > 5


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


def test_checkpoints_hold_networks_and_optimizer(tmp_path: Path) -> None:
    network = AffinityNetwork(SMALL)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    network(torch.randn(2, 12, 16, 16)).square().mean().backward()
    optimizer.step()
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"network": network}, optimizer, {"step": 7})
    other = AffinityNetwork(SMALL)
    fresh = torch.optim.AdamW(other.parameters(), lr=0.01)
    assert load_checkpoint(path, {"network": other}, fresh) == {"step": 7}
    for name, value in network.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value)
    for row, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            torch.testing.assert_close(fresh.state_dict()["state"][row][key], value)
    with pytest.raises(FormatError, match="expected the weights of network"):
        load_checkpoint(path, {"network": AffinityNetwork()}, fresh)
    save_file({"a": np.zeros(2)}, tmp_path / "d.safetensors")
    with pytest.raises(FormatError, match="expected a checkpoint of a training run, got other"):
        load_checkpoint(tmp_path / "d.safetensors", {}, fresh)


def test_rate_rises_stays_and_falls() -> None:
    config = MaskTrainingConfig(steps=100, warmup=10, cooldown=0.2)
    shares = [rate_share(step, config) for step in range(100)]
    assert shares[0] == pytest.approx(0.1) and shares[9] == 1 and shares[50] == 1
    assert shares[90] == pytest.approx(0.5) and shares[99] == pytest.approx(0.05)


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
    samples = PreparedSamples([path, again], seed=0)
    assert len(samples) == 2 * len(arrays["ids"])
    features, ids = samples.batch(3)
    assert features.shape == (3, 12, 96, 128) and ids.shape == (3, 48, 64)
    np.testing.assert_array_equal(samples.first(1)[0].ids, arrays["ids"][0])


@pytest.mark.slow
def test_training_learns_stops_and_goes_on(tmp_path: Path) -> None:
    tiny_shards(tmp_path / "shards", num=2)
    out = tmp_path / "out"
    seen: list[tuple[str, int, int, str]] = []
    short = MaskTrainingConfig(steps=6, batch_size=2, validate_every=3, warmup=2)
    train_masks(tmp_path / "shards", out, config=short, progress=lambda *a: seen.append(a))
    longer = MaskTrainingConfig(steps=20, batch_size=2, validate_every=10, warmup=2)
    weights = train_masks(tmp_path / "shards", out, config=longer)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 6, 10, 20]
    assert lines[-1]["train_loss"] < lines[0]["train_loss"]
    assert seen[-1] == ("train", 6, 6, "steps") and ("prepare", 2, 2, "shards") in seen
    assert weights == out / WEIGHTS_NAME
    arrays = load_file(weights)
    assert {name: value.shape for name, value in arrays.items()} == expected_shapes(NetworkDesign())
    assert AffinityPredictor(arrays)(np.zeros((32, 32, 12), np.float32)).shape == (16, 16, 14)


def test_bad_input(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(CaptureError) as caught:
        train_masks(tmp_path / "none", tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'none'}: expected more than 1 shards (*.tar), got 0. Make some with: "
        "scenewright data make shards"
    )
    with pytest.raises(ConventionError) as wrong:
        MaskTrainingConfig(steps=0)
    assert str(wrong.value) == "MaskTrainingConfig.steps: expected 1 or more, got 0"
