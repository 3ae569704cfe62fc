"""The networks of ``generate/tiny``: an image encoder, a box head, and the conditional flow."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.design import LATENT_SIDE, FlowDesign
from scenewright.models.generators.tiny.inputs import CHANNELS, SEEN_EXTENT, SIDE
from scenewright.models.generators.tiny.vae import folded
from scenewright.models.networks.flow import FlowCondition, SceneFlow
from scenewright.models.networks.flow_config import FlowConfig, SceneContext
from scenewright.models.networks.layers import FeedForward, LayerNorm32, SelfAttention
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import TIME_SCALE

IN_SCENE, SCENE, CANONICAL = 0, 1, 2
"""Slots of an object: in the scene cube, the whole scene, in its own cube."""
SLOTS = 3
BOX_VALUES = 8
"""Center (3) and logarithm of the edges (3) of the box in the scene cube; cosine and sine of the
heading."""
PER_PLACE = 0.6 * SEEN_EXTENT
"""Edges of the scene cube per unit of u and v: crops of scenes are 1.2 times what is seen."""
_HIDDEN = 384
"""Channels between the two layers of a head."""
_MEASURES = 16
_STEM = (32, 64, 128)
"""Channels of the convolutions, each of which halves the crop."""
LEAST_TIME = 0.02
"""Times below are treated as this where the predicted data is turned into a velocity."""
TOKENS = (SIDE // 2 ** len(_STEM)) ** 2


class Conditions(NamedTuple):
    """What is known from the picture.

    Attributes:
        tokens: (N, 3, T, token width) tokens of each slot.
        boxes: (N, 8) predicted boxes, see `BOX_VALUES`.
        shapes: (N, components) coefficients of the expected canonical shape.
    """

    tokens: Tensor
    boxes: Tensor
    shapes: Tensor


class EncoderBlock(nn.Module):
    """Self attention and feed-forward layers with norms before them.

    Args:
        width: Channels.
        heads: Attention heads.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = LayerNorm32(width, affine=True)
        self.attn = SelfAttention(width, heads)
        self.norm2 = LayerNorm32(width, affine=True)
        self.mlp = FeedForward(width, ratio=2.0)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, width) to the same shape."""
        x = x + self.attn(self.norm1(x))
        result: Tensor = x + self.mlp(self.norm2(x))
        return result


class CropEncoder(nn.Module):
    """Crops to tokens: strided convolutions, then transformer blocks.

    Args:
        width: Channels of the tokens.
        blocks: Transformer blocks.
        heads: Attention heads.
    """

    def __init__(self, width: int, blocks: int, heads: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = CHANNELS
        for channels in _STEM:
            layers += [
                nn.Conv2d(before, channels, 3, stride=2, padding=1), nn.GroupNorm(8, channels),
                nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1),
                nn.GroupNorm(8, channels), nn.SiLU(),
            ]  # fmt: skip
            before = channels
        self.stem = nn.Sequential(*layers)
        self.project = nn.Conv2d(before, width, 1)
        self.pos_emb = nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.blocks = nn.ModuleList(EncoderBlock(width, heads) for _ in range(blocks))
        self.norm = LayerNorm32(width, affine=True)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, channels, side, side) to (B, T, width)."""
        tokens = self.project(self.stem(crops)).flatten(2).transpose(1, 2) + self.pos_emb
        for block in self.blocks:
            tokens = block(tokens)
        result: Tensor = self.norm(tokens)
        return result


class TinyFlow(nn.Module):
    """Image encoder, heads of boxes and of expected shapes, and flow.

    The flow predicts what the data differs by from an expected one: in the canonical slot that of
    the shape head, in the slot in the scene the same shape at the predicted place.

    Args:
        design: Sizes.
    """

    shape_mean: Tensor
    shape_basis: Tensor
    shape_scale: Tensor

    def __init__(self, design: FlowDesign) -> None:
        super().__init__()
        self.design = design
        width = design.token_width
        self.encoder = CropEncoder(width, design.token_blocks, design.token_heads)
        self.slot_emb = nn.Parameter(torch.randn(SLOTS, width) * 0.5)
        features = (TOKENS // 4) * width + 2 * width + _MEASURES
        self.box_head = _head(features, BOX_VALUES)
        self.shape_head = _head(features, design.components)
        self.register_buffer("shape_scale", torch.ones(design.components))
        size = design.latent_channels * LATENT_SIDE**3
        self.register_buffer("shape_mean", torch.zeros(size))
        self.register_buffer("shape_basis", torch.zeros(design.components, size))
        self.flow = SceneFlow(flow_config(design))

    def conditions(self, scenes: Tensor, objects: Tensor, scene_of: Tensor) -> Conditions:
        """Encodes crops.

        Args:
            scenes: (S, channels, side, side) crops of scenes.
            objects: (N, channels, side, side) crops of objects.
            scene_of: (N,) number of the scene of each object.
        """
        encoded = self.encoder(torch.cat([scenes, objects]))
        whole, own = encoded[: len(scenes)][scene_of], encoded[len(scenes) :]
        coarse = _pooled(whole)
        both = torch.cat([own, coarse], 1)
        slots = torch.stack([both, torch.cat([whole, coarse], 1), both], 1)
        tokens = slots + self.slot_emb[:, None].to(slots.dtype)
        measures = measured_extents(objects)
        features = torch.cat(
            [_pooled(own).flatten(1), whole.mean(1), whole.amax(1), measures.to(own.dtype)], 1
        )
        boxes = self.box_head(features).float() + _seen_boxes(measures)
        return Conditions(tokens, boxes, self.shape_scale * self.shape_head(features).float())

    def expected(self, shapes: Tensor) -> Tensor:
        """Normalized latents (N, C, 8, 8, 8) of coefficients of expected shapes."""
        latents = self.shape_mean + shapes @ self.shape_basis
        return latents.view(len(shapes), self.design.latent_channels, *(LATENT_SIDE,) * 3)

    def predict(
        self,
        state: Tensor,
        time: Tensor,
        condition: Tensor | FlowCondition,
        *,
        expected: Tensor,
        partial: Tensor | None = None,
    ) -> Prediction:
        """Velocities; the flow itself predicts the data, which needs no room for the noise.

        A token holds more numbers than the flow has channels, so that it could not pass on noise;
        data is much simpler (Li and He, arXiv 2511.13720).

        Args:
            state: (N, 3, C, 8, 8, 8) latents between data and noise.
            time: (N,) 1000 t.
            condition: See `SceneFlow.forward`.
            expected: (N, 3, C, 8, 8, 8) expected latents of the slots; 0 where nothing is expected.
            partial: (N, 3, C + 2, 8, 8, 8) known geometry, see `known_channels`; None for none.
        """
        shape = (*state.shape[:2], self.design.partial_channels, *state.shape[3:])
        known = state.new_zeros(shape) if partial is None else partial
        given = torch.cat([known, expected.to(known.dtype)], 2)
        data = self.flow(state, time, condition, partial=given).velocity.float() + expected
        level = (time / TIME_SCALE).clamp(min=LEAST_TIME).view(-1, 1, 1, 1, 1, 1)
        return Prediction((state - data) / level)


def _pooled(tokens: Tensor) -> Tensor:
    """(N, T, width) tokens of a square grid to a quarter as many."""
    side = round(tokens.shape[1] ** 0.5)
    grid = tokens.transpose(1, 2).reshape(len(tokens), -1, side, side)
    return F.avg_pool2d(grid, 2).flatten(2).transpose(1, 2)


def _head(features: int, values: int) -> nn.Sequential:
    """Two layers, of which the second starts as zero."""
    last = nn.Linear(_HIDDEN, values)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        LayerNorm32(features, affine=True), nn.Linear(features, _HIDDEN), nn.SiLU(), last
    )


def measured_extents(objects: Tensor) -> Tensor:
    """(N, 16) lowest and highest u, v, x, y, z of the subject of crops, their means, and whether
    x, y, z are known.

    Args:
        objects: (N, channels, side, side) crops.
    """
    subject = objects[:, 3:4] > 0.5
    known = subject & (objects[:, 10:11] > 0.5)
    parts = []
    for channels, mask in ((objects[:, 5:7], subject), (objects[:, 7:10], known)):
        count = mask.sum((2, 3)).clamp(min=1)
        is_there = mask.any(3).any(2)
        low = channels.masked_fill(~mask, torch.inf).amin((2, 3))
        high = channels.masked_fill(~mask, -torch.inf).amax((2, 3))
        mean = (channels * mask).sum((2, 3)) / count
        parts += [torch.where(is_there, each, 0.0) for each in (low, high, mean)]
    parts.append(known.any(3).any(2).float())
    return torch.cat(parts, 1)


def _seen_boxes(measures: Tensor) -> Tensor:
    """(N, 8) boxes of what is seen, from which predicted boxes are counted.

    Without measured points, x and z follow from the place in the picture, and the depth is that of
    the middle of the scene.
    """
    low, high, known = measures[:, :2], measures[:, 2:4], measures[:, 15:16]
    edges = ((high - low) * PER_PLACE).clamp(min=0.01)
    middle = (high + low) / 2 * PER_PLACE
    depth = edges.amax(1, keepdim=True)
    flat = torch.cat([middle[:, :1], torch.zeros_like(depth), -middle[:, 1:]], 1)
    size = torch.cat([edges[:, :1], depth, edges[:, 1:]], 1)
    near, far = measures[:, 6:9] / 2, measures[:, 9:12] / 2  # Crops hold twice the coordinates.
    solid, solid_size = (near + far) / 2, (far - near).clamp(min=0.01)
    center = torch.where(known > 0.5, solid, flat)
    edge = torch.where(known > 0.5, solid_size, size)
    return torch.cat([center, edge.log(), torch.zeros_like(center[:, :2])], 1)


def placed_shapes(occupied: Tensor, boxes: Tensor) -> Tensor:
    """Occupancy (N, 32, 32, 32) of canonical shapes at their predicted places in the scene cube.

    Args:
        occupied: (N, 32, 32, 32) occupancy in canonical cubes, 0 to 1.
        boxes: (N, 8), see `BOX_VALUES`.
    """
    side = occupied.shape[-1]
    steps = (torch.arange(side, device=occupied.device) + 0.5) / side - 0.5
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    result = torch.zeros_like(occupied)
    centers, sizes = decoded_boxes(boxes)
    for number in range(len(occupied)):
        inside = grid[(occupied[number] > 0.5).reshape(-1)]
        if not len(inside):
            continue
        cos, sin = nn.functional.normalize(boxes[number, 6:] + 1e-6, dim=0)
        turn = torch.eye(3, device=grid.device)
        turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1] = cos, -sin, sin, cos
        turned = inside @ turn.T
        low, high = turned.amin(0) - 0.5 / side, turned.amax(0) + 0.5 / side
        scale = (sizes[number].log() - (high - low).log()).mean().exp()
        local = ((grid - centers[number]) / scale + (low + high) / 2) @ turn
        # grid_sample expects the last axis first, in units of half a cube.
        places = (2 * local).flip(-1).view(1, side, side, side, 3)
        found = F.grid_sample(occupied[number][None, None], places, align_corners=False)
        result[number] = found[0, 0]
    return result


def flow_config(design: FlowDesign) -> FlowConfig:
    """The configuration of the flow; without context blocks the slots do not attend to another."""
    return FlowConfig(
        resolution=LATENT_SIDE,
        in_channels=design.latent_channels,
        out_channels=design.latent_channels,
        model_channels=design.width,
        cond_channels=design.token_width,
        num_blocks=design.blocks,
        num_heads=design.heads,
        patch_size=2,
        partial_channels=design.partial_channels + design.latent_channels,
        scene_context=SceneContext(
            num_blocks=design.context_blocks, sources=SLOTS - 1, key_bias=True
        ),
    )


def known_channels(latent: Tensor, occupied: Tensor, free: Tensor) -> Tensor:
    """Known geometry as the flow takes it: (B, C + 2, 8, 8, 8).

    Args:
        latent: (B, C, 8, 8, 8) normalized latent of the voxels known to be occupied.
        occupied: (B, 32, 32, 32) 1 where known to be occupied.
        free: (B, 32, 32, 32) 1 where known to be free.
    """
    shares = [folded(each.float()).mean(1, keepdim=True) for each in (occupied, free)]
    return torch.cat([latent, *(share.to(latent.dtype) for share in shares)], 1)


def leveled(logits: Tensor) -> Tensor:
    """Logits moved so that the voxels above 0 have the largest expected overlap with the truth.

    Where a shape is uncertain, no voxel may be likelier than one half, and yet some shape is the
    best answer. With probabilities p, the expected overlap of a set of voxels is about the sum of
    its p over the sum of all p and of its 1 - p, which is largest for the likeliest voxels.

    Args:
        logits: (N, R, R, R), linear in the occupancy, from 0 at -4 to 1 at 4.
    """
    occupied = (logits / 8 + 0.5).clamp(0, 1).flatten(1)
    ordered = occupied.sort(1, descending=True).values
    inside = ordered.cumsum(1)
    count = torch.arange(1, ordered.shape[1] + 1, device=logits.device)
    best = (inside / (inside[:, -1:] + count - inside).clamp(min=1e-6)).argmax(1, keepdim=True)
    level = ordered.gather(1, best).clamp(max=0.5)
    # The voxels at the level itself belong to the set.
    shift = 8 * (level - 0.5) - 1e-4
    return logits - shift.view(-1, 1, 1, 1)


def decoded_boxes(values: Tensor) -> tuple[Tensor, Tensor]:
    """Centers and edges (N, 3) of boxes in the scene cube, from `Conditions.boxes`."""
    return values[:, :3], values[:, 3:6].clamp(-5, 0.5).exp()


def upsampled(logits: Tensor, factor: int = 2) -> Tensor:
    """(B, R, R, R) logits, interpolated to `factor` times the resolution."""
    fine = F.interpolate(logits[:, None], scale_factor=factor, mode="trilinear")
    return fine[:, 0]
