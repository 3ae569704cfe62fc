"""Tiny encoders as files of the published form."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from scenewright.models.networks.published import build
from tests.models.networks.network_builders import randomized

ENCODER_ARGS = {
    "in_channels": 1, "latent_channels": 2, "num_res_blocks": 1, "channels": [2, 4, 4],
    "num_res_blocks_middle": 1,
}  # fmt: skip
VGGT_ARGS = {
    "embed_dim": 32, "depth": 1, "num_heads": 2, "img_size": 28, "patch_size": 14,
    "patch_embed": {"embed_dim": 32, "depth": 1, "num_heads": 2},
}  # fmt: skip


def write_encoder(folder: Path, *, name: str = "SparseStructureEncoder") -> Path:
    """The pair of files of a tiny encoder of grids."""
    network = randomized(build("SparseStructureEncoder", ENCODER_ARGS))
    path = folder / "ss_enc_tiny.safetensors"
    save_file(network.state_dict(), path)
    path.with_suffix(".json").write_text(json.dumps({"name": name, "args": ENCODER_ARGS}))
    return path


def write_vggt(folder: Path) -> Path:
    """The folder of a tiny VGGT."""
    network = randomized(build("VGGT", VGGT_ARGS))
    state = {f"aggregator.{name}": value for name, value in network.state_dict().items()}
    folder.mkdir(exist_ok=True)
    save_file(state | {"other_head.weight": torch.zeros(2)}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(VGGT_ARGS))
    return folder
