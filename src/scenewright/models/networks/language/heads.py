"""Heads that point at objects and check counts."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PointerHead(nn.Module):
    """How well each object answers a query, and how well none does.

    Args:
        query_width: Width of the queries.
        object_width: Width of the objects.
        width: Width in which both are compared.
    """

    def __init__(self, query_width: int, object_width: int, width: int = 64) -> None:
        super().__init__()
        self.query = nn.Linear(query_width, width)
        self.key = nn.Linear(object_width, width)
        self.bias = nn.Parameter(torch.zeros(()))
        self.none = nn.Linear(query_width, 1)

    def forward(self, query: Tensor, objects: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """(B, Q, N) logits of objects, very low for padding, and (B, Q) logits of none.

        Args:
            query: (B, Q, query_width).
            objects: (B, N, object_width).
            known: (B, N) bool.
        """
        keys = self.key(objects)
        logits = self.query(query) @ keys.transpose(1, 2) * keys.shape[-1] ** -0.5 + self.bias
        return logits.masked_fill(~known[:, None], -1e4), self.none(query).squeeze(-1)


def count_chances(chances: Tensor, most: int) -> Tensor:
    """(..., most + 1) how likely 0, 1, ... or at least `most` of some objects are meant.

    The distribution of a sum of independent events (Poisson binomial), exactly.

    Args:
        chances: (..., N) how likely each object is meant.
        most: Largest number that is told apart.
    """
    found = torch.zeros(*chances.shape[:-1], most + 1, dtype=chances.dtype, device=chances.device)
    found[..., 0] = 1
    for one in chances.unbind(-1):
        share = one.unsqueeze(-1)
        stays = torch.cat([found[..., :-1] * (1 - share), found[..., -1:]], dim=-1)
        moves = torch.cat([torch.zeros_like(share), found[..., :-1] * share], dim=-1)
        found = stays + moves
    return found
