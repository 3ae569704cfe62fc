"""METEOR 1.5 for English: its formula, and a form that needs no tables.

`meteor_lite` matches equal words and equal stems only. METEOR proper also matches synonyms and
paraphrases from large tables, and is higher; `meteor_java.meteor15` runs the original for it. The
two must not be mixed in one table.

Denkowski and Lavie, "Meteor Universal", WMT 2014.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core.checks import as_array
from scenewright.metrics.language._meteor_alignment import Match, best_alignment
from scenewright.metrics.language._meteor_words import FUNCTION_WORDS, meteor_words
from scenewright.metrics.language._stemmer import stem
from scenewright.metrics.language.overlap import TextScore, check_captions

NUM_STATISTICS = 23
_MODULE_WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])
"""Of equal words, equal stems, synonyms and paraphrases."""
_ALPHA, _BETA, _GAMMA, _DELTA = 0.85, 0.2, 0.6, 0.75


def meteor_score(statistics: ArrayLike) -> float:
    """The score that follows from the statistics of a caption, or from a sum of them.

    Args:
        statistics: (23,) Length of the candidate and of the reference; function words of each; for
            equal words, stems, synonyms and paraphrases: content words matched in candidate and in
            reference, function words matched in candidate and in reference; then chunks, and words
            matched in candidate and in reference.

    Raises:
        ShapeError: There are not 23 numbers.
    """
    values = as_array("METEOR statistics", statistics, shape=(NUM_STATISTICS,), dtype=np.float64)
    modules = values[4:20].reshape(4, 4)  # content in candidate, in reference, function likewise
    shares = []
    for side in (0, 1):
        matched = _DELTA * modules[:, side] + (1 - _DELTA) * modules[:, 2 + side]
        length, function = values[side], values[2 + side]
        whole = _DELTA * (length - function) + (1 - _DELTA) * function
        shares.append(float(_MODULE_WEIGHTS @ matched / whole) if whole > 0 else 0.0)
    precision, recall = shares
    if precision == 0 or recall == 0:
        return 0.0
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    chunks = 0.0 if _is_whole(values) else float(values[20])
    penalty = _GAMMA * (chunks / (float(values[21] + values[22]) / 2)) ** _BETA
    return float(mean * (1 - penalty))


def pooled_meteor(statistics: ArrayLike) -> float:
    """The score of a set of captions: that of the summed statistics.

    A caption that matches as a whole in one chunk adds no chunk to the sum.

    Args:
        statistics: (N, 23), see `meteor_score`.

    Raises:
        ShapeError: Another shape.
    """
    rows: NDArray[np.float64] = np.array(
        as_array("METEOR statistics", statistics, shape=(None, NUM_STATISTICS), dtype=np.float64)
    )
    rows[[_is_whole(row) for row in rows], 20] = 0
    return meteor_score(rows.sum(axis=0))


def meteor_lite(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> TextScore:
    """METEOR 1.5 with equal words and stems only, the best reference per caption.

    Args:
        candidates: A caption per item, its words separated by spaces.
        references: Captions to compare it with, in the same form.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
    """
    check_captions(candidates, references)
    rows = [best_statistics(*pair) for pair in zip(candidates, references, strict=True)]
    items = np.array([meteor_score(row) for row in rows])
    return TextScore(np.asarray(pooled_meteor(np.array(rows))), items)


def best_statistics(candidate: str, references: Sequence[str]) -> NDArray[np.float64]:
    """(23,) statistics against the reference with the highest score, the first of equals."""
    words = meteor_words(candidate)
    rows = [_statistics(words, meteor_words(one)) for one in references]
    return max(rows, key=meteor_score)


def _is_whole(values: NDArray[np.float64]) -> bool:
    one_chunk = values[20] == 1 and values[0] > 0
    return bool(one_chunk and values[21] == values[0] and values[22] == values[1])


def _statistics(words: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
    stems, other_stems = [stem(word) for word in words], [stem(word) for word in others]
    matches: list[list[Match]] = []
    for other, other_stem in zip(others, other_stems, strict=True):
        row = []
        for start, (word, word_stem) in enumerate(zip(words, stems, strict=True)):
            if word == other or word_stem == other_stem:
                row.append(Match(start, int(word != other)))
        matches.append(row)
    aligned, chunks = best_alignment(matches)
    counts = np.zeros((4, 4))
    for position, match in enumerate(aligned):
        if match is not None:
            for side, word in ((0, words[match.start]), (1, others[position])):
                counts[match.module, side + 2 * (word in FUNCTION_WORDS)] += 1
    lengths = [len(words), len(others)]
    function = [sum(word in FUNCTION_WORDS for word in side) for side in (words, others)]
    matched = sum(match is not None for match in aligned)
    return np.array([*lengths, *function, *counts.ravel(), chunks, matched, matched], np.float64)
