"""Runs the recordings of the networks on structured latents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from parity_common import Recording, Runner, captured, sampler_settings
from scenewright.models.networks.layers import KeysValues
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.published import build
from scenewright.models.networks.samplers import sample_flow
from scenewright.models.networks.slat_encoder import SlatEncoder
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.slat_gaussians import SlatGaussianDecoder
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.sparse import SparseTensor, coarsen, downsample, upsample

POOLING = 2


def run_flow(recording: Recording) -> Mapping[str, Tensor]:
    """The flow over structured latents: a call, pooling alone, and a sampler run."""
    network = _network(recording)
    assert isinstance(network, SlatFlow)
    arrays = recording.arrays
    x = _input(recording)
    condition = network.prepare(arrays["in.cond"])
    with captured(network, recording) as outputs:
        velocity = network(x, arrays["in.t"], condition).velocity
    pooled = downsample(x, POOLING)
    results = {
        **_rows(outputs),
        "mid.coarse_coords": coarsen(x.grid, 2 ** len(network.config.io_channels)).grid.coords,
        "out.v": velocity,
        "pool.coords": pooled.grid.coords,
        "pool.feats": pooled.feats,
        "unpool.feats": upsample(pooled, x.grid, POOLING).feats,
    }
    if "sampler" not in recording.config:
        return results

    def predict(feats: Tensor, time: float, prepared: tuple[KeysValues, ...]) -> Prediction:
        times = torch.full((x.grid.batch_size,), time)
        prediction: Prediction = network(x.replace(feats), times, prepared)
        return prediction

    run = sample_flow(
        predict,
        arrays["sampler.noise"],
        [condition],
        unconditional=network.prepare(torch.zeros_like(arrays["in.cond"])),
        settings=sampler_settings(recording.config["sampler"]),
        keep_steps=True,
    )
    return {
        **results,
        "sampler.samples": run.sample,
        "sampler.pred_x_t": torch.stack(run.states),
        "sampler.pred_x_0": torch.stack(run.estimates),
    }


def run_encoder(recording: Recording) -> Mapping[str, Tensor]:
    """The encoder of structured latents; the latent is the mean."""
    network = _network(recording)
    assert isinstance(network, SlatEncoder)
    with captured(network, recording) as outputs:
        latent = network(_input(recording))
    results = {"out.z": latent.mean, "out.mean": latent.mean, "out.logvar": latent.logvar}
    return {**_rows(outputs), **results}


def run_gaussian_decoder(recording: Recording) -> Mapping[str, Tensor]:
    """The decoder to Gaussians: outputs per voxel, then the Gaussians of each object."""
    network = _network(recording)
    assert isinstance(network, SlatGaussianDecoder)
    with captured(network, recording) as outputs:
        objects = network(_input(recording))
    results = _rows(outputs)
    for number, gaussians in enumerate(objects):
        results |= {
            f"out.{number}.xyz": gaussians.centers,
            f"out.{number}.features_dc": gaussians.features_dc[:, None],
            f"out.{number}.scaling": gaussians.scales,
            f"out.{number}.rotation": gaussians.rotations,
            f"out.{number}.opacity": gaussians.opacities[:, None],
        }
    return results


def run_mesh_decoder(recording: Recording) -> Mapping[str, Tensor]:
    """The decoder to features of fine voxels, before a surface is extracted from them."""
    network = _network(recording)
    assert isinstance(network, SlatMeshDecoder)
    with captured(network, recording) as outputs:
        fine = network(_input(recording))
    return {**_rows(outputs), "out.feats": fine.feats, "out.coords": fine.grid.coords}


def _network(recording: Recording) -> nn.Module:
    network = build(recording.network, recording.config["args"]).eval()
    load_strict(network, recording.weights)
    return network


def _input(recording: Recording) -> SparseTensor:
    return SparseTensor.of(recording.arrays["in.feats"], recording.arrays["in.coords"])


def _rows(outputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """Outputs of modules as rows per voxel."""
    return {
        name: output.feats if isinstance(output, SparseTensor) else output
        for name, output in outputs.items()
    }


RUNNERS: dict[str, Runner] = {
    "SLatFlowModel": run_flow,
    "SLatEncoder": run_encoder,
    "SLatGaussianDecoder": run_gaussian_decoder,
    "SLatMeshDecoder": run_mesh_decoder,
}
"""By the name of the published class."""
