"""The image encoder of ``generate/tiny``: crops of a picture to shapes and boxes in one pass."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.boxes import BOX_VALUES, MEASURES, measured_extents
from scenewright.models.generators.tiny.boxes import seen_boxes as boxes_seen
from scenewright.models.generators.tiny.design import GRID, EncoderDesign
from scenewright.models.generators.tiny.inputs import CHANNELS, PLACE, POINTS, SIDE

_LOCAL = 3
"""Channels of positions relative to the measured points of the subject of a crop."""
_MOST_LOCAL = 2.0
_STEM = (64, 128)
"""Channels of the convolutions, at a quarter and at an eighth of the side of a crop."""
TOKENS = (SIDE // 8) ** 2
_CELL = 8
"""Voxels per side of the part of a grid that one query answers."""
_CELLS = GRID // _CELL
_PAIR = 2
"""Voxels per side of a block whose voxels are channels of the last convolutions."""
_REFINED = 24
_HIDDEN = 384
"""Channels between the two layers of the summary."""
_START = -2.0
"""Logit of a voxel before training."""


class Conditions(NamedTuple):
    """What is known of N objects from a picture.

    Attributes:
        own: (N, T, token width) tokens of the crop of the object.
        whole: (N, T, token width) tokens of the crop of its scene.
        boxes: (N, 8) predicted boxes, see `BOX_VALUES`.
        logits: (N, 32, 32, 32) of the expected shape in its canonical cube.
    """

    own: Tensor
    whole: Tensor
    boxes: Tensor
    logits: Tensor


class KnownGeometry(NamedTuple):
    """What is known of the shapes of N objects before, and of which no picture is given.

    Attributes:
        occupied: (N, 32, 32, 32) 1 where known to be occupied.
        free: (N, 32, 32, 32) 1 where known to be free.
        is_blind: (N,) whether the picture of the object is withheld.
    """

    occupied: Tensor
    free: Tensor
    is_blind: Tensor


class CropEncoder(nn.Module):
    """Crops to tokens: strided convolutions, then transformer layers.

    Args:
        design: Sizes.
    """

    def __init__(self, design: EncoderDesign) -> None:
        super().__init__()
        first, second = _STEM
        width = design.token_width
        self.stem = nn.Sequential(
            *_convolution(CHANNELS + _LOCAL, first, kernel=4, stride=4, padding=0),
            *_convolution(first, first),
            *_convolution(first, second, stride=2),
            *_convolution(second, second),
            nn.Conv2d(second, width, 1),
        )
        self.pos_emb = nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, design.token_heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.token_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, channels, side, side) to (B, T, width)."""
        pixels = self.stem(crops.contiguous(memory_format=torch.channels_last))
        tokens = pixels.flatten(2).transpose(1, 2) + self.pos_emb
        for layer in self.layers:
            tokens = layer(tokens)
        result: Tensor = self.norm(tokens)
        return result


class SceneEncoder(nn.Module):
    """Expected shapes and boxes of the objects of pictures, and the tokens for the flow.

    Queries, one per part of a canonical cube and one for the box, attend to each other and to the
    tokens of the object and of its scene (a transformer decoder, Vaswani et al., 2017). A summary
    of the object and known voxels are added to the queries: attention alone learns slowly. Boxes
    are settled among the objects of a scene.

    Args:
        design: Sizes.
    """

    def __init__(self, design: EncoderDesign) -> None:
        super().__init__()
        self.design = design
        width, heads = design.width, design.heads
        self.crops = CropEncoder(design)
        self.source_emb = nn.Parameter(torch.randn(2, design.token_width) * 0.1)
        self.context = nn.Linear(design.token_width, width)
        self.queries = nn.Parameter(torch.randn(_CELLS**3 + 1, width) * 0.1)
        self.known = nn.Linear(2 * _CELL**3, width, bias=False)
        features = 2 * (TOKENS // 4) * design.token_width + MEASURES
        self.summary = nn.Sequential(
            nn.LayerNorm(features), nn.Linear(features, _HIDDEN), nn.SiLU(),
            nn.Linear(_HIDDEN, width),
        )  # fmt: skip
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width, heads, 3 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.voxels = nn.Linear(width, _CELL**3)
        self.refine = nn.Sequential(
            nn.Conv3d(3 * _PAIR**3, _REFINED, 3, padding=1), nn.SiLU(),
            nn.Conv3d(_REFINED, _PAIR**3, 3, padding=1),
        )  # fmt: skip
        self.layout = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 3 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.layout_layers)
        )
        self.box_norm = nn.LayerNorm(width)
        self.box = nn.Linear(width, BOX_VALUES)
        nn.init.constant_(self.voxels.bias, _START)
        for layer in (self.refine[-1], self.box):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        scenes: Tensor,
        objects: Tensor,
        scene_of: Tensor,
        known: KnownGeometry | None = None,
    ) -> Conditions:
        """Encodes crops.

        Args:
            scenes: (S, channels, side, side) crops of scenes.
            objects: (N, channels, side, side) crops of objects.
            scene_of: (N,) number of the scene of each object.
            known: What is known of the shapes; None for nothing.
        """
        if not self.design.context:
            scenes, objects = torch.zeros_like(scenes), without_place(objects)
        measures = measured_extents(objects)
        crops = [localized(scenes, measured_extents(scenes)), localized(objects, measures)]
        encoded = self.crops(torch.cat(crops))
        whole, own = encoded[: len(scenes)][scene_of], encoded[len(scenes) :]
        coarse = pooled(whole)
        summary = torch.cat([pooled(own).flatten(1), coarse.flatten(1), measures.to(own.dtype)], 1)
        hints = self.summary(summary)
        memory = self.context(torch.cat([own + self.source_emb[0], coarse + self.source_emb[1]], 1))
        if known is not None:
            seen = (~known.is_blind).view(-1, 1)
            memory, hints = memory * seen[..., None], hints * seen
        queries = self.queries + hints[:, None]
        shapes, places = queries[:, :-1], queries[:, -1:]
        if known is not None:
            shapes = shapes + self.known(_cells(known))
        answers = torch.cat([shapes.to(places.dtype), places], 1)
        for layer in self.decoder:
            answers = layer(answers, memory)
        answers = self.norm(answers)
        logits = self._voxels(answers[:, :-1], known)
        boxes = self._boxes(answers[:, -1], scene_of) + boxes_seen(measures)
        return Conditions(own, whole, boxes, logits)

    def _voxels(self, answers: Tensor, known: KnownGeometry | None) -> Tensor:
        """(N, 32, 32, 32) logits of the answers of the parts."""
        count, side = len(answers), _CELL // _PAIR
        parts = self.voxels(answers).view(count, *(_CELLS,) * 3, *(side, _PAIR) * 3)
        fine = parts.permute(0, 5, 7, 9, 1, 4, 2, 6, 3, 8)
        coarse = fine.reshape(count, _PAIR**3, *(GRID // _PAIR,) * 3)
        if known is None:
            given = coarse.new_zeros(count, 2 * _PAIR**3, *coarse.shape[2:])
        else:
            given = torch.cat([paired(known.occupied), paired(known.free)], 1).to(coarse.dtype)
        change = self.refine(torch.cat([coarse, given], 1))
        return unpaired(coarse.float() + change.float())

    def _boxes(self, answers: Tensor, scene_of: Tensor) -> Tensor:
        """(N, 8) what boxes differ by from those of what is seen."""
        is_other = scene_of[:, None] != scene_of[None]
        if not self.design.context:
            is_other = ~torch.eye(len(answers), dtype=torch.bool, device=answers.device)
        places = answers[None]
        for layer in self.layout:
            places = layer(places, src_mask=is_other)
        result: Tensor = self.box(self.box_norm(places[0])).float()
        return result


def _convolution(
    before: int, after: int, *, kernel: int = 3, stride: int = 1, padding: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, kernel, stride=stride, padding=padding),
        nn.GroupNorm(8, after),
        nn.SiLU(),
    ]


def localized(crops: Tensor, measures: Tensor) -> Tensor:
    """Crops (B, C, side, side) with three channels more: measured positions relative to the
    extent of those of the subject."""
    low, high = measures[:, 6:9], measures[:, 9:12]
    middle = ((low + high) / 2)[..., None, None]
    half = ((high - low).amax(1).clamp(min=0.02) / 2).view(-1, 1, 1, 1)
    relative = ((crops[:, POINTS] - middle) / half).clamp(-_MOST_LOCAL, _MOST_LOCAL)
    return torch.cat([crops, crops[:, 10:11] * relative], 1)


def without_place(crops: Tensor) -> Tensor:
    """Crops that do not say where in the picture, or in the scene cube, they are."""
    result = crops.clone()
    result[:, PLACE] = 0
    result[:, POINTS.start :] = 0
    return result


def pooled(tokens: Tensor) -> Tensor:
    """(N, T, width) tokens of a square grid to a quarter as many."""
    side = round(tokens.shape[1] ** 0.5)
    grid = tokens.transpose(1, 2).reshape(len(tokens), -1, side, side)
    return F.avg_pool2d(grid, 2).flatten(2).transpose(1, 2)


def _cells(known: KnownGeometry) -> Tensor:
    """(N, parts, 2 x voxels) known voxels of each part of the cubes."""
    both = torch.stack([known.occupied, known.free], 1)
    split = both.view(len(both), 2, *(_CELLS, _CELL) * 3)
    return split.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(len(both), _CELLS**3, -1)


def paired(grids: Tensor) -> Tensor:
    """(N, 32, 32, 32) to (N, 8, 16, 16, 16): the voxels of each block of two as channels."""
    split = grids.reshape(len(grids), *(GRID // _PAIR, _PAIR) * 3)
    fine = split.permute(0, 2, 4, 6, 1, 3, 5)
    return fine.reshape(len(grids), _PAIR**3, *(GRID // _PAIR,) * 3)


def unpaired(blocks: Tensor) -> Tensor:
    """The inverse of `paired`."""
    side = GRID // _PAIR
    split = blocks.reshape(len(blocks), *(_PAIR,) * 3, *(side,) * 3)
    return split.permute(0, 4, 1, 5, 2, 6, 3).reshape(len(blocks), *(GRID,) * 3)
