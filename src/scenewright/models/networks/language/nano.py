"""The network of ``lm/nano``: from objects and questions to pointers and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from scenewright.models.networks.language.heads import PointerHead, count_chances
from scenewright.models.networks.language.instances import InstanceInputs, random_identifiers
from scenewright.models.networks.language.reasoner import ReasonerLayer
from scenewright.models.networks.language.text_encoder import TextEncoder
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig

_HIDDEN = -1e4
_IDENTIFIERS = 128


@dataclass(frozen=True)
class NanoConfig:
    """The design of a `NanoNetwork`.

    Attributes:
        words: Number of words.
        kinds: Number of kinds of units.
        grams: Buckets of groups of bytes.
        answers: Number of answers.
        first_count: Number of the answer "0"; the next ones are "1", "2" and so on.
        counts: Largest number that can be answered.
        colors: First of the answers that are colors, and their number.
        tokenizer: Design of the tokenizer of scenes.
        text_width: Width of the units.
        text_layers: Layers that read the question.
        width: Width of the states of objects.
        layers: Steps of reasoning.
        heads: Heads of attention.
        pairs: Features of each pair in the steps of reasoning.
        pointer: Whether objects are pointed at; otherwise their identifiers are answered.
    """

    words: int
    kinds: int
    grams: int
    answers: int
    first_count: int
    counts: int
    colors: tuple[int, int]
    tokenizer: TokenizerConfig = field(
        default_factory=lambda: TokenizerConfig(
            shape_width=20, width=64, inner=64, blocks=1, pair_features=7
        )
    )
    text_width: int = 64
    text_layers: int = 2
    width: int = 64
    layers: int = 3
    heads: int = 4
    pairs: int = 16
    pointer: bool = True


class QuestionInputs(NamedTuple):
    """Q questions about each of S scenes, with up to T units each.

    Attributes:
        word: (S, Q, T) int64 ids of words.
        kind: (S, Q, T) int64 kinds of units.
        grams: (S, Q, T, G) int64 groups of bytes, -1 where there is none.
        fits: (S, Q, T, N) how well each unit fits each object, 0 to 1.
        known: (S, Q, T) bool, false for padding.
    """

    word: Tensor
    kind: Tensor
    grams: Tensor
    fits: Tensor
    known: Tensor


class NanoOutputs(NamedTuple):
    """What the network says about questions.

    Attributes:
        objects: (S, Q, N) logits that each object is meant.
        none: (S, Q) logits that none is.
        subject: (S, Q, N) logits that the answer is the name or the color of each object.
        answer: (S, Q, A) logits of the answers.
    """

    objects: Tensor
    none: Tensor
    subject: Tensor
    answer: Tensor


class NanoNetwork(nn.Module):
    """Answers questions about scenes.

    Args:
        config: The design.
    """

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        wide, text = config.width, config.text_width
        self.tokenizer = SceneTokenizer(config.tokenizer)
        self.text = TextEncoder(
            text, config.text_layers, config.heads, words=config.words, kinds=config.kinds,
            grams=config.grams,
        )  # fmt: skip
        relation = config.tokenizer.relation
        self.narrow = nn.Linear(self.tokenizer.pair_width, config.pairs)
        self.start = nn.Linear(config.tokenizer.width, wide)
        self.bind = nn.Linear(text, wide, bias=False)
        self.layers = nn.ModuleList(
            ReasonerLayer(wide, text, config.heads, config.pairs, relation)
            for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(wide)
        summary = text + 2 * wide
        self.found = PointerHead(summary, wide)
        self.subject = PointerHead(summary, wide)
        if not config.pointer:
            self.identifier = nn.Embedding(_IDENTIFIERS, wide)
            self.pool = nn.Linear(wide, 1)
            self.say = nn.ModuleList(nn.Linear(summary + wide, _IDENTIFIERS) for _ in range(2))
        self.answer = nn.Sequential(
            nn.Linear(summary + wide, 128), nn.GELU(), nn.Linear(128, config.answers)
        )
        self.count_scale = nn.Parameter(torch.ones(()))
        self.color_scale = nn.Parameter(torch.ones(()))

    def forward(
        self, objects: InstanceInputs, questions: QuestionInputs, colors: Tensor
    ) -> NanoOutputs:
        """Answers Q questions about each of S scenes.

        Args:
            objects: The objects of the scenes.
            questions: The questions.
            colors: (S, N, 12) shares of color words.
        """
        config = self.config
        tokens, pairs = self.tokenizer.encode(objects)
        pairs = self.narrow(pairs)
        scenes, asked, length = questions.word.shape
        units = self.text(
            *(one.flatten(0, 1) for one in questions)
        ).view(scenes, asked, length, -1)  # fmt: skip
        fits = questions.fits.transpose(-1, -2)
        x = self.start(tokens.sum(-2))[:, None] + fits @ self.bind(units)
        names = None
        if not config.pointer:
            names = random_identifiers(objects.known, _IDENTIFIERS)
            x = x + self.identifier(names)[:, None]
        hidden = (
            (~questions.known)[:, :, None, None] * _HIDDEN,
            (~objects.known)[:, None, None, None] * _HIDDEN,
        )
        for layer in self.layers:
            x = layer(x, units, fits, pairs, hidden)
        x = self.norm(x)
        known = objects.known[:, None].expand(-1, asked, -1)
        kept = known.unsqueeze(-1)
        mean = (x * kept).sum(2) / kept.sum(2).clamp_min(1)
        summary = torch.cat([units[:, :, 0], mean, (x + ~kept * _HIDDEN).amax(2)], dim=-1)
        return self._heads(x, summary, known, colors, names)

    def _heads(
        self, x: Tensor, summary: Tensor, known: Tensor, colors: Tensor, names: Tensor | None
    ) -> NanoOutputs:
        config = self.config
        flat = summary.flatten(0, 1)[:, None]
        rows, hidden = x.flatten(0, 1), known.flatten(0, 1)
        logits = []
        for number, head in enumerate((self.found, self.subject)):
            points, none = head(flat, rows, hidden)
            points, none = points.view(known.shape), none.view(known.shape[:2])
            if names is not None:
                points = self._said(number, x, summary, names).masked_fill(~known, _HIDDEN)
            logits.append((points, none))
        (points, none), (subject, _) = logits
        chances = torch.sigmoid(points)
        share = chances / chances.sum(-1, keepdim=True).clamp_min(1e-3)
        meant = (share.unsqueeze(-2) @ x).squeeze(-2)
        answer = self.answer(torch.cat([summary, meant], dim=-1))
        counts = count_chances(chances.detach(), config.counts).clamp_min(1e-4).log()
        shown = (subject.softmax(-1).detach() @ colors).clamp_min(1e-3).log()
        first, number = config.colors
        pad = (config.first_count, config.answers - config.first_count - config.counts - 1)
        answer = answer + nn.functional.pad(counts * self.count_scale, pad)
        pad = (first, config.answers - first - number)
        answer = answer + nn.functional.pad(shown * self.color_scale, pad)
        return NanoOutputs(points, none, subject, answer)

    def _said(self, number: int, x: Tensor, summary: Tensor, names: Tensor) -> Tensor:
        """(S, Q, N) logits of the identifiers of the objects, from one vector per question."""
        weights = self.pool(x).softmax(-2)
        pooled = torch.cat([summary, (weights * x).sum(-2)], dim=-1)
        words = self.say[number](pooled)
        found: Tensor = words.gather(-1, names[:, None].expand(-1, words.shape[1], -1))
        return found
