"""Weight files of generate/tiny."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import save_file  # noqa: E402

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.generators.tiny.weights import (  # noqa: E402
    read_codec,
    read_encoder,
    read_flow,
    read_networks,
    write_weights,
)
from tests.models.generators.tiny.tiny_builders import (  # noqa: E402
    SMALL,
    SMALL_ENCODER,
    small_codec,
    small_encoder,
    small_weights,
)


def test_networks_come_back_with_their_sizes(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    assert read_flow(path).design == SMALL and read_encoder(path).design == SMALL_ENCODER
    flow = read_networks(path).flow
    assert flow is not None and flow.design == SMALL
    codec = read_codec(path)
    assert torch.allclose(codec.basis, small_codec().basis, atol=1e-3)


def test_an_encoder_alone_is_a_generator(tmp_path: Path) -> None:
    write_weights(tmp_path / "e.safetensors", {}, encoder=small_encoder())
    networks = read_networks(tmp_path / "e.safetensors")
    assert networks.flow is None and networks.encoder.design == SMALL_ENCODER


def test_a_codec_alone_is_no_generator(tmp_path: Path) -> None:
    write_weights(tmp_path / "c.safetensors", {}, codec=small_codec())
    assert read_codec(tmp_path / "c.safetensors").design.latent_channels == 6
    for read, part in ((read_flow, "flow"), (read_encoder, "encoder")):
        with pytest.raises(WeightsError, match=f"of generate/tiny with a part '{part}'"):
            read(tmp_path / "c.safetensors")


def test_other_files_are_refused(tmp_path: Path) -> None:
    save_file({"a": np.zeros(2)}, tmp_path / "other.safetensors")
    (tmp_path / "damaged.safetensors").write_bytes(b"nothing")
    for name in ("other", "damaged", "missing"):
        with pytest.raises(WeightsError, match="with a part 'codec'"):
            read_codec(tmp_path / f"{name}.safetensors")
