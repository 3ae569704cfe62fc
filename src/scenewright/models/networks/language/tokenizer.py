"""The tokenizer of scenes: one token, or several, for each object of a scene.

`SceneTokenizer` follows the idea of Inst3D-LMM (Yu et al., CVPR 2025): 3D and picture vectors of an
object are fused, and a relation module tells each object how it lies to the others. It differs from
the published form (`published`) where that loses information: boxes keep their meters, pairs have
25 numbers instead of 5, and relations are passed on as values, not only as weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scenewright.core import ConventionError
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.pairs import NUM_PAIRS, pair_features
from scenewright.models.networks.language.relations import (
    RELATIONS,
    PairNetwork,
    Relation,
    RelationBlock,
    ViewPooling,
)

_OCTAVES = 6
_BOX_NUMBERS = 3 + 3 + 1 + 6 * 2 * _OCTAVES + 3
_DROPPED = 0.1


@dataclass(frozen=True)
class TokenizerConfig:
    """The design of a `SceneTokenizer`.

    Attributes:
        shape_width: Length A of the 3D vectors.
        view_width: Length C of the vectors of pictures; 0 = none are used.
        width: Width of the tokens that are returned.
        inner: Width inside; heads divide it.
        heads: Heads of attention.
        blocks: Relation blocks.
        pair_features: Learned features of each pair beside its 25 numbers.
        relation: What is taken from pairs: ``off``, ``bias`` or ``values``.
        tokens: Tokens per object: 1, or 3 (appearance, relations, both).
        levels: Levels of cropping of pictures.
    """

    shape_width: int
    view_width: int = 0
    width: int = 128
    inner: int = 128
    heads: int = 4
    blocks: int = 2
    pair_features: int = 16
    relation: Relation = "values"
    tokens: int = 1
    levels: int = 3

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ConventionError(
                "relation", expected=f"one of {', '.join(RELATIONS)}", got=self.relation
            )
        if self.tokens not in (1, 3):
            raise ConventionError("tokens", expected="1 or 3", got=str(self.tokens))
        if self.inner % self.heads:
            raise ConventionError(
                "inner", expected=f"a multiple of {self.heads} heads", got=str(self.inner)
            )


class SceneTokenizer(nn.Module):
    """Tokens of the objects of scenes.

    Args:
        config: The design.
    """

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        inner = config.inner
        self.shape = nn.Sequential(
            nn.LayerNorm(config.shape_width), nn.Linear(config.shape_width, inner)
        )
        if config.view_width:
            self.views = ViewPooling(inner, config.view_width, config.heads, config.levels)
            self.gate = nn.Linear(2 * inner, inner)
            nn.init.zeros_(self.gate.bias)
        self.box = nn.Sequential(nn.Linear(_BOX_NUMBERS, inner), nn.GELU(), nn.Linear(inner, inner))
        self.pairs = PairNetwork(NUM_PAIRS, config.pair_features)
        self.blocks = nn.ModuleList(
            RelationBlock(inner, config.heads, self.pair_width, config.relation)
            for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(inner)
        self.project = nn.ModuleList(nn.Linear(inner, config.width) for _ in range(config.tokens))

    @property
    def pair_width(self) -> int:
        """Numbers and features of each pair, see `pair_values`."""
        return NUM_PAIRS + self.config.pair_features

    def forward(self, objects: InstanceInputs) -> Tensor:
        """(B, N, width) one token per object; (N, width) for one scene without B.

        Args:
            objects: What is known of the objects.

        Raises:
            ConventionError: The tensors do not belong together.
        """
        return self.tokens(objects).sum(-2)

    def tokens(self, objects: InstanceInputs) -> Tensor:
        """(B, N, t, width) all tokens of each object; (N, t, width) for one scene without B."""
        found, _ = self.encode(objects)
        return found if objects.center.ndim == 3 else found[0]

    def encode(self, objects: InstanceInputs) -> tuple[Tensor, Tensor]:
        """(B, N, t, width) tokens, and the (B, N, N, P) features of pairs that they come from."""
        given = objects.batched()
        pairs = self.pair_values(given)
        appearance = self._appearance(given)
        placed = appearance + self.box(_box_numbers(given))
        related = placed
        for block in self.blocks:
            related = block(related, pairs, given.known)
        parts = [related]
        if self.config.tokens == 3:
            parts = [appearance, related - placed, related]
        kept = given.known[..., None]
        tokens = [
            layer(self.norm(part)) * kept for layer, part in zip(self.project, parts, strict=True)
        ]
        return torch.stack(tokens, dim=2), pairs

    def pair_values(self, objects: InstanceInputs) -> Tensor:
        """(B, N, N, pair_width) numbers and learned features of each pair."""
        given = objects.batched()
        numbers = pair_features(given.center, given.size, given.known, given.viewer, given.alike)
        found: Tensor = self.pairs(numbers)
        return found

    def _appearance(self, given: InstanceInputs) -> Tensor:
        """(B, N, inner) 3D vectors and pictures together."""
        shape: Tensor = self.shape(given.shape)
        if not self.config.view_width:
            return shape
        views, known, level, seen = _views(given, self.config.view_width)
        if self.training:
            kept = torch.rand(2, *shape.shape[:2], 1, device=shape.device) >= _DROPPED
            shape = shape * (kept[0] | ~known.any(-1, keepdim=True))
            known = known & kept[1]
        pooled = self.views(shape, views, known, level, seen)
        gate = torch.sigmoid(self.gate(torch.cat([shape, pooled], dim=-1)))
        fused: Tensor = shape + gate * pooled
        return fused


def _views(given: InstanceInputs, width: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Vectors of pictures and facts about them; of no picture where none is given."""
    rows = given.shape.shape[:2]
    if given.views is None:
        none = given.shape.new_zeros(*rows, 0)
        return given.shape.new_zeros(*rows, 0, width), none.bool(), none.long(), none
    facts = []
    for name in ("view_known", "view_level", "view_seen"):
        value = getattr(given, name)
        if value is None:
            raise ConventionError(name, expected="a tensor, since there are views", got="None")
        facts.append(value)
    return given.views, facts[0], facts[1], facts[2]


def _box_numbers(given: InstanceInputs) -> Tensor:
    """(B, N, 88) place in the room in meters and as waves, size, volume, and size of the room."""
    middle = given.room.mean(dim=1)
    offset = given.center - middle[:, None]
    offset = torch.cat(
        [offset[..., :2], given.center[..., 2:] - given.room[:, None, :1, 2]], dim=-1
    )
    volume = given.size.clamp_min(1e-3).log().sum(-1, keepdim=True)
    waves = torch.cat([offset, given.size], dim=-1)[..., None] * _octaves(given.center)
    waves = torch.cat([waves.sin(), waves.cos()], dim=-1).flatten(-2)
    room = (given.room[:, 1] - given.room[:, 0])[:, None].expand_as(offset)
    return torch.cat([offset, given.size, volume / 3, waves, room / 8], dim=-1)


def _octaves(like: Tensor) -> Tensor:
    powers = torch.arange(_OCTAVES, device=like.device, dtype=like.dtype)
    return math.pi / 8 * 2**powers
