"""Weight files of generators into networks, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from scenewright.core import WeightsError
from scenewright.models.generators.packages import PICKLES, NetworkFile
from scenewright.models.networks.published import load_published
from scenewright.models.weights import file_hash

_REGISTERS_MODEL = "dinov2_with_registers"
_RENAMED = {
    "embeddings.cls_token": "cls_token",
    "embeddings.mask_token": "mask_token",
    "embeddings.register_tokens": "register_tokens",
    "embeddings.position_embeddings": "pos_embed",
    "embeddings.patch_embeddings.projection": "patch_embed.proj",
    "layernorm": "norm",
}
"""Names of transformers to those of the public checkpoints of DINOv2."""
_RENAMED_IN_BLOCKS = {
    "attention.output.dense": "attn.proj",
    "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
}
_QUERY_KEY_VALUE = tuple(f"attention.attention.{name}" for name in ("query", "key", "value"))


def check_format(path: Path, *, allow_pickles: bool) -> None:
    """Refuses files that can run code unless they are allowed.

    Raises:
        WeightsError: The file is a pickle and pickles are not allowed.
    """
    if path.suffix in PICKLES and not allow_pickles:
        raise WeightsError(
            f"Weights {path} are refused",
            expected="a safetensors file",
            got="a file of PyTorch, a format that can run code when it is opened",
            do="If you trust its source, add --allow-pickles (allow_pickles=True); then it is read "
            "with weights_only.",
        )


def read_arrays(path: Path, *, allow_pickles: bool) -> tuple[dict[str, Tensor], str]:
    """The tensors of a weight file by name, and its SHA-256.

    Args:
        path: A safetensors file, or one of PyTorch.
        allow_pickles: Whether files of PyTorch are read, with ``weights_only``.

    Raises:
        WeightsError: The file is refused, damaged, or holds something else than tensors.
    """
    check_format(path, allow_pickles=allow_pickles)
    if path.suffix not in PICKLES:
        try:
            return load_file(path), file_hash(path)
        except (SafetensorError, OSError) as error:
            raise _unreadable(path, error) from error
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Damaged files raise exceptions of many types.
        raise _unreadable(path, error) from error
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise WeightsError(f"Weights {path}", expected="tensors by name", got="other objects")
    return dict(found), file_hash(path)


def load_network(
    file: NetworkFile, *, dtype: torch.dtype, device: torch.device, allow_pickles: bool
) -> tuple[nn.Module, str]:
    """A network with its weights, in evaluation mode, and the SHA-256 of the file.

    Args:
        file: Class, arguments and file.
        dtype: Type of the torso.
        device: Where it will run.
        allow_pickles: See `read_arrays`.

    Raises:
        WeightsError: The weights are refused, damaged, or those of another network.
        UnknownNameError: There is no such network.
    """
    arrays, digest = read_arrays(file.path, allow_pickles=allow_pickles)
    if file.network == "DinoVisionTransformer" and "embeddings.cls_token" in arrays:
        arrays = public_dino_names(arrays)
    network = load_published(file.network, file.args, arrays, dtype=dtype, source=str(file.path))
    return network.to(device), digest


def dino_arguments(config: Mapping[str, object]) -> dict[str, object]:
    """Arguments of DINOv2 from a ``config.json`` of transformers.

    Raises:
        WeightsError: It describes another network.
    """
    if config.get("model_type") != _REGISTERS_MODEL:
        raise WeightsError(
            "The image encoder",
            expected=f'"model_type": "{_REGISTERS_MODEL}" in config.json',
            got=repr(config.get("model_type")),
        )
    names = {
        "img_size": "image_size", "patch_size": "patch_size", "embed_dim": "hidden_size",
        "depth": "num_hidden_layers", "num_heads": "num_attention_heads", "mlp_ratio": "mlp_ratio",
        "num_register_tokens": "num_register_tokens", "norm_eps": "layer_norm_eps",
    }  # fmt: skip
    return {ours: config[theirs] for ours, theirs in names.items() if theirs in config}


def public_dino_names(arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of DINOv2 with the names of transformers, with the public ones.

    Queries, keys and values are joined.

    Raises:
        WeightsError: A part of a block is missing.
    """
    result: dict[str, Tensor] = {}
    for name, value in arrays.items():
        stem, _, end = name.rpartition(".")
        parts = name.split(".")
        if name in _RENAMED:
            result[_RENAMED[name]] = value
        elif stem in _RENAMED:
            result[f"{_RENAMED[stem]}.{end}"] = value
        elif parts[:2] == ["encoder", "layer"]:
            block, inner = f"blocks.{parts[2]}.", ".".join(parts[3:])
            renamed = _inner_name(inner)
            if renamed == "attn.qkv":
                names = [f"encoder.layer.{parts[2]}.{part}.{end}" for part in _QUERY_KEY_VALUE]
                missing = [each for each in names if each not in arrays]
                if missing:
                    raise WeightsError(
                        "The image encoder", expected=f"a tensor '{missing[0]}'", got="none"
                    )
                result[f"{block}attn.qkv.{end}"] = torch.cat([arrays[each] for each in names])
            else:
                result[block + renamed] = value
        else:
            result[name] = value
    return result


def _inner_name(inner: str) -> str:
    """Public name of a tensor in a block, given its name in transformers."""
    if inner in _RENAMED_IN_BLOCKS:
        return _RENAMED_IN_BLOCKS[inner]
    stem, _, end = inner.rpartition(".")
    if stem in _QUERY_KEY_VALUE:
        return "attn.qkv"
    return f"{_RENAMED_IN_BLOCKS[stem]}.{end}" if stem in _RENAMED_IN_BLOCKS else inner


def _unreadable(path: Path, error: Exception) -> WeightsError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if "weights_only" in reason or "WeightsUnpickler" in str(error):
        # torch advises to read everything, which would run what the file asks for.
        return WeightsError(
            f"Weights {path} are refused",
            expected="tensors only",
            got="objects of other types, which can run code",
            do="Do not open this file; get the weights from another source.",
        )
    return WeightsError(
        f"Weights {path} cannot be read",
        expected=f"a whole {path.suffix} file",
        got=reason[:200],
        do="It is damaged or incomplete; download it again.",
    )
