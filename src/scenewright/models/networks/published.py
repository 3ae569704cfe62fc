"""Published class names and arguments, as in the JSON files of checkpoints, to networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scenewright.core import UnknownNameError, WeightsError
from scenewright.models.networks.dinov2 import DinoConfig, DinoV2
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import check_fixed, published_flow_config
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.slat_encoder import SlatEncoder
from scenewright.models.networks.slat_fields import SlatFieldDecoder
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.slat_gaussians import SlatGaussianDecoder
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.ss_vae import SparseStructureDecoder, SparseStructureEncoder
from scenewright.models.networks.vggt import Aggregator, AggregatorConfig

Builder = Callable[[Mapping[str, Any]], nn.Module]
"""Makes a network with random weights from the published arguments."""


_VAE_FIXED = {"norm_type": ("layer",)}


def _encoder(args: Mapping[str, Any]) -> nn.Module:
    check_fixed(args, _VAE_FIXED)
    return SparseStructureEncoder(
        args["in_channels"],
        args["latent_channels"],
        args["num_res_blocks"],
        channels=args["channels"],
        num_res_blocks_middle=args.get("num_res_blocks_middle", 2),
    )


def _decoder(args: Mapping[str, Any]) -> nn.Module:
    check_fixed(args, _VAE_FIXED)
    return SparseStructureDecoder(
        args["out_channels"],
        args["latent_channels"],
        args["num_res_blocks"],
        channels=args["channels"],
        num_res_blocks_middle=args.get("num_res_blocks_middle", 2),
    )


def _flow(args: Mapping[str, Any]) -> nn.Module:
    return SceneFlow(published_flow_config(args))


def _dino_config(args: Mapping[str, Any]) -> DinoConfig:
    """Public arguments of DINOv2; the name ``dinov2_vitl14_reg`` stands for the defaults."""
    return DinoConfig(
        **{
            ours: args[public]
            for public, ours in _DINO_ARGUMENTS.items()
            if args.get(public) is not None
        }
    )


def _dino(args: Mapping[str, Any]) -> nn.Module:
    return DinoV2(_dino_config(args))


def _conditioner(args: Mapping[str, Any]) -> nn.Module:
    check_fixed(args, {"image_cond_model": (_DINO_L,)})
    return DinoV2(_dino_config({**args, "in_chans": args.get("cond_in_channels", 3)}))


def _aggregator(args: Mapping[str, Any]) -> nn.Module:
    patch_embed = args.get("patch_embed", _DINO_L)
    sizes = {name: args[name] for name in ("img_size", "patch_size") if name in args}
    if isinstance(patch_embed, str):
        check_fixed(args, {"patch_embed": (_DINO_L,)})
    else:
        sizes = {**sizes, **patch_embed}
    return Aggregator(
        AggregatorConfig(
            embed_dim=args["embed_dim"],
            depth=args["depth"],
            num_heads=args["num_heads"],
            mlp_ratio=args.get("mlp_ratio", 4.0),
            register_tokens=args.get("num_register_tokens", 4),
            rope_base=args.get("rope_freq", 100.0),
            init_values=args.get("init_values", 0.01),
            qk_norm=args.get("qk_norm", True),
            patch_embed=_dino_config(sizes),
        )
    )


_DINO_L = "dinov2_vitl14_reg"
_DINO_ARGUMENTS = {
    "img_size": "img_size", "patch_size": "patch_size", "embed_dim": "embed_dim",
    "depth": "depth", "num_heads": "num_heads", "mlp_ratio": "mlp_ratio",
    "in_chans": "in_channels", "num_register_tokens": "register_tokens",
    "init_values": "init_values", "interpolate_antialias": "antialias",
    "interpolate_offset": "interpolate_offset", "norm_eps": "norm_eps",
}  # fmt: skip

BUILDERS: dict[str, Builder] = {
    "SparseStructureEncoder": _encoder,
    "SparseStructureDecoder": _decoder,
    "SparseStructureFlowModel": _flow,
    "DinoVisionTransformer": _dino,
    "ImageConditioner": _conditioner,
    "Aggregator": _aggregator,
    "VGGT": _aggregator,
    "SparseStructureSceneContextFlowModel": _flow,
    "SLatFlowModel": SlatFlow.from_published,
    "SLatEncoder": SlatEncoder.from_published,
    "SLatGaussianDecoder": SlatGaussianDecoder.from_published,
    "SLatMeshDecoder": SlatMeshDecoder.from_published,
    "SLatRadianceFieldDecoder": SlatFieldDecoder.from_published,
}
"""By the name of the published class."""
PREFIXES = {"ImageConditioner": "base_img_conditioner.", "VGGT": "aggregator."}
"""Prefixes of the names in the files of published classes that hold our network and others."""


def load_published(
    name: str,
    args: Mapping[str, Any],
    arrays: Mapping[str, Tensor | NDArray[np.generic]],
    *,
    dtype: torch.dtype = torch.float32,
    source: str = "",
) -> nn.Module:
    """Makes a network with published weights, in evaluation mode.

    Args:
        name: Published class name.
        args: Published arguments.
        arrays: The weights by their published names; their types do not matter.
        dtype: Type of the network's torso; norms, embeddings and ends are float32.
        source: The file, for messages; "" if there is none.

    Raises:
        UnknownNameError: There is no such network.
        WeightsError: The weights or arguments are those of another network.
    """
    with torch.device("meta"):
        network = build(name, args)
    set_dtype = getattr(network, "set_dtype", None)
    if set_dtype is not None:
        set_dtype(dtype)
    load_strict(network, arrays, prefix=PREFIXES.get(name, ""), source=source)
    return network.eval()


def build(name: str, args: Mapping[str, Any]) -> nn.Module:
    """Makes a network with random weights; inside ``torch.device("meta")`` it takes no memory.

    Args:
        name: Published class name, such as ``"SparseStructureDecoder"``.
        args: Published arguments.

    Raises:
        UnknownNameError: There is no such network.
        WeightsError: An argument is missing.
    """
    builder = BUILDERS.get(name)
    if builder is None:
        raise UnknownNameError(
            f"Network '{name}'", expected=f"one of {', '.join(sorted(BUILDERS))}", got="another"
        )
    try:
        return builder(args)
    except KeyError as error:
        raise WeightsError(
            f"The configuration of {name}",
            expected=f"an argument '{error.args[0]}'",
            got=", ".join(sorted(args)) or "no arguments",
        ) from error
