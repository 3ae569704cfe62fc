"""Scores of captions, and of captions of objects that had to be found first.

Chen et al., "Scan2Cap", CVPR 2021: a caption counts where the box of its object has an IoU of at
least k with the true box; elsewhere an empty caption is scored in its place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from scenewright.core import ConventionError, ShapeError
from scenewright.metrics.language.meteor import meteor_lite
from scenewright.metrics.language.meteor_java import meteor15
from scenewright.metrics.language.overlap import bleu, check_captions, cider, rouge_l
from scenewright.metrics.language.tokens import tokenize_caption

CAPTION_THRESHOLDS = (0.25, 0.5)


@dataclass(frozen=True)
class CaptionScores:
    """Scores of a set of captions; papers print them times 100.

    Attributes:
        bleu: BLEU-1 to BLEU-4.
        rouge_l: ROUGE-L.
        cider_d: CIDEr-D, which papers call CIDEr.
        meteor_lite: METEOR with equal words and stems only; no METEOR of a paper.
        meteor15: METEOR 1.5, or None if it was not run.
        num_captions: Number of captions.
    """

    bleu: tuple[float, float, float, float]
    rouge_l: float
    cider_d: float
    meteor_lite: float
    meteor15: float | None
    num_captions: int


@dataclass(frozen=True)
class LocatedCaption:
    """A caption of an annotated object, by the box that was found for it.

    Attributes:
        caption: The caption; None if nothing was found.
        iou: IoU of the box that was found with the true box.
        references: Sentences that describe the object.
    """

    caption: str | None
    iou: float
    references: Sequence[str]


def measure_captions(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenized: bool = False,
    meteor_jar: str | os.PathLike[str] | None = None,
) -> CaptionScores:
    """BLEU-1 to BLEU-4, ROUGE-L, CIDEr-D and METEOR.

    Args:
        candidates: A caption per item.
        references: Captions to compare it with.
        tokenized: The texts are already split, by spaces.
        meteor_jar: ``meteor-1.5.jar``; None = leave METEOR 1.5 out.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
        MissingExtraError: METEOR 1.5 is asked for, and Java or the file is missing.
    """
    check_captions(candidates, references)
    if not tokenized:
        candidates = [tokenize_caption(one) for one in candidates]
        references = [[tokenize_caption(one) for one in many] for many in references]
    values = bleu(candidates, references).value.tolist()
    full = None
    if meteor_jar is not None:
        full = float(meteor15(candidates, references, jar=meteor_jar).value)
    return CaptionScores(
        bleu=(values[0], values[1], values[2], values[3]),
        rouge_l=float(rouge_l(candidates, references).value),
        cider_d=float(cider(candidates, references).value),
        meteor_lite=float(meteor_lite(candidates, references).value),
        meteor15=full,
        num_captions=len(candidates),
    )


def measure_located_captions(
    items: Sequence[LocatedCaption],
    *,
    wrap_references: bool = True,
    tokenized: bool = False,
    meteor_jar: str | os.PathLike[str] | None = None,
) -> dict[float, CaptionScores]:
    """Scores of captions @0.25 and @0.5.

    Captions are put between ``sos`` and ``eos``, as published. If the references are too, n-grams
    are shared that no model has earned: even without any caption the scores are above 0.

    Args:
        items: One per annotated object.
        wrap_references: Put the references between ``sos`` and ``eos`` too, as Scan2Cap does and
            the numbers in papers need.
        tokenized: The texts are already split, by spaces, as in the program of 2021.
        meteor_jar: ``meteor-1.5.jar``; None = leave METEOR 1.5 out.

    Raises:
        ShapeError: There is no object, or an object has no references.
        ConventionError: An IoU is outside 0 to 1.
        MissingExtraError: METEOR 1.5 is asked for, and Java or the file is missing.
    """
    if not items:
        raise ShapeError("located captions", expected="at least one", got="none")
    for position, item in enumerate(items):
        if not 0 <= item.iou <= 1:
            raise ConventionError(
                f"IoU of caption {position}", expected="0 to 1", got=f"{item.iou:g}"
            )
    references = [
        [f"sos {one} eos" if wrap_references else one for one in item.references] for item in items
    ]
    return {
        limit: measure_captions(
            [_wrapped(item, limit) for item in items],
            references,
            tokenized=tokenized,
            meteor_jar=meteor_jar,
        )
        for limit in CAPTION_THRESHOLDS
    }


def _wrapped(item: LocatedCaption, limit: float) -> str:
    if item.caption is None or item.iou < limit:
        return "sos eos"
    return f"sos {item.caption} eos".replace("\n", " ")
