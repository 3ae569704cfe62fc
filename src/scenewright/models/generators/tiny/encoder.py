"""The image encoder of ``generate/tiny``: crops of a picture to shapes and boxes in one pass."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.boxes import BOX_VALUES, MEASURES, measured_extents
from scenewright.models.generators.tiny.boxes import seen_boxes as boxes_seen
from scenewright.models.generators.tiny.design import GRID, EncoderDesign
from scenewright.models.generators.tiny.headings import HEADINGS
from scenewright.models.generators.tiny.inputs import CHANNELS, PLACE, POINTS, SIDE

_LOCAL = 3
"""Channels of positions relative to the measured points of the subject of a crop."""
_MOST_LOCAL = 2.0
_STEM = (64, 128)
"""Channels of the convolutions, at a quarter and at an eighth of the side of a crop."""
TOKENS = (SIDE // 8) ** 2
_CELLS = 4
"""Parts per side of a canonical cube at the coarsest resolution."""
_PAIR = 2
"""Voxels per side of a block whose voxels are channels at the finest resolution."""
_CHANNELS = (24, 64, 128)
"""Of the features of shapes with 16, 8 and 4 cells per side."""
_KIND = 256
"""Values that say which canonical shape it is."""
_START = -2.0
"""Logit of a voxel before training."""


class Conditions(NamedTuple):
    """What is known of N objects from a picture.

    Attributes:
        own: (N, T, token width) tokens of the crop of the object.
        whole: (N, T, token width) tokens of the crop of its scene.
        boxes: (N, 6) predicted boxes, see `BOX_VALUES`.
        logits: (N, 32, 32, 32) of the expected shape in its cube.
        canonical: (N, 32, 32, 32) logits of the expected shape in its canonical cube.
        headings: (N, 24) logits of its heading, see `HEADINGS`.
        colors: (N, 3, 8, 8, 8) RGB of the surface in the cells of its cube, -1 to 1.
    """

    own: Tensor
    whole: Tensor
    boxes: Tensor
    logits: Tensor
    canonical: Tensor
    headings: Tensor
    colors: Tensor


class KnownGeometry(NamedTuple):
    """What is known of the shapes of N objects before.

    Attributes:
        occupied: (N, 32, 32, 32) 1 where known to be occupied.
        free: (N, 32, 32, 32) 1 where known to be free.
        is_blind: (N,) whether the picture is withheld: shapes of scans, in their canonical cubes.
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


class KnownEncoder(nn.Module):
    """Known voxels to features of the decoder's three resolutions."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _CHANNELS
        self.fine = nn.Sequential(
            nn.Conv3d(2 * _PAIR**3, fine, 3, padding=1), nn.GroupNorm(8, fine), nn.SiLU()
        )
        self.middle = nn.Sequential(
            nn.Conv3d(fine, middle, 3, stride=2, padding=1), nn.GroupNorm(8, middle), nn.SiLU()
        )
        self.coarse = nn.Conv3d(middle, coarse, 3, stride=2, padding=1)

    def forward(self, known: KnownGeometry) -> tuple[Tensor, Tensor, Tensor]:
        """Features (N, channels, r, r, r) with r of 16, 8 and 4; 0 where nothing is known."""
        given = torch.cat([paired(known.occupied), paired(known.free)], 1)
        is_known = given.flatten(1).any(1).view(-1, 1, 1, 1, 1)
        fine = self.fine(given)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        return fine * is_known, middle * is_known, coarse * is_known


class VoxelDecoder(nn.Module):
    """Features of 4 x 4 x 4 parts of a cube to logits of its voxels, by convolutions.

    It also gives the features of its 8 x 8 x 8 cells.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _CHANNELS
        self.first = nn.ConvTranspose3d(coarse, middle, 4, stride=2, padding=1)
        self.middle = nn.Sequential(
            nn.GroupNorm(8, middle), nn.SiLU(), nn.Conv3d(middle, middle, 3, padding=1),
            nn.GroupNorm(8, middle), nn.SiLU(),
        )  # fmt: skip
        self.second = nn.ConvTranspose3d(middle, fine, 4, stride=2, padding=1)
        self.last = nn.Sequential(
            nn.GroupNorm(8, fine), nn.SiLU(), nn.Conv3d(fine, fine, 3, padding=1),
            nn.GroupNorm(8, fine), nn.SiLU(), nn.Conv3d(fine, _PAIR**3, 1),
        )  # fmt: skip
        last = self.last[-1]
        assert isinstance(last, nn.Conv3d) and last.bias is not None
        nn.init.constant_(last.bias, _START)

    def forward(
        self, parts: Tensor, known: tuple[Tensor, Tensor, Tensor] | None
    ) -> tuple[Tensor, Tensor]:
        """(N, channels, 4, 4, 4) and features of known voxels to (N, 32, 32, 32) and
        (N, channels, 8, 8, 8)."""
        middle = self.first(parts)
        cells = self.middle(middle if known is None else middle + known[1])
        fine = self.second(cells)
        logits = self.last(fine if known is None else fine + known[0])
        return unpaired(logits.float()), cells


class SceneEncoder(nn.Module):
    """Expected shapes, headings and boxes of the objects of pictures, and the tokens for the flow.

    Features of the parts of two cubes, that of the view and the canonical one, follow from a
    summary of the object and its scene, attend to each other and to the image tokens (a transformer
    decoder, Vaswani et al., 2017), and are decoded by convolutions, to which known voxels of the
    view are added. Boxes are settled among the objects of a scene.

    Args:
        design: Sizes.
    """

    def __init__(self, design: EncoderDesign) -> None:
        super().__init__()
        self.design = design
        width, heads = _CHANNELS[-1], design.heads
        self.crops = CropEncoder(design)
        self.source_emb = nn.Parameter(torch.randn(2, design.token_width) * 0.1)
        self.context = nn.Linear(design.token_width, width)
        features = 2 * (TOKENS // 4) * design.token_width + MEASURES
        self.summary = nn.Sequential(
            nn.LayerNorm(features), nn.Linear(features, design.width), nn.SiLU(),
            nn.Linear(design.width, design.width), nn.SiLU(),
        )  # fmt: skip
        self.parts = nn.Linear(design.width, _CELLS**3 * width)
        self.part_emb = nn.Parameter(torch.randn(_CELLS**3, width) * 0.1)
        self.canonical_parts = nn.Sequential(
            nn.Linear(design.width, _KIND), nn.SiLU(), nn.Linear(_KIND, _CELLS**3 * width)
        )
        self.canonical_emb = nn.Parameter(torch.randn(_CELLS**3, width) * 0.1)
        self.known = KnownEncoder()
        self.attend = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width, heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.layers)
        )
        self.decoder = VoxelDecoder()
        self.canonical_decoder = VoxelDecoder()
        self.color = nn.Conv3d(_CHANNELS[1], 3, 1)
        self.heading = nn.Sequential(
            nn.Linear(design.width, _KIND), nn.SiLU(), nn.Linear(_KIND, HEADINGS)
        )
        self.place = nn.Linear(design.width, width)
        self.layout = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(design.layout_layers)
        )
        self.box_norm = nn.LayerNorm(width)
        self.box = nn.Linear(width, BOX_VALUES)
        nn.init.zeros_(self.box.weight)
        nn.init.zeros_(self.box.bias)

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
        features = torch.cat([pooled(own).flatten(1), coarse.flatten(1), measures.to(own.dtype)], 1)
        memory = torch.cat([own + self.source_emb[0], coarse + self.source_emb[1]], 1)
        if known is not None:
            seen = (~known.is_blind).view(-1, 1)
            features, memory = features * seen, memory * seen[..., None]
        summary = self.summary(features)
        boxes = self._boxes(self.place(summary), scene_of) + boxes_seen(measures)
        logits, canonical, cells = self._voxels(summary, memory, known)
        colors = self.color(cells).float().tanh()
        headings = self.heading(summary).float()
        return Conditions(own, whole, boxes, logits, canonical, headings, colors)

    def _voxels(
        self, summary: Tensor, memory: Tensor, known: KnownGeometry | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 32, 32, 32) logits of the expected shapes in both cubes, and the features of the
        cells of that of the view."""
        count = len(summary)
        parts = self.parts(summary).view(count, _CELLS**3, -1) + self.part_emb
        given = None if known is None else self.known(known)
        if given is not None:
            parts = parts + given[2].flatten(2).transpose(1, 2)
        canonical = self.canonical_parts(summary).view(count, _CELLS**3, -1) + self.canonical_emb
        both = torch.cat([parts, canonical], 1)
        context = self.context(memory)
        for layer in self.attend:
            both = layer(both, context)
        cubes = both.transpose(1, 2).reshape(count, -1, 2, *(_CELLS,) * 3)
        logits, cells = self.decoder(cubes[:, :, 0], given)
        return logits, self.canonical_decoder(cubes[:, :, 1], None)[0], cells

    def _boxes(self, answers: Tensor, scene_of: Tensor) -> Tensor:
        """(N, 6) what boxes differ by from those of what is seen."""
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
