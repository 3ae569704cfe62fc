"""Small scenes and networks for the tests of ``generate/tiny``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scenewright.core import MaskSet
from scenewright.models.generated import ScenePicture
from scenewright.models.generators.tiny.design import EncoderDesign, FlowDesign, VaeDesign
from scenewright.models.generators.tiny.encoder import SceneEncoder
from scenewright.models.generators.tiny.flow import TinyFlow
from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE
from scenewright.models.generators.tiny.sampling import TinyNetworks
from scenewright.models.generators.tiny.vae import BlockCodec
from scenewright.models.generators.tiny.weights import write_weights

SMALL = FlowDesign(latent_channels=6, width=32, blocks=2, heads=2, context_blocks=1, token_width=32)
SMALL_ENCODER = EncoderDesign(
    token_width=32, token_layers=1, token_heads=2, width=24, layers=1, heads=2, layout_layers=1
)


def table_grid() -> NDArray[np.bool_]:
    """(32, 32, 32) a table: longer along x than along y, with two legs that are thicker; its left
    half mirrors its right one."""
    grid = np.zeros((32, 32, 32), bool)
    grid[1:31, 8:24, 20:24] = True
    for x, y in ((2, 9), (27, 9), (2, 21), (27, 21)):
        grid[x : x + 3, y : y + 2, 8:20] = True
    grid[2:8, 9:14, 8:20] = True
    grid[24:30, 9:14, 8:20] = True
    return grid


def small_codec() -> BlockCodec:
    """A codec whose components are an orthonormal basis of smooth blocks."""
    codec = BlockCodec(VaeDesign("blocks", SMALL.latent_channels))
    steps = torch.linspace(-1, 1, 4)
    x, y, z = torch.meshgrid(steps, steps, steps, indexing="ij")
    columns = torch.stack([torch.ones_like(x), x, y, z, x * y, y * z], -1).reshape(64, -1)
    codec.basis.copy_(torch.linalg.qr(columns)[0])
    return codec


def silence(encoder: SceneEncoder) -> None:
    """Makes every logit 0."""
    for parameter in encoder.decoder.last[-1].parameters():
        torch.nn.init.zeros_(parameter)


def small_encoder(*, seed: int = 0) -> SceneEncoder:
    """An encoder that expects a table, whatever it sees."""
    torch.manual_seed(seed)
    encoder = SceneEncoder(SMALL_ENCODER).eval()
    silence(encoder)
    table = torch.from_numpy(table_grid()).float()
    encoder.register_forward_hook(
        lambda _network, _given, found: found._replace(
            logits=found.logits + (8 * table - 4).expand_as(found.logits)
        )
    )
    return encoder


def small_networks(*, seed: int = 0) -> TinyNetworks:
    """Small networks that expect a table, whatever they see."""
    encoder = small_encoder(seed=seed)
    return TinyNetworks(encoder, small_codec(), TinyFlow(SMALL).eval())


def small_weights(path: Path, *, seed: int = 0) -> Path:
    """Weights of small networks that expect a full cube, whatever they see."""
    torch.manual_seed(seed)
    encoder = SceneEncoder(SMALL_ENCODER)
    silence(encoder)
    with torch.no_grad():
        list(encoder.decoder.last[-1].parameters())[1].fill_(4.0)
    write_weights(path, {"step": 0}, codec=small_codec(), encoder=encoder, flow=TinyFlow(SMALL))
    return path


def small_picture(*, with_points: bool = False) -> ScenePicture:
    """Two rectangles side by side; with points, 2 m away and 1.5 m wide together."""
    image = np.full((60, 80, 3), 200, np.uint8)
    labels = np.zeros((60, 80), np.int32)
    labels[20:45, 8:36] = 1
    labels[25:45, 46:70] = 2
    image[labels == 1] = (200, 30, 30)
    image[labels == 2] = (30, 30, 200)
    points = None
    if with_points:
        rows, columns = np.mgrid[:60, :80]
        points = np.stack(
            [(columns - 40) / 40, 2 + 0.1 * (rows % 5) / 5, (30 - rows) / 40], axis=2
        ).astype(np.float32)
        points[labels == 0] = np.nan
    return ScenePicture(image, MaskSet.from_id_map(labels), points=points)


def crops_with_points() -> torch.Tensor:
    """One crop whose subject fills a rectangle, half of which has points."""
    crop = torch.zeros(1, CHANNELS, SIDE, SIDE)
    crop[:, 3, 16:48, 8:56] = 1
    crop[:, 5] = torch.linspace(-1, 1, SIDE)
    crop[:, 6] = torch.linspace(-1, 1, SIDE)[:, None]
    crop[:, 7, 16:48, 8:32] = 0.5
    crop[:, 8, 16:48, 8:32] = torch.linspace(0, 1, 24)
    crop[:, 10, 16:48, 8:32] = 1
    return crop
