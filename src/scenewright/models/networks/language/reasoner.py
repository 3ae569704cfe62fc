"""Layers in which each object reads a question, and asks the other objects."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.networks.language.relations import Relation

_RARE = 2.0
"""Logit that heads which sum start below."""


class ReasonerLayer(nn.Module):
    """One step of reasoning about S scenes with Q questions each.

    Each object attends to the units of the question, then to the other objects: what it asks for
    among their places depends on the question, as does what it learns from them. Half of the heads
    choose among the objects, the others sum over all that fit: ranks and counts need sums.

    Args:
        width: Width of the states of objects.
        text_width: Width of the units.
        heads: Heads of attention.
        pairs: Features of each pair.
        relation: What is taken from pairs.
    """

    def __init__(
        self, width: int, text_width: int, heads: int, pairs: int, relation: Relation
    ) -> None:
        super().__init__()
        self._heads, self._relation = heads, relation
        self.text_norm = nn.LayerNorm(width)
        self.text_query = nn.Linear(width, width)
        self.text_key_value = nn.Linear(text_width, 2 * width)
        self.fit_weight = nn.Parameter(torch.linspace(-1, 4, heads))
        self.text_out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        if relation != "off":
            self.ask = nn.Linear(width, heads * pairs)
        if relation == "values":
            self.passed = nn.Linear(heads * pairs, width, bias=False)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(
        self, x: Tensor, units: Tensor, fits: Tensor, pairs: Tensor, hidden: tuple[Tensor, Tensor]
    ) -> Tensor:
        """(S, Q, N, width) states after the step.

        Args:
            x: (S, Q, N, width) states of the objects.
            units: (S, Q, T, text_width) units of the questions.
            fits: (S, Q, N, T) how well units fit objects.
            pairs: (S, N, N, P) features of pairs.
            hidden: (S, Q, 1, 1, T) and (S, 1, 1, 1, N) summands that hide padding.
        """
        scenes, asked, count, _ = x.shape
        q = self._split(self.text_query(self.text_norm(x)))
        k, v = (self._split(one) for one in self.text_key_value(units).chunk(2, -1))
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        logits = logits + self.fit_weight[:, None, None] * fits[:, :, None] + hidden[0]
        x = x + self.text_out(self._joined(logits.softmax(-1) @ v))
        inner = self.norm(x)
        q, k, v = (self._split(one) for one in self.qkv(inner).chunk(3, -1))
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + hidden[1]
        if self._relation != "off":
            wanted = self.ask(inner).view(scenes, asked, count, self._heads, -1)
            wanted = wanted.permute(0, 2, 1, 3, 4).reshape(scenes, count, asked * self._heads, -1)
            found = wanted @ pairs.transpose(-1, -2)
            found = found.view(scenes, count, asked, self._heads, count)
            logits = logits + found.permute(0, 2, 3, 1, 4)
        chosen, counted = logits.chunk(2, 2)
        weights = torch.cat([chosen.softmax(-1), torch.sigmoid(counted - _RARE)], dim=2)
        x = x + self.out(self._joined(weights @ v))
        if self._relation == "values":
            share = weights.permute(0, 3, 1, 2, 4).reshape(scenes, count, asked * self._heads, -1)
            passed = (share @ pairs).view(scenes, count, asked, -1).transpose(1, 2)
            x = x + self.passed(passed)
        fed: Tensor = x + self.feed(x)
        return fed

    def _split(self, x: Tensor) -> Tensor:
        """(S, Q, heads, N, width / heads)."""
        return x.view(*x.shape[:3], self._heads, -1).transpose(2, 3)

    def _joined(self, x: Tensor) -> Tensor:
        return x.transpose(2, 3).flatten(3)
