"""Writes packages of weights in the published formats, which `packages` reads."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save
from torch import Tensor, nn

from scenewright.io import atomic_file, plain_json, write_bytes, write_json, write_text
from scenewright.models.generators.packages import ISCENE, PIPELINE, NetworkFile
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.published import PREFIXES

FLOW_ROLE = "sparse_structure_flow_model"
_CKPTS = "ckpts"
_CONFIG, _DENOISER, _CONDITIONER = "config.yaml", "denoiser.safetensors", "conditioner.safetensors"


def write_pipeline_package(
    folder: Path,
    index: Mapping[str, Any],
    networks: Mapping[str, NetworkFile],
    *,
    flow_stem: str,
    flow_args: Mapping[str, Any],
    geometry: str,
) -> None:
    """Writes all of a package like SceneGen's but the weights of its flow.

    Files that are there already are not copied again.

    Args:
        folder: The package.
        index: Content of the ``pipeline.json`` that it began from.
        networks: The networks of that package, by their published names.
        flow_stem: Name of the file of the flow, without suffix.
        flow_args: Published arguments of the flow.
        geometry: Repository of VGGT.
    """
    stems = {}
    for role, file in networks.items():
        stem = flow_stem if role == FLOW_ROLE else file.path.stem
        args = flow_args if role == FLOW_ROLE else file.args
        stems[role] = f"{_CKPTS}/{stem}"
        write_json(folder / _CKPTS / f"{stem}.json", {"name": file.network, "args": dict(args)})
        if role != FLOW_ROLE:
            _copy(file.path, folder / _CKPTS / file.path.name)
    args = {**index["args"], "models": stems, "vggt_model": geometry}
    write_json(folder / PIPELINE, {**index, "args": args})


def write_pipeline_flow(folder: Path, flow: SceneFlow, *, flow_stem: str) -> Path:
    """Writes the weights of the flow of a package like SceneGen's, as safetensors."""
    return _write(folder / _CKPTS / f"{flow_stem}.safetensors", published_weights(flow))


def write_iscene_package(
    folder: Path,
    *,
    flow_args: Mapping[str, Any],
    setting: str,
    encoder: NetworkFile,
    encoder_weights: Mapping[str, Tensor] | None,
    base: str,
) -> None:
    """Writes all of a package like I-Scene's but the weights of its flow.

    Args:
        folder: The package.
        flow_args: Published arguments of the flow.
        setting: The slots beside that of the instance, ``"global local"``.
        encoder: The image encoder.
        encoder_weights: Its weights by public names; None copies the file, which is one of I-Scene.
        base: Repository of the package of TRELLIS that it extends.
    """
    config = {
        "models": {
            "denoiser": {"args": dict(flow_args)},
            "img_conditioner": {"args": {"image_cond_model": "dinov2_vitl14_reg", **encoder.args}},
        },
        "dataset": {"args": {"exp_setting": setting}},
    }
    write_text(folder / _CONFIG, yaml.safe_dump(plain_json(config), sort_keys=False))
    name = _CONDITIONER
    if encoder_weights is None:
        name = f"conditioner{encoder.path.suffix}"
        _copy(encoder.path, folder / name)
    else:
        prefix = PREFIXES["ImageConditioner"]
        _write(folder / name, {prefix + key: value for key, value in encoder_weights.items()})
    index = {
        "base_model_id": base, "config_file": _CONFIG, "denoiser_checkpoint": _DENOISER,
        "image_conditioner_checkpoint": name,
    }  # fmt: skip
    write_json(folder / ISCENE, index)


def write_iscene_flow(folder: Path, flow: SceneFlow) -> Path:
    """Writes the weights of the flow of a package like I-Scene's."""
    return _write(folder / _DENOISER, published_weights(flow))


def published_weights(flow: SceneFlow) -> dict[str, Tensor]:
    """The weights of a flow on the CPU; its blocks as float16, norms and ends as float32."""
    narrow = copy.deepcopy(flow).cpu()
    narrow.set_dtype(torch.float16)
    module: nn.Module = narrow
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def _write(path: Path, weights: Mapping[str, Tensor]) -> Path:
    kept = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    write_bytes(path, save(kept))
    return path


def _copy(source: Path, target: Path) -> None:
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        return
    with open(source, "rb") as given, atomic_file(target) as written:
        shutil.copyfileobj(given, written)
