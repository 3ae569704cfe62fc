"""Published classes: every key list of the full sizes is met, and wrong ones are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from scenewright.core import UnknownNameError, WeightsError
from scenewright.models.networks.published import PREFIXES, build, load_published

DENSE = [
    "dinov2_vitl14_reg", "iscene_image_conditioner", "iscene_ss_flow", "iscene_ss_flow_plain",
    "ss_dec_conv3d_16l8_fp16", "ss_enc_conv3d_16l8_fp16", "ss_flow_img_dit_L_16l8_fp16",
    "ss_scenegen_flow_img_dit_L_16l8_fp16", "vggt_aggregator",
]  # fmt: skip
SPARSE = [
    "slat_dec_gs_swin8_B_64l8gs32_fp16", "slat_dec_mesh_swin8_B_64l8m256c_fp16",
    "slat_dec_rf_swin8_B_64l8r16_fp16", "slat_enc_swin8_B_64l8_fp16",
    "slat_flow_img_dit_L_64l8p2_fp16",
]  # fmt: skip
VAE_ARGS = {
    "out_channels": 1, "latent_channels": 2, "num_res_blocks": 1, "channels": [4, 4],
    "num_res_blocks_middle": 1, "use_fp16": True,
}  # fmt: skip
FLOW_ARGS = {
    "resolution": 2, "in_channels": 2, "out_channels": 2, "model_channels": 12,
    "cond_channels": 4, "num_blocks": 2, "num_heads": 2, "patch_size": 1, "pe_mode": "ape",
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("name", [*DENSE, *SPARSE])
def test_names_and_shapes_of_the_full_sizes_are_the_published_ones(
    recordings: Path, name: str
) -> None:
    listed = json.loads((recordings / "keys" / f"{name}.json").read_text("utf-8"))
    published = listed["cls"].split(" ")[0]
    with torch.device("meta"):
        network = build(published, listed["args"])
    prefix = PREFIXES.get(published, "")
    shapes = {f"{prefix}{k}": list(v.shape) for k, v in network.state_dict().items()}
    assert shapes == {key: shape for key, (shape, _) in listed["keys"].items()}
    assert [name for name, _ in network.named_buffers()] == listed["buffers"]
    assert sum(p.numel() for p in network.parameters()) == listed["parameters"]


@pytest.mark.shared
@pytest.mark.parametrize("name", SPARSE)
def test_half_precision_is_where_the_published_weights_have_it(recordings: Path, name: str) -> None:
    listed = json.loads((recordings / "keys" / f"{name}.json").read_text("utf-8"))
    with torch.device("meta"):
        network = build(listed["cls"], listed["args"])
    set_dtype = getattr(network, "set_dtype", None)
    assert set_dtype is not None
    set_dtype(torch.float16)
    types = {k: str(v.dtype).removeprefix("torch.") for k, v in network.state_dict().items()}
    assert types == {key: dtype for key, (_, dtype) in listed["keys"].items()}


def test_weights_are_loaded_in_the_type_that_is_asked_for() -> None:
    whole = build("SparseStructureDecoder", VAE_ARGS)
    arrays = {k: v.numpy().astype(np.float16) for k, v in whole.state_dict().items()}
    network = load_published("SparseStructureDecoder", VAE_ARGS, arrays, dtype=torch.bfloat16)
    types = {k: v.dtype for k, v in network.state_dict().items()}
    assert types["blocks.0.conv1.weight"] == torch.bfloat16
    assert types["input_layer.weight"] == types["blocks.0.norm1.weight"] == torch.float32
    assert not network.training
    assert network(torch.zeros(1, 2, 2, 2, 2)).shape == (1, 1, 4, 4, 4)


def test_weights_of_another_configuration_are_refused() -> None:
    arrays = build("SparseStructureFlowModel", FLOW_ARGS).state_dict()
    with pytest.raises(WeightsError) as caught:
        load_published("SparseStructureFlowModel", {**FLOW_ARGS, "resolution": 4}, arrays)
    assert str(caught.value) == (
        "'pos_emb' in the weights of SceneFlow: expected shape (64, 12), got shape (8, 12). "
        "These weights belong to another network or another configuration of it."
    )
    with pytest.raises(WeightsError, match=r"'register_token' .* shape \(2, 4, 12\), got nothing"):
        load_published("SparseStructureFlowModel", {**FLOW_ARGS, "use_global": True}, arrays)


def test_unknown_names_and_arguments_are_named() -> None:
    with pytest.raises(UnknownNameError, match=r"Network 'Decoder': expected one of Aggregator, "):
        build("Decoder", {})
    with pytest.raises(WeightsError) as caught:
        build("SparseStructureDecoder", {"out_channels": 1})
    assert str(caught.value) == (
        "The configuration of SparseStructureDecoder: expected an argument 'latent_channels', "
        "got out_channels"
    )
    with pytest.raises(WeightsError) as caught:
        build("SparseStructureDecoder", {**VAE_ARGS, "norm_type": "group"})
    assert str(caught.value) == (
        "The configuration of a network: norm_type: expected 'layer', got 'group'"
    )
    with pytest.raises(WeightsError, match="image_cond_model: expected 'dinov2_vitl14_reg'"):
        build("ImageConditioner", {"image_cond_model": "dinov2_vits14"})
