"""The alignment of two captions word by word, by METEOR's beam search.

The best alignment matches most words, then has the fewest chunks (runs of words that follow one
another in both captions), then the smallest sum of distances.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

_BEAM = 40


class Match(NamedTuple):
    """A word of the candidate that matches a word of the reference.

    Attributes:
        start: Position in the candidate.
        module: 0 = equal words, 1 = equal stems.
    """

    start: int
    module: int


class _Path(NamedTuple):
    """A partial alignment. The first three fields are its cost: the least is best."""

    unmatched: int
    """Minus the number of matches."""
    chunks: int
    distance: int
    expected: int
    """Position in the candidate that would continue the last chunk; -1 = no open chunk."""
    used: int
    """Bits of the words of the candidate that are in use."""
    previous: tuple[object, Match | None] | None
    """The choices so far, the last one first."""


_COST = itemgetter(0, 1, 2)


def best_alignment(matches: Sequence[Sequence[Match]]) -> tuple[list[Match | None], int]:
    """The match of each word of the reference, and the number of chunks.

    Args:
        matches: Possible matches of each word of the reference.
    """
    coverage = Counter(match.start for row in matches for match in row)
    paths = [_Path(0, 0, 0, -1, 0, None)]
    for position, row in enumerate(matches):
        if len(row) == 1 and coverage[row[0].start] == 1:
            paths = [_extended(path, row[0], position) for path in paths]
            continue
        following: list[_Path] = []
        paths.sort(key=_COST)
        for path in paths[:_BEAM]:
            for match in row:
                if not path.used >> match.start & 1:
                    following.append(_extended(path, match, position))
            following.append(_skipped(path))
        paths = following
    best = min(map(_skipped, paths), key=_COST)
    chosen: list[Match | None] = []
    link = best.previous
    while link is not None:
        before, choice = link
        chosen.append(choice)
        link = before  # type: ignore[assignment]
    return chosen[:0:-1], best.chunks


def _extended(path: _Path, match: Match, position: int) -> _Path:
    return _Path(
        path.unmatched - 1,
        path.chunks + (path.expected not in (-1, match.start)),
        path.distance + abs(position - match.start),
        match.start + 1,
        path.used | 1 << match.start,
        (path.previous, match),
    )


def _skipped(path: _Path) -> _Path:
    return path._replace(
        chunks=path.chunks + (path.expected != -1), expected=-1, previous=(path.previous, None)
    )
