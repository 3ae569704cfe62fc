"""Runs the recordings of the networks on dense grids and images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from parity_common import Recording, Runner, captured
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.published import build
from scenewright.models.networks.ss_vae import SparseStructureDecoder, SparseStructureEncoder


def run_encoder(recording: Recording) -> Mapping[str, Tensor]:
    """The encoder of the sparse-structure VAE; the latent is the mean."""
    network = build(recording.network, recording.config["args"]).eval()
    assert isinstance(network, SparseStructureEncoder)
    load_strict(network, recording.weights)
    with captured(network, recording) as results:
        latent = network(recording.arrays["in.x"])
    return {**results, "out.z": latent.mean, "out.mean": latent.mean, "out.logvar": latent.logvar}


def run_decoder(recording: Recording) -> Mapping[str, Tensor]:
    """The decoder of the sparse-structure VAE."""
    network = build(recording.network, recording.config["args"]).eval()
    assert isinstance(network, SparseStructureDecoder)
    load_strict(network, recording.weights)
    with captured(network, recording) as results:
        logits = network(recording.arrays["in.x"])
    return {**results, "out.logits": logits}


RUNNERS: dict[str, Runner] = {
    "SparseStructureEncoder": run_encoder,
    "SparseStructureDecoder": run_decoder,
}
"""By the name of the published class."""
