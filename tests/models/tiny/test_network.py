"""The affinity network on numpy against torch, and its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import WeightsError
from scenewright.models.tiny.design import OFFSETS
from scenewright.models.tiny.features import NUM_FEATURES
from scenewright.models.tiny.network import AffinityPredictor
from tests.models.tiny.tiny_builders import SMALL, random_weights


@pytest.mark.parametrize("size", [(32, 48), (30, 44), (46, 34)])
def test_numpy_matches_torch(size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    from scenewright.training.tasks.masks.network import AffinityNetwork

    torch.manual_seed(1)
    network = AffinityNetwork(SMALL)
    features = np.random.default_rng(0).standard_normal((*size, NUM_FEATURES)).astype(np.float32)
    batch = torch.from_numpy(features.transpose(2, 0, 1).copy())[None]
    for _ in range(3):  # the normalization learns means and deviations
        network(batch + torch.randn(batch.shape))
    network.eval()
    with torch.no_grad():
        expected = torch.sigmoid(network(batch))[0].permute(1, 2, 0).numpy()
    got = AffinityPredictor(network.export(), SMALL)(features)
    assert got.shape == (size[0] // 2, size[1] // 2, len(OFFSETS))
    np.testing.assert_allclose(got, expected, atol=2e-5)
    assert got.std() > 0.01


def test_weights_of_another_network_are_refused() -> None:
    weights = random_weights(SMALL)
    missing = {name: value for name, value in weights.items() if name != "stem.bias"}
    with pytest.raises(WeightsError) as caught:
        AffinityPredictor(missing, SMALL)
    assert str(caught.value) == (
        "Weight 'stem.bias' of the affinity network: expected (8,), got none"
    )
    with pytest.raises(WeightsError) as caught:
        AffinityPredictor({**weights, "extra": np.zeros(3, np.float32)}, SMALL)
    assert str(caught.value) == (
        "Weight 'extra' of the affinity network: expected no such weight, got (3,)"
    )
    weights["head.bias"] = np.zeros(3, np.float32)
    with pytest.raises(WeightsError, match=r"'head.bias'.*expected \(14,\), got \(3,\)"):
        AffinityPredictor(weights, SMALL)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(WeightsError, match="expected a safetensors file of the affinity network"):
        AffinityPredictor.from_file(path)
    with pytest.raises(WeightsError, match="expected a safetensors file of the affinity network"):
        AffinityPredictor.from_file(tmp_path / "none.safetensors")
