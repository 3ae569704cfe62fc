"""The alignment of captions: most words, then fewest chunks, then the smallest distances."""

from __future__ import annotations

import itertools

import numpy as np

from scenewright.metrics.language._meteor_alignment import Match, best_alignment


def align(words: str, others: str) -> tuple[list[int | None], int]:
    first, second = words.split(), others.split()
    rows = [[Match(i, 0) for i, word in enumerate(first) if word == other] for other in second]
    chosen, chunks = best_alignment(rows)
    return [None if match is None else match.start for match in chosen], chunks


def test_one_chunk() -> None:
    assert align("a b c", "a b c") == ([0, 1, 2], 1)
    assert align("x a b", "a b y") == ([1, 2, None], 1)


def test_fewest_chunks() -> None:
    assert align("a x a b", "a b") == ([2, 3], 1)
    assert align("b a", "a b") == ([1, 0], 2)


def test_smallest_distance() -> None:
    assert align("a x x a", "y y y a") == ([None, None, None, 3], 1)


def test_nothing_matches() -> None:
    assert align("a", "b c") == ([None, None], 0)
    assert align("", "b") == ([None], 0)


def test_the_search_finds_the_best_of_all_alignments() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        words, others = (rng.integers(0, 3, rng.integers(1, 6)).tolist() for _ in range(2))
        chosen, chunks = align(" ".join(map(str, words)), " ".join(map(str, others)))
        assert cost(chosen) == (*cost(chosen)[:1], chunks, cost(chosen)[2])
        options = [
            [None, *(i for i, word in enumerate(words) if word == other)] for other in others
        ]
        costs = [
            cost(list(option))
            for option in itertools.product(*options)
            if len(used := [i for i in option if i is not None]) == len(set(used))
        ]
        assert cost(chosen) == min(costs)


def cost(chosen: list[int | None]) -> tuple[int, int, int]:
    chunks, previous = 0, None
    for start in chosen:
        if start is not None and (previous is None or start != previous + 1):
            chunks += 1
        previous = start
    distance = sum(abs(i - start) for i, start in enumerate(chosen) if start is not None)
    return -sum(start is not None for start in chosen), chunks, distance
