"""Packages of tiny networks with random weights, in the published formats."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from scenewright.core import MaskSet
from scenewright.models.generated import ScenePicture
from scenewright.models.networks.published import PREFIXES, build

SIDE, PATCH, TOKEN_WIDTH = 28, 14, 32
"""Of the tiny image encoders: pixels, pixels of a patch, channels."""
LATENT_SIDE, VOXEL_SIDE = 4, 8

FLOW: dict[str, Any] = {
    "resolution": LATENT_SIDE, "in_channels": 8, "out_channels": 8, "model_channels": 32,
    "cond_channels": TOKEN_WIDTH, "num_blocks": 2, "num_heads": 4, "mlp_ratio": 2, "patch_size": 1,
    "pe_mode": "ape", "qk_rms_norm": True, "use_fp16": True,
}  # fmt: skip
GLOBAL: dict[str, Any] = {
    "use_global": True, "num_register_tokens": 4, "trunk_depth": 1, "num_iteration": 2,
}  # fmt: skip
DECODER: dict[str, Any] = {
    "out_channels": 1, "latent_channels": 8, "num_res_blocks": 1, "num_res_blocks_middle": 1,
    "channels": [16, 8], "norm_type": "layer",
}  # fmt: skip
SLAT: dict[str, Any] = {
    "resolution": VOXEL_SIDE, "in_channels": 8, "out_channels": 8, "model_channels": 32,
    "cond_channels": TOKEN_WIDTH, "num_blocks": 2, "num_heads": 4, "mlp_ratio": 2, "patch_size": 2,
    "num_io_res_blocks": 1, "io_block_channels": [16], "pe_mode": "ape", "qk_rms_norm": True,
}  # fmt: skip
_TRUNK: dict[str, Any] = {
    "resolution": VOXEL_SIDE, "latent_channels": 8, "num_blocks": 1, "num_heads": 4,
    "mlp_ratio": 1, "attn_mode": "swin", "window_size": 4, "pe_mode": "ape",
}  # fmt: skip
GAUSSIANS: dict[str, Any] = {
    **_TRUNK,
    "model_channels": 32,
    "representation_config": {
        "lr": {"_xyz": 1.0, "_features_dc": 1.0, "_opacity": 1.0, "_scaling": 1.0,
               "_rotation": 0.1},
        "perturb_offset": True, "voxel_size": 1.5, "num_gaussians": 4,
        "2d_filter_kernel_size": 0.1, "3d_filter_kernel_size": 0.0009, "scaling_bias": 0.02,
        "opacity_bias": 0.5, "scaling_activation": "softplus",
    },
}  # fmt: skip
MESH: dict[str, Any] = {
    **_TRUNK, "model_channels": 256, "representation_config": {"use_color": True},
}  # fmt: skip
DINO: dict[str, Any] = {
    "img_size": SIDE, "patch_size": PATCH, "embed_dim": TOKEN_WIDTH, "depth": 2, "num_heads": 4,
    "mlp_ratio": 2, "num_register_tokens": 4,
}  # fmt: skip
_VGGT: dict[str, Any] = {
    "img_size": SIDE, "patch_size": PATCH, "embed_dim": TOKEN_WIDTH, "depth": 1, "num_heads": 4,
    "patch_embed": {"embed_dim": TOKEN_WIDTH, "depth": 1, "num_heads": 4, "mlp_ratio": 2},
}  # fmt: skip
_NAMES = {
    "sparse_structure_flow_model": "ss_flow_img_dit_L_16l8_fp16",
    "sparse_structure_decoder": "ss_dec_conv3d_16l8_fp16",
    "slat_flow_model": "slat_flow_img_dit_L_64l8p2_fp16",
    "slat_decoder_gs": "slat_dec_gs_swin8_B_64l8gs32_fp16",
    "slat_decoder_mesh": "slat_dec_mesh_swin8_B_64l8m256c_fp16",
}
_SCENEGEN_FLOW = "ss_scenegen_flow_img_dit_L_16l8_fp16"
_OCCUPIED = 0.15
"""Share of the voxels that the tiny structure decoder takes for occupied."""


def random_weights(network: str, args: Mapping[str, Any], *, seed: int) -> dict[str, Tensor]:
    """Weights of a published class, all of them random, under their published names."""
    module = build(network, args)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            scale = 0.7 / parameter[0].numel() ** 0.5 if parameter.ndim > 1 else 0.1
            parameter.add_(scale * torch.randn(parameter.shape, generator=generator))
    if network == "SparseStructureDecoder":
        _set_occupancy(module)
    prefix = PREFIXES.get(network, "")
    return {prefix + name: value.clone() for name, value in module.state_dict().items()}


def _set_occupancy(decoder: nn.Module) -> None:
    noise = torch.randn(2, 8, *[LATENT_SIDE] * 3, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits = decoder(noise)
        last: Any = decoder.get_submodule("out_layer.2")
        last.bias.sub_(torch.quantile(logits.flatten(), 1 - _OCCUPIED))


def write_trellis(folder: Path, *, flow_args: Mapping[str, Any] | None = None) -> Path:
    """A package like that of TRELLIS image-large."""
    args = {**FLOW, **(flow_args or {})}
    networks = {
        "sparse_structure_flow_model": ("SparseStructureFlowModel", args),
        "sparse_structure_decoder": ("SparseStructureDecoder", DECODER),
        "slat_flow_model": ("ElasticSLatFlowModel", SLAT),
        "slat_decoder_gs": ("ElasticSLatGaussianDecoder", GAUSSIANS),
        "slat_decoder_mesh": ("ElasticSLatMeshDecoder", MESH),
    }
    (folder / "ckpts").mkdir(parents=True)
    for number, (role, (network, network_args)) in enumerate(networks.items()):
        stem = folder / "ckpts" / _NAMES[role]
        description = {"name": network, "args": dict(network_args)}
        stem.with_suffix(".json").write_text(json.dumps(description))
        plain = network.removeprefix("Elastic")
        save_file(random_weights(plain, network_args, seed=number), f"{stem}.safetensors")
    models = {role: f"ckpts/{name}" for role, name in _NAMES.items()}
    write_pipeline(folder, models)
    return folder


def write_pipeline(folder: Path, models: Mapping[str, str], **more: Any) -> None:
    """The file ``pipeline.json``."""
    sampler = {
        "name": "FlowEulerGuidanceIntervalSampler",
        "args": {"sigma_min": 1e-5},
        "params": {"steps": 3, "cfg_strength": 2.0, "cfg_interval": [0.5, 1.0], "rescale_t": 3.0},
    }
    args = {
        "models": dict(models), "sparse_structure_sampler": sampler, "slat_sampler": sampler,
        "slat_normalization": {"mean": [0.1] * 8, "std": [1.5] * 8},
        "image_cond_model": "dinov2_vitl14_reg", **more,
    }  # fmt: skip
    name = "TrellisImageTo3DPipeline"
    (folder / "pipeline.json").write_text(json.dumps({"name": name, "args": args}))


def write_scenegen(folder: Path) -> Path:
    """A package like that of SceneGen, whose flow is a file of PyTorch."""
    write_trellis(folder)
    args = {**FLOW, **GLOBAL}
    ckpts = folder / "ckpts"
    for suffix in (".json", ".safetensors"):
        (ckpts / f"{_NAMES['sparse_structure_flow_model']}{suffix}").unlink()
    description = {"name": "SparseStructureFlowModel", "args": args}
    (ckpts / f"{_SCENEGEN_FLOW}.json").write_text(json.dumps(description))
    weights = random_weights("SparseStructureFlowModel", args, seed=9)
    torch.save(weights, ckpts / f"{_SCENEGEN_FLOW}.pt")
    models = {role: f"ckpts/{name}" for role, name in _NAMES.items()}
    models["sparse_structure_flow_model"] = f"ckpts/{_SCENEGEN_FLOW}"
    write_pipeline(folder, models, vggt_model="facebook/VGGT-1B")
    return folder


def write_iscene(folder: Path) -> Path:
    """A package like that of I-Scene, without the one of TRELLIS that it extends."""
    folder.mkdir(parents=True)
    args = {**FLOW, "num_blocks": 3, "scene_context_attn_num": 1,
            "type_embedding_type": "enable_k_bias enable_gate"}  # fmt: skip
    encoder_args = {"image_cond_model": "dinov2_vitl14_reg", "cond_in_channels": 3, **DINO}
    config = {
        "models": {"denoiser": {"args": args}, "img_conditioner": {"args": encoder_args}},
        "dataset": {"args": {"exp_setting": "global local"}},
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    weights = random_weights(
        "SparseStructureSceneContextFlowModel", {**args, "exp_setting": "global local"}, seed=5
    )
    save_file(weights, folder / "denoiser.safetensors")
    dino = random_weights("DinoVisionTransformer", DINO, seed=6)
    prefix = PREFIXES["ImageConditioner"]
    save_file({prefix + k: v for k, v in dino.items()}, folder / "conditioner.safetensors")
    index = {
        "base_model_id": "microsoft/TRELLIS-image-large", "config_file": "config.yaml",
        "denoiser_checkpoint": "denoiser.safetensors",
        "image_conditioner_checkpoint": "conditioner.safetensors",
    }  # fmt: skip
    (folder / "iscene_config.json").write_text(json.dumps(index))
    return folder


def write_encoder(folder: Path) -> Path:
    """A checkpoint of DINOv2 with registers, with the names that the hub has."""
    folder.mkdir(parents=True)
    config = {
        "model_type": "dinov2_with_registers", "hidden_size": TOKEN_WIDTH, "num_hidden_layers": 2,
        "num_attention_heads": 4, "mlp_ratio": 2, "image_size": SIDE, "patch_size": PATCH,
        "num_register_tokens": 4, "layer_norm_eps": 1e-6,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    public = random_weights("DinoVisionTransformer", DINO, seed=3)
    save_file(hub_names(public), folder / "model.safetensors")
    return folder


def hub_names(public: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of DINOv2 with their public names, with those of transformers."""
    ends = {
        "cls_token": "embeddings.cls_token", "mask_token": "embeddings.mask_token",
        "register_tokens": "embeddings.register_tokens",
        "pos_embed": "embeddings.position_embeddings",
    }  # fmt: skip
    inner = {
        "attn.proj": "attention.output.dense", "ls1.gamma": "layer_scale1.lambda1",
        "ls2.gamma": "layer_scale2.lambda1",
    }  # fmt: skip
    result: dict[str, Tensor] = {}
    for name, value in public.items():
        if name in ends:
            result[ends[name]] = value
        elif name.startswith("patch_embed.proj"):
            result[name.replace("patch_embed.proj", "embeddings.patch_embeddings.projection")] = (
                value
            )
        elif name.startswith("norm."):
            result[f"layernorm.{name.removeprefix('norm.')}"] = value
        else:
            _, number, rest = name.split(".", 2)
            block, end = f"encoder.layer.{number}.", name.rpartition(".")[2]
            if rest.startswith("attn.qkv"):
                parts = zip(("query", "key", "value"), value.chunk(3), strict=True)
                for part, third in parts:
                    result[f"{block}attention.attention.{part}.{end}"] = third.clone()
            else:
                for old, new in inner.items():
                    rest = rest.replace(old, new)
                result[block + rest] = value
    return result


def write_geometry(folder: Path) -> Path:
    """A checkpoint like that of VGGT, with parts that the aggregator is not."""
    folder.mkdir(parents=True)
    weights = random_weights("VGGT", _VGGT, seed=7)
    weights["camera_head.token_norm.weight"] = torch.ones(4)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(_VGGT))
    return folder


@dataclass(frozen=True)
class Packages:
    """Folders of all packages, as references.

    Attributes:
        folder: The folder that they are in.
    """

    folder: Path

    @classmethod
    def write(cls, folder: Path) -> Packages:
        """Writes all packages."""
        write_trellis(folder / "trellis")
        write_scenegen(folder / "scenegen")
        write_iscene(folder / "iscene")
        write_encoder(folder / "encoder")
        write_geometry(folder / "vggt")
        return cls(folder)

    def options(self, model: str) -> dict[str, Any]:
        """Options of a generator for its package."""

        def at(name: str) -> str:
            return f"file:{self.folder / name}"

        if model == "sceneflow/trellis":
            return {"weights": at("trellis"), "encoder_weights": at("encoder")}
        if model == "sceneflow/iscene":
            return {"weights": at("iscene"), "base_weights": at("trellis")}
        return {
            "weights": at("scenegen"), "encoder_weights": at("encoder"),
            "geometry_weights": at("vggt"), "allow_pickles": True,
        }  # fmt: skip


def scene_picture(num_objects: int = 2, *, height: int = 48, width: int = 64) -> ScenePicture:
    """Colored boxes on gray, from left to right, each larger than the one before."""
    image = np.full((height, width, 3), 120, np.uint8)
    ids = np.zeros((height, width), np.int32)
    step = width // num_objects
    for number in range(num_objects):
        side = max(step * (number + 2) // (num_objects + 2), 4)
        rows = slice(height - 4 - min(side, height - 8), height - 4)
        columns = slice(number * step, number * step + side)
        ids[rows, columns] = number + 1
        image[rows, columns] = np.random.default_rng(number).integers(0, 255, 3)
    return ScenePicture(image, MaskSet.from_id_map(ids))
