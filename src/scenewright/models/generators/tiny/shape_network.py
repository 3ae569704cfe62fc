"""The network of ``complete/tiny``: known voxels of an object to the probability of all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from scenewright.core import WeightsError
from scenewright.io import write_bytes
from scenewright.models.generators.tiny.encoder import (
    KnownEncoder,
    KnownGeometry,
    SceneEncoder,
    VoxelDecoder,
)
from scenewright.models.networks.loading import load_strict

_CELLS = 4
"""Parts per side of a cube at the coarsest resolution."""
_WIDTH = 128
"""Channels of a part, as of the decoder."""
_PART = "shape"


@dataclass(frozen=True)
class ShapeDesign:
    """Sizes of the network.

    Attributes:
        layers: Transformer layers in which the parts of a cube attend to each other.
        heads: Their attention heads.
    """

    layers: int = 3
    heads: int = 4


class ShapeNetwork(nn.Module):
    """A U-Net on known voxels whose 4 x 4 x 4 coarsest parts attend to each other.

    Convolutions are those of the image encoder of ``generate/tiny``.

    Args:
        design: Sizes.
    """

    def __init__(self, design: ShapeDesign) -> None:
        super().__init__()
        self.design = design
        self.known = KnownEncoder()
        self.part_emb = nn.Parameter(torch.randn(_CELLS**3, _WIDTH) * 0.1)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                _WIDTH, design.heads, 2 * _WIDTH, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.layers)
        )
        self.decoder = VoxelDecoder()

    def forward(self, occupied: Tensor, free: Tensor) -> Tensor:
        """(N, 32, 32, 32) logits that a voxel is solid.

        Args:
            occupied: (N, 32, 32, 32) 1 where known to be occupied.
            free: (N, 32, 32, 32) 1 where known to be free.
        """
        is_blind = torch.ones(len(occupied), dtype=torch.bool, device=occupied.device)
        given = self.known(KnownGeometry(occupied, free, is_blind))
        parts = given[2].flatten(2).transpose(1, 2) + self.part_emb
        for layer in self.layers:
            parts = layer(parts)
        cube = parts.transpose(1, 2).reshape(len(parts), _WIDTH, *(_CELLS,) * 3)
        logits: Tensor = self.decoder(cube, given)[0]
        return logits

    @torch.no_grad()
    def take_convolutions(self, encoder: SceneEncoder) -> None:
        """Takes over the convolutions of an image encoder, which was taught on scans as well."""
        self.known.load_state_dict(encoder.known.state_dict())
        self.decoder.load_state_dict(encoder.decoder.state_dict())
        self.part_emb.copy_(encoder.part_emb)


@torch.no_grad()
def shape_probabilities(
    network: ShapeNetwork, occupied: NDArray[np.bool_], free: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(N, 32, 32, 32) probability that a voxel is solid; known voxels keep their state.

    Args:
        network: The trained network.
        occupied: (N, 32, 32, 32) voxels that are known to be occupied.
        free: (N, 32, 32, 32) voxels that are known to be free.
    """
    device = network.part_emb.device
    given, empty = (
        torch.from_numpy(each.astype(np.float32)).to(device) for each in (occupied, free)
    )
    found = network(given, empty).sigmoid()
    found = torch.where(given > 0, 1.0, torch.where(empty > 0, 0.0, found))
    return np.asarray(found.float().cpu().numpy(), np.float32)


def write_shape_network(path: Path, network: ShapeNetwork, facts: Mapping[str, Any]) -> None:
    """Writes the weights, float16.

    Args:
        path: The file.
        network: The network.
        facts: JSON values about the training.
    """
    metadata = {
        "trained": json.dumps(facts), "license": "Apache-2.0",
        _PART: json.dumps(asdict(network.design)),
    }  # fmt: skip
    tensors = {
        key: value.detach().half().cpu().contiguous() for key, value in network.state_dict().items()
    }
    write_bytes(path, save(tensors, metadata=metadata))


def read_shape_network(path: str | Path) -> ShapeNetwork:
    """The network in a file of ``train completion``, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            design = ShapeDesign(**json.loads((file.metadata() or {})[_PART]))
            tensors = {name: file.get_tensor(name).to(torch.float32) for name in file.keys()}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path}", expected="weights of complete/tiny", got=f"{error}" or type(error).__name__,
            do="Train them with 'scenewright train completion'.",
        ) from error  # fmt: skip
    network = ShapeNetwork(design)
    load_strict(network, tensors)
    return network.eval()
