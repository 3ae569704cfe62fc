"""The tokenizer of Inst3D-LMM (Yu et al., CVPR 2025) in its published shape, made to work.

Multi-view cross-modal fusion and the relation module have the widths, heads and layers of the
paper and its code. The released code cannot run; this one differs where it must:

- layers are members of the module, so they are trained and saved, not made anew in each call;
- attention over pictures is per object and never runs over the scenes of a batch;
- both self-attentions know which rows are padding;
- pairs are computed from centers alone, with a constant for the square roots, not from sizes;
- the set of pictures of an object is kept: the code averages it before training, which leaves
  nothing to attend to;
- pictures that are missing are masked, instead of being zero vectors.

State dicts have the published names where the code has any (`object_proj`, `object_img_proj`,
`img2obj_proj`, `pos_embedding`, `pos_proj`, `relation_module`, `scene_init_proj`, `scene_proj`). No
checkpoint was ever released.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scenewright.core import ConventionError
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.pairs import NUM_PUBLISHED, published_pairs
from scenewright.models.networks.language.spatial_attention import FUSIONS, Fusion, SpatialBlock


@dataclass(frozen=True)
class PublishedConfig:
    """The design of a `PublishedTokenizer`; the defaults are the published ones.

    Attributes:
        width: Width D of the tokens, that of the language model.
        shape_width: Length of the 3D vectors (Uni3D-g).
        view_width: Length of the vectors of pictures (CLIP ViT-L/14-336).
        scene_width: Width of the relation module.
        heads: Heads of attention.
        layers: Layers of the transformer behind the spatial attention.
        feed: Width inside the feed-forward networks.
        fusion: How pairs change attention: ``mul``, ``cond``, ``bias``, ``add`` or ``ctx``.
    """

    width: int = 4096
    shape_width: int = 1024
    view_width: int = 768
    scene_width: int = 256
    heads: int = 8
    layers: int = 3
    feed: int = 2048
    fusion: Fusion = "mul"

    def __post_init__(self) -> None:
        if self.fusion not in FUSIONS:
            raise ConventionError(
                "fusion", expected=f"one of {', '.join(FUSIONS)}", got=self.fusion
            )


class PublishedTokenizer(nn.Module):
    """Three tokens per object: its 3D vector, its place among the others, and both modes fused.

    Args:
        config: The design.
    """

    def __init__(self, config: PublishedConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or PublishedConfig()
        shape, wide, scene = config.shape_width, config.width, config.scene_width
        self.object_proj = _two_layers(shape, wide)
        self.fusion = CrossModalFusion(config)
        self.img2obj_proj = nn.Sequential(nn.Linear(config.view_width, shape))
        self.pos_embedding = FourierPositions(scene)
        self.pos_proj = nn.Sequential(nn.Linear(scene, scene))
        self.scene_init_proj = nn.Sequential(nn.Linear(shape, scene))
        self.spatial = SpatialBlock(
            scene, config.heads, NUM_PUBLISHED, feed=config.feed, fusion=config.fusion
        )
        layer = nn.TransformerEncoderLayer(
            scene, config.heads, config.feed, dropout=0.05, batch_first=True, norm_first=True
        )
        self.relation_module = nn.TransformerEncoder(
            layer, config.layers, enable_nested_tensor=False
        )
        self.scene_proj = _two_layers(scene, wide)

    def forward(self, objects: InstanceInputs) -> Tensor:
        """(B, N, width) the three tokens of each object in one; (N, width) for one scene."""
        return self.tokens(objects).sum(-2)

    def tokens(self, objects: InstanceInputs) -> Tensor:
        """(B, N, 3, width) plain, scene and fused token; (N, 3, width) for one scene without B.

        Raises:
            ConventionError: There are no views, or the tensors do not belong together.
        """
        given = objects.batched()
        if given.views is None or given.view_known is None:
            raise ConventionError(
                "views", expected="vectors of pictures of the objects", got="none",
                do="Use the preset 'default', which needs none.",
            )  # fmt: skip
        plain = self.object_proj(given.shape)
        fused = self.fusion(given.shape, given.views, given.view_known, given.known)
        scene = self.scene_proj(self._scene(given, _mean(given.views, given.view_known)))
        found = torch.stack([plain, scene, fused], dim=2) * given.known[..., None, None]
        return found if objects.center.ndim == 3 else found[0]

    def _scene(self, given: InstanceInputs, pictures: Tensor) -> Tensor:
        """(B, N, scene_width) what each object is, and how it lies among the others."""
        padding = ~given.known
        unit = _unit_cube(given.center, given.known)
        positions = self.pos_proj(self.pos_embedding(unit))
        x = self.scene_init_proj(given.shape + self.img2obj_proj(pictures))
        x = self.spatial(x, x, published_pairs(given.center, given.known), padding)
        apart = torch.cdist(given.center, given.center, p=1)
        weights = (-apart).masked_fill(padding[:, None], -1e4).softmax(-1)
        found: Tensor = self.relation_module(x + weights @ positions, src_key_padding_mask=padding)
        return found


class CrossModalFusion(nn.Module):
    """Multi-view cross-modal fusion: the 3D vectors of objects ask the pictures of each.

    Args:
        config: The design.
    """

    def __init__(self, config: PublishedConfig) -> None:
        super().__init__()
        shape, view, heads = config.shape_width, config.view_width, config.heads
        self.object_attention = nn.MultiheadAttention(shape, heads, batch_first=True)
        self.view_query = nn.Linear(view, view)
        self.view_key = nn.Linear(view, view)
        self.view_value = nn.Linear(view, view)
        self.view_extra = nn.Parameter(torch.randn(2, view) * view**-0.5)
        self.view_out = nn.Linear(view, view)
        self.query = nn.Linear(shape, shape, bias=False)
        self.key = _two_layers(view, shape)
        self.value = _two_layers(view, shape)
        self.cross = nn.MultiheadAttention(shape, heads, batch_first=True)
        self.object_img_proj = nn.Linear(shape, config.width)

    def forward(self, shape: Tensor, views: Tensor, view_known: Tensor, known: Tensor) -> Tensor:
        """(B, N, width) from (B, N, A), (B, N, M, C), (B, N, M) bool and (B, N) bool."""
        batch, count, number, _ = views.shape
        padding = ~known & known.any(-1, keepdim=True)
        shape, _ = self.object_attention(shape, shape, shape, padding, need_weights=False)
        flat = views.reshape(batch * count, number, -1)
        seen = view_known.reshape(batch * count, number)
        flat = self._mixed(flat, seen)
        query = self.query(shape)
        asked = query.reshape(batch * count, 1, -1)
        blind = ~seen.any(-1)
        hidden = ~seen & ~blind[:, None]
        found, _ = self.cross(asked, self.key(flat), self.value(flat), hidden, need_weights=False)
        found = found * ~blind[:, None, None]
        fused: Tensor = self.object_img_proj(query + found.reshape(batch, count, -1))
        return fused

    def _mixed(self, views: Tensor, seen: Tensor) -> Tensor:
        """(R, M, C) pictures after attention with a learned key and value in front of them."""
        rows = len(views)
        extra = self.view_extra.expand(rows, 2, -1)
        keys = torch.cat([extra[:, :1], self.view_key(views)], dim=1)
        values = torch.cat([extra[:, 1:], self.view_value(views)], dim=1)
        logits = self.view_query(views) @ keys.transpose(1, 2) / math.sqrt(views.shape[-1])
        allowed = torch.cat([seen.new_ones(rows, 1), seen], dim=1)
        weights = logits.masked_fill(~allowed[:, None], -1e4).softmax(-1)
        found: Tensor = self.view_out(weights @ values)
        return found


class FourierPositions(nn.Module):
    """Random Fourier features of places in the unit cube, with a fixed Gaussian matrix.

    Args:
        width: Number of features, even.
    """

    gauss_B: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("gauss_B", torch.randn(3, width // 2))

    def forward(self, places: Tensor) -> Tensor:
        """(..., width) features of (..., 3) places."""
        phase = 2 * math.pi * places @ self.gauss_B
        return torch.cat([phase.sin(), phase.cos()], dim=-1)


def _two_layers(inner: int, outer: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inner, outer), nn.GELU(), nn.Linear(outer, outer))


def _mean(views: Tensor, known: Tensor) -> Tensor:
    """(B, N, C) mean of the pictures of each object; zero without any."""
    share = known.to(views.dtype)[..., None]
    return (views * share).sum(2) / share.sum(2).clamp_min(1)


def _unit_cube(center: Tensor, known: Tensor) -> Tensor:
    """(B, N, 3) centers scaled to [0, 1] by those of the objects of each scene."""
    far = torch.finfo(center.dtype).max
    low = center.masked_fill(~known[..., None], far).amin(1, keepdim=True)
    high = center.masked_fill(~known[..., None], -far).amax(1, keepdim=True)
    return ((center - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
