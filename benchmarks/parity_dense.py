"""Runs the recordings of the networks on dense grids and images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from parity_common import Recording, Runner, captured, sampler_settings
from scenewright.models.networks.dinov2 import DinoTokens, DinoV2, normalize_image
from scenewright.models.networks.flow import FlowCondition, SceneFlow
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.published import build
from scenewright.models.networks.samplers import sample_flow
from scenewright.models.networks.ss_vae import SparseStructureDecoder, SparseStructureEncoder
from scenewright.models.networks.vggt import Aggregator

_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


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


def run_flow(recording: Recording) -> Mapping[str, Tensor]:
    """The flow over sparse structures, whatever its contexts; a call, then a sampler run."""
    args = {**recording.config["args"], **recording.config.get("scene_context", {})}
    network = build(recording.network, args).eval()
    assert isinstance(network, SceneFlow)
    load_strict(network, recording.weights)
    arrays = recording.arrays
    local_tokens = recording.config.get("local_tokens")
    condition = network.prepare(arrays["in.cond"], local_tokens=local_tokens)
    with captured(network, recording) as results:
        velocity, poses = network(arrays["in.x"], arrays["in.t"], condition)
    results = {name: _joined(value) for name, value in results.items()}
    results["out.v"] = velocity
    if poses is not None:
        trained = network.train()(arrays["in.x"], arrays["in.t"], condition).poses
        results |= {"out.poses_eval": poses, "out.poses_train": trained}
    network.eval()
    if "sampler" not in recording.config:
        return results

    def predict(x: Tensor, time: float, prepared: FlowCondition) -> Prediction:
        prediction: Prediction = network(x, torch.full((len(x),), time), prepared)
        return prediction

    zeros = network.prepare(torch.zeros_like(arrays["in.cond"]), local_tokens=local_tokens)
    run = sample_flow(
        predict,
        arrays["sampler.noise"],
        [condition],
        unconditional=zeros,
        settings=sampler_settings(recording.config["sampler"]),
        keep_steps=True,
    )
    results |= {
        "sampler.samples": run.sample,
        "sampler.pred_x_t": torch.stack(run.states),
        "sampler.pred_x_0": torch.stack(run.estimates),
    }
    if run.step_poses:
        results["sampler.poses"] = torch.stack(run.step_poses)
    return results


def run_dino(recording: Recording) -> Mapping[str, Tensor]:
    """DINOv2 with registers: tokens before and after its norm, and the condition tokens."""
    network = build(recording.network, recording.config["args"]).eval()
    assert isinstance(network, DinoV2)
    load_strict(network, recording.weights)
    pixels = recording.arrays["in.pixels"]
    with captured(network, recording) as results:
        tokens: DinoTokens = network(pixels)
    return {
        **results,
        "out.x_prenorm": tokens.prenorm,
        "out.tokens": network.condition_tokens(pixels),
        "out.x_norm_clstoken": tokens.normed[:, 0],
        "out.x_norm_regtokens": tokens.normed[:, 1 : 1 + tokens.registers],
        "out.x_norm_patchtokens": tokens.patches,
    }


def run_aggregator(recording: Recording) -> Mapping[str, Tensor]:
    """The aggregator of VGGT on the first images, as many as the names of the results say."""
    network = build(recording.network, recording.config["args"]).eval()
    assert isinstance(network, Aggregator)
    load_strict(network, recording.weights)
    images = recording.arrays["in.images"]
    pixels = normalize_image(images.flatten(0, 1))
    results = {"mid.patch_tokens": network.patch_embed(pixels).patches}
    for count, word in enumerate(_COUNTS[: images.shape[1]], start=1):
        name = f"{word}_image" if count == 1 else f"{word}_images"
        layers = list(network.layers(images[:, :count]))
        results[f"out.{name}"] = layers[-1]
        results |= {f"mid.{name}.layer{i}": layer for i, layer in enumerate(layers)}
    return results


def _joined(output: Any) -> Tensor:
    """The tokens that a block returns, with its special tokens, if any, in front."""
    if isinstance(output, Tensor):
        return output
    tokens, special = output
    return tokens if special is None else torch.cat([special, tokens], 1)


RUNNERS: dict[str, Runner] = {
    "SparseStructureEncoder": run_encoder,
    "SparseStructureDecoder": run_decoder,
    "SparseStructureFlowModel": run_flow,
    "DinoVisionTransformer": run_dino,
    "Aggregator": run_aggregator,
    "SparseStructureSceneContextFlowModel": run_flow,
}
"""By the name of the published class."""
