"""BLEU, ROUGE-L and CIDEr-D as the caption evaluation of COCO computes them.

All take captions whose words are separated by spaces (`tokens.tokenize_caption`).

Papineni et al., "BLEU", ACL 2002. Lin, "ROUGE", 2004. Vedantam et al., "CIDEr", CVPR 2015.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ShapeError

_LONGEST = 4
_SMALL, _TINY = 1e-9, 1e-15
_ROUGE_BETA = 1.2
_CIDER_SIGMA = 6.0
_CIDER_SCALE = 10.0

Ngram = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TextScore:
    """A score of a set of captions, and of each caption.

    Attributes:
        value: Score of the set; (4,) for BLEU-1 to BLEU-4, () otherwise.
        items: Score of each caption; (4, N) for BLEU, (N,) otherwise. BLEU of the set is not the
            mean of the captions.
    """

    value: NDArray[np.float64]
    items: NDArray[np.float64]


def bleu(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> TextScore:
    """BLEU-1 to BLEU-4, with the reference length that is closest to the candidate's.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
    """
    check_captions(candidates, references)
    rows = np.array(
        [_bleu_counts(one, many) for one, many in zip(candidates, references, strict=True)]
    )
    items = np.array([_bleu_value(row) for row in rows]).T
    return TextScore(_bleu_value(rows.sum(axis=0)), items)


def rouge_l(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> TextScore:
    """Mean ROUGE-L: F-score of the longest common subsequence with beta 1.2.

    Precision and recall are each the largest over the references. An empty candidate has score 1
    against an empty reference, as in the published code.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
    """
    check_captions(candidates, references)
    items = np.array([_rouge_item(*pair) for pair in zip(candidates, references, strict=True)])
    return TextScore(np.asarray(items.mean()), items)


def cider(
    candidates: Sequence[str], references: Sequence[Sequence[str]], *, plain: bool = False
) -> TextScore:
    """Mean CIDEr-D, which tables of papers call CIDEr (and print times 100).

    The weights of n-grams depend on all references of the set; a single caption has score 0.

    Args:
        candidates: A caption per item.
        references: Captions to compare it with.
        plain: Leave out clipping and the penalty for another length, as the first form of CIDEr.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
    """
    check_captions(candidates, references)
    counted = [[_ngrams(text) for text in many] for many in references]
    frequency: Counter[Ngram] = Counter()
    for many in counted:
        frequency.update({ngram for counts in many for ngram in counts})
    log_size = math.log(float(len(references)))
    items = []
    for candidate, many in zip(candidates, counted, strict=True):
        vector = _Weights(_ngrams(candidate), frequency, log_size)
        scores = [
            _similarity(vector, _Weights(counts, frequency, log_size), plain=plain)
            for counts in many
        ]
        items.append(_CIDER_SCALE * float(np.mean(scores)))
    return TextScore(np.asarray(np.mean(items)), np.array(items))


def check_captions(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Checks that every candidate has references.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
    """
    if len(candidates) != len(references):
        raise ShapeError(
            "captions",
            expected=f"references for {len(candidates)} captions",
            got=f"{len(references)}",
        )
    if not candidates:
        raise ShapeError("captions", expected="at least one", got="none")
    for position, many in enumerate(references):
        if not many:
            raise ShapeError(f"caption {position}", expected="at least one reference", got="none")


def _ngrams(text: str) -> Counter[Ngram]:
    words = text.split()
    return Counter(
        tuple(words[start : start + size])
        for size in range(1, _LONGEST + 1)
        for start in range(len(words) - size + 1)
    )


def _bleu_counts(candidate: str, references: Sequence[str]) -> NDArray[np.float64]:
    """Lengths of candidate and reference, then n-grams of each size: in all, and matched."""
    counts = _ngrams(candidate)
    allowed: Counter[Ngram] = Counter()
    for reference in references:
        allowed |= _ngrams(reference)
    length = len(candidate.split())
    closest = min((len(one.split()) for one in references), key=lambda n: (abs(n - length), n))
    guesses = [max(0, length - size) for size in range(_LONGEST)]
    matched = [0] * _LONGEST
    for ngram, count in (counts & allowed).items():
        matched[len(ngram) - 1] += count
    return np.array([length, closest, *guesses, *matched], np.float64)


def _bleu_value(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    length, reference = counts[:2]
    guesses, matched = counts[2 : 2 + _LONGEST], counts[2 + _LONGEST :]
    precision = np.cumprod((matched + _TINY) / (guesses + _SMALL))
    value = precision ** (1.0 / np.arange(1, _LONGEST + 1))
    ratio = (length + _TINY) / (reference + _SMALL)
    if ratio < 1:
        value = value * (math.exp(1 - 1 / ratio) if 1 / ratio < 700 else 0.0)
    return np.asarray(value, np.float64)


def _rouge_item(candidate: str, references: Sequence[str]) -> float:
    words = candidate.split(" ")
    precision = recall = 0.0
    for reference in references:
        others = reference.split(" ")
        common = _common_subsequence(words, others)
        precision = max(precision, common / len(words))
        recall = max(recall, common / len(others))
    if precision == 0 or recall == 0:
        return 0.0
    squared = _ROUGE_BETA**2
    return (1 + squared) * precision * recall / (recall + squared * precision)


def _common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for i, other in enumerate(second, start=1):
            above = row[i]
            row[i] = diagonal + 1 if word == other else max(above, row[i - 1])
            diagonal = above
    return row[-1]


class _Weights:
    """The n-grams of a caption weighted by their rarity, by size."""

    def __init__(
        self, counts: Mapping[Ngram, int], frequency: Mapping[Ngram, int], log_size: float
    ) -> None:
        self.vectors: tuple[dict[Ngram, float], ...] = tuple({} for _ in range(_LONGEST))
        self.length = 0
        for ngram, count in counts.items():
            rarity = log_size - math.log(max(1.0, frequency.get(ngram, 0)))
            self.vectors[len(ngram) - 1][ngram] = count * rarity
            if len(ngram) == 2:
                self.length += count
        self.norms = [math.sqrt(sum(v * v for v in one.values())) for one in self.vectors]


def _similarity(candidate: _Weights, reference: _Weights, *, plain: bool) -> float:
    total = 0.0
    for size in range(_LONGEST):
        norm = candidate.norms[size] * reference.norms[size]
        if norm == 0:
            continue
        others = reference.vectors[size]
        product = 0.0
        for ngram, weight in candidate.vectors[size].items():
            other = others.get(ngram, 0.0)
            product += (weight if plain else min(weight, other)) * other
        total += product / norm
    if not plain:
        difference = candidate.length - reference.length
        total *= math.exp(-(difference**2) / (2 * _CIDER_SIGMA**2))
    return total / _LONGEST
