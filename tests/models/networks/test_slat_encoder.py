"""The encoder of structured latents."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.models.networks.slat_encoder import SlatEncoder
from tests.models.networks.network_builders import assert_parity, randomized
from tests.models.networks.sparse.sparse_builders import random_tensor
from tests.models.networks.test_slat_trunk import CONFIG


@pytest.mark.shared
def test_recorded_run(recordings: Path) -> None:
    assert_parity(recordings / "slat_enc")


def test_shapes() -> None:
    encoder = randomized(SlatEncoder(CONFIG, in_channels=6))
    latent = encoder(random_tensor((20, 0, 9), 6))
    assert latent.mean.shape == latent.logvar.shape == (29, 4)
    assert (latent.mean.std(0) > 0).all()
    assert encoder(random_tensor((0,), 6)).mean.shape == (0, 4)
