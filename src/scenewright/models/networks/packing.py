"""Attention over sequences of different lengths that are stored one after another.

Sequences of similar length are padded to the longest of their group, and padded keys are masked, so
that PyTorch's scaled dot-product attention serves windows, objects and whole scenes alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.core import ShapeError

_GROWTH, _SLACK = 1.25, 8
"""A group of sequences ends where the next one is longer than GROWTH times the shortest + SLACK."""


def dense_attention(
    queries: Tensor, keys: Tensor, values: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Softmax attention with scale 1 / sqrt(D).

    Args:
        queries: (B, Lq, heads, D).
        keys: (B, Lk, heads, D).
        values: (B, Lk, heads, D).
        mask: Bool, broadcastable to (B, heads, Lq, Lk); True where a key may be attended to.

    Returns:
        (B, Lq, heads, D).
    """
    attended = F.scaled_dot_product_attention(
        queries.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2), attn_mask=mask
    )
    return attended.transpose(1, 2)


@dataclass(frozen=True)
class _Group:
    """Sequences that are padded to one length: row numbers (n, L), and the keys that are real."""

    query_rows: Tensor
    key_rows: Tensor
    mask: Tensor | None


@dataclass(frozen=True)
class PackedAttention:
    """How to attend within each of several sequences; made once per set of lengths.

    Attributes:
        groups: Sequences of similar length.
        kept: Rows of the groups' padded results that are real, in the order of the queries.
        query_count: Sum of the queries' lengths.
        key_count: Sum of the keys' lengths.
    """

    groups: tuple[_Group, ...]
    kept: Tensor
    query_count: int
    key_count: int

    @classmethod
    def plan(
        cls,
        query_lengths: Sequence[int],
        key_lengths: Sequence[int] | None = None,
        *,
        device: torch.device | str | None = None,
    ) -> PackedAttention:
        """Groups the sequences.

        Args:
            query_lengths: Queries per sequence; a sequence without queries is left out.
            key_lengths: Keys per sequence, each at least 1; None for those of the queries.
            device: Device of the tensors that will be attended over.

        Raises:
            ShapeError: The two differ in length, or a sequence has queries and no keys.
        """
        keys = list(query_lengths if key_lengths is None else key_lengths)
        queries = list(query_lengths)
        if len(keys) != len(queries):
            raise ShapeError(
                "lengths of keys", expected=f"{len(queries)}, as of queries", got=str(len(keys))
            )
        for number, (many, available) in enumerate(zip(queries, keys, strict=True)):
            if many > 0 and available < 1:
                raise ShapeError(f"keys of sequence {number}", expected="at least 1", got="0")
        query_starts, key_starts = ([0, *accumulate(lengths)] for lengths in (queries, keys))
        groups, padded = [], []
        offset = 0
        for members in _similar(queries, keys):
            query_rows, is_query = _rows(query_starts, queries, members)
            key_rows, is_key = _rows(key_starts, keys, members)
            mask = None if bool(is_key.all()) else is_key[:, None, None, :].to(device)
            groups.append(_Group(query_rows.to(device), key_rows.to(device), mask))
            places = torch.arange(offset, offset + query_rows.numel()).view_as(query_rows)
            padded.append(torch.stack([query_rows[is_query], places[is_query]]))
            offset += query_rows.numel()
        rows, places = torch.cat(padded, 1) if padded else torch.zeros((2, 0), dtype=torch.long)
        return cls(
            groups=tuple(groups),
            kept=places[torch.argsort(rows)].to(device),
            query_count=query_starts[-1],
            key_count=key_starts[-1],
        )

    def __call__(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attends within each sequence.

        Args:
            queries: (sum of query lengths, heads, D).
            keys: (sum of key lengths, heads, D).
            values: (sum of key lengths, heads, D).

        Returns:
            (sum of query lengths, heads, D).

        Raises:
            ShapeError: The numbers of rows are not those of the lengths.
        """
        counts = ((queries, self.query_count), (keys, self.key_count), (values, self.key_count))
        for tensor, count in counts:
            if tensor.shape[0] != count:
                raise ShapeError(
                    "rows of packed sequences", expected=str(count), got=str(tensor.shape[0])
                )
        if not self.groups:
            return torch.zeros_like(queries)
        results = [
            dense_attention(
                queries[group.query_rows],
                keys[group.key_rows],
                values[group.key_rows],
                mask=group.mask,
            ).flatten(0, 1)
            for group in self.groups
        ]
        return torch.cat(results)[self.kept]


def _similar(queries: Sequence[int], keys: Sequence[int]) -> list[list[int]]:
    """Numbers of sequences with similar lengths of both queries and keys."""
    order = sorted((number for number, many in enumerate(queries) if many > 0),
                   key=lambda number: (keys[number], queries[number]))  # fmt: skip
    groups: list[list[int]] = []
    shortest = longest = 0
    key_limit = 0.0
    for number in order:
        many = queries[number]
        low, high = min(shortest, many), max(longest, many)
        if not groups or keys[number] > key_limit or high > _GROWTH * low + _SLACK:
            groups.append([])
            key_limit = _GROWTH * keys[number] + _SLACK
            low = high = many
        shortest, longest = low, high
        groups[-1].append(number)
    return groups


def _rows(
    starts: Sequence[int], lengths: Sequence[int], members: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Row numbers (n, L) of some sequences, padded with their last row; and which are real."""
    first = torch.tensor([starts[number] for number in members])[:, None]
    length = torch.tensor([lengths[number] for number in members])[:, None]
    steps = torch.arange(int(length.max()))[None]
    return first + torch.minimum(steps, length - 1), steps < length
