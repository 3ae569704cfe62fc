"""Scores of answers to questions about scenes, as ScanQA, SQA3D and later programs report them.

The programs disagree on cleaning, on empty strings, and on what a match is. `AnswerRule` states
these choices; exact and refined matches are always reported apart.

Azuma et al., "ScanQA", CVPR 2022. Ma et al., "SQA3D", ICLR 2023.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from scenewright.core import ConventionError, ShapeError

SQA3D_TYPES = ("what", "is", "how", "can", "which", "other")
"""Question types of SQA3D, in the order of their numbers."""
SCANQA_CLASSES = ("Place", "Number", "Color", "Object nature", "Object", "Other")
"""Question classes of ScanQA's script."""
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
_REPLACED_WORDS = {
    "letf": "left", "let": "left", "tehre": "there", "rigth": "right", "rght": "right",
    "behine": "behind", "tv": "TV", "chai": "chair", "wasing": "washing", "waslked": "walked",
    "oclock": "o'clock",
    "none": "zero", "23": "twenty-three",
    **{str(number): word for number, word in enumerate(_NUMBER_WORDS)},
}  # fmt: skip
_REPLACED = re.compile(rf"\b(?:{'|'.join(_REPLACED_WORDS)})\b")
_OUTSIDE = re.compile(r"[^a-zA-Z0-9,'\s\-:]+")
_NUMBERED = re.compile(r"\b([a-zA-Z]+)[0-9]\b")
_ARTICLES = tuple(re.compile(rf"\b{word}\b ([a-zA-Z]+)") for word in ("a", "an", "the"))


@dataclass(frozen=True)
class AnswerRule:
    """What counts as a match.

    Attributes:
        clean_references: Clean the references too. The ScanQA function of Chat-Scene does not.
        empty: What an empty string matches in the refined sense: ``"nothing"``; ``"reference"``:
            an empty reference matches any answer that is not empty (Chat-Scene); ``"all"``: an
            empty answer or reference matches everything (Inst3D-LMM).
    """

    clean_references: bool = True
    empty: Literal["nothing", "reference", "all"] = "nothing"

    def __post_init__(self) -> None:
        if self.empty not in ("nothing", "reference", "all"):
            raise ConventionError(
                "AnswerRule.empty", expected="nothing, reference or all", got=repr(self.empty)
            )


ANSWERS_INST3DLMM = AnswerRule(empty="all")
"""ScanQA and SQA3D in Inst3D-LMM."""
ANSWERS_CHATSCENE = AnswerRule(empty="reference")
"""SQA3D in Chat-Scene."""
ANSWERS_CHATSCENE_SCANQA = AnswerRule(clean_references=False, empty="reference")
"""ScanQA in Chat-Scene, which overwrites the cleaned references by the raw ones."""


@dataclass(frozen=True)
class MatchShare:
    """Shares of questions whose answer matches.

    Attributes:
        exact: Share of exact matches (EM); NaN without questions.
        refined: Share of refined matches (EM-R); NaN without questions.
        num_questions: Number of questions.
    """

    exact: float
    refined: float
    num_questions: int


@dataclass(frozen=True)
class AnswerScores:
    """Matches of answers, in all and per type.

    Attributes:
        all: All questions.
        types: By type of question, in the order in which they were given.
        exact: Per question, whether it matches exactly.
        refined: Per question, whether it matches in the refined sense.
    """

    all: MatchShare
    types: dict[str, MatchShare] = field(default_factory=dict)
    exact: tuple[bool, ...] = ()
    refined: tuple[bool, ...] = ()


def clean_answer(text: str) -> str:
    """An answer in the form in which SQA3D compares answers.

    Lower case; characters other than ASCII letters, digits, white space and ``, ' - :`` are
    deleted; some typing errors are fixed; numbers up to 20 become words; articles are dropped.
    Cleaning twice is not the same as cleaning once: ``tv2`` becomes ``tv``, then ``TV``.
    """
    text = re.sub(" {2,}", " ", text.lower().strip(" "))
    text = _OUTSIDE.sub("", text)
    text = _REPLACED.sub(lambda match: _REPLACED_WORDS[match[0]], text)
    text = re.sub(r"\bo'[ ]+clock\b", "o'clock", text)
    text = _NUMBERED.sub(r"\1", text)
    for article in _ARTICLES:
        text = article.sub(r"\1", text)
    return re.sub(r"\bbackwards\b", "backward", text)


def clean_prediction(text: str) -> str:
    """`clean_answer` after dropping a final full stop."""
    if len(text) > 1 and text.endswith("."):
        text = text[:-1]
    return clean_answer(text)


def match_answer(
    answer: str, references: Sequence[str], *, rule: AnswerRule = AnswerRule()
) -> tuple[bool, bool]:
    """Whether an answer matches one of the references, exactly and in the refined sense.

    Refined: exactly, or one contains the other when all white space is removed. That is generous:
    ``e`` matches ``table``.

    Args:
        answer: The answer, cleaned.
        references: Correct answers, cleaned if the rule says so.
        rule: What empty strings match.
    """
    if not answer and rule.empty == "reference":
        return False, False
    if answer in references:
        return True, True
    joined = "".join(answer.split())
    if not joined and rule.empty == "nothing":
        return False, False
    for reference in references:
        other = "".join(reference.split())
        if not other and rule.empty == "nothing":
            continue
        if joined in other or other in joined:
            return False, True
    return False, False


def measure_answers(
    answers: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    types: Sequence[str] | None = None,
    rule: AnswerRule = AnswerRule(),
) -> AnswerScores:
    """Shares of exact and refined matches.

    Args:
        answers: An answer per question, as written; "" where there is none.
        references: Correct answers per question, as written.
        types: Type of each question, or None.
        rule: What counts as a match.

    Raises:
        ShapeError: The numbers of answers, references and types differ, or there is no question.
    """
    if not answers:
        raise ShapeError("answers", expected="at least one", got="none")
    for name, other in (("references", references), ("types", types)):
        if other is not None and len(other) != len(answers):
            raise ShapeError(name, expected=f"{len(answers)}, one per answer", got=f"{len(other)}")
    matches = [
        match_answer(
            clean_prediction(answer),
            [clean_answer(one) for one in many] if rule.clean_references else many,
            rule=rule,
        )
        for answer, many in zip(answers, references, strict=True)
    ]
    groups: dict[str, list[tuple[bool, bool]]] = {}
    for name, match in zip(types or (), matches, strict=types is not None):
        groups.setdefault(name, []).append(match)
    return AnswerScores(
        _share(matches),
        {name: _share(group) for name, group in groups.items()},
        tuple(exact for exact, _ in matches),
        tuple(refined for _, refined in matches),
    )


def caption_references(references: Sequence[str], *, rule: AnswerRule = AnswerRule()) -> list[str]:
    """References of an answer in the form in which BLEU, ROUGE-L and CIDEr-D take them."""
    cleaned = [clean_answer(one) for one in references] if rule.clean_references else references
    return [one.replace("\n", " ").strip() for one in cleaned]


def sqa3d_type(question: str, *, whole_word: bool = False) -> str:
    """The type of a question of SQA3D, one of `SQA3D_TYPES`.

    Args:
        question: The question.
        whole_word: Compare the whole first word, without ``, . ?`` and ``'s``, as the official
            program; otherwise the beginning of the text, as Chat-Scene does, for which ``Island``
            begins with ``is``.
    """
    text = question.lower().strip()
    if whole_word:
        words = re.sub(r"[,.?]", "", text).replace("'s", " 's").split()
        return words[0] if words and words[0] in SQA3D_TYPES[:-1] else SQA3D_TYPES[-1]
    for name in SQA3D_TYPES[:-1]:
        if text.startswith(name):
            return name
    return SQA3D_TYPES[-1]


def sqa3d_llm_match(answer: str, references: Sequence[str]) -> bool:
    """Whether SQA3D's script for language models accepts an answer.

    Only the answer is cleaned, only the first reference counts, and one shared word is enough.
    """
    cleaned, reference = clean_answer(answer), references[0]
    if "".join(cleaned.split()) in "".join(reference.split()) or cleaned in reference:
        return True
    return bool(set(cleaned.split()) & set(reference.split()))


def scanqa_class(question: str) -> str:
    """The class of a question in ScanQA's script, one of `SCANQA_CLASSES`; letter case counts."""
    for words, name in (
        (("Where",), "Place"),
        (("How many",), "Number"),
        (("What color", "What is the color"), "Color"),
        (("What shape", "What type", "What kind"), "Object nature"),
        (("What is",), "Object"),
    ):
        if any(word in question for word in words):
            return name
    return "Other"


@dataclass(frozen=True)
class RankedScores:
    """What ScanQA's script reports of ranked lists of answers, on texts as written.

    Attributes:
        top1: Share of questions whose first answer is correct.
        top10: Share of questions with a correct answer in the list.
        f_value: Mean F-value of shared words of the first answer and the best reference.
    """

    top1: float
    top10: float
    f_value: float


def measure_ranked(
    ranked: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> RankedScores:
    """ScanQA's exact match at 1 and 10 and F-value.

    The script compares lemmas from WordNet; here the F-value is of plain words. An empty answer
    has F-value 0, where the script stops.

    Args:
        ranked: Up to ten answers per question, best first.
        references: Correct answers per question.

    Raises:
        ShapeError: There is no question, a question has no answer, or the counts differ.
    """
    if not ranked or len(ranked) != len(references):
        raise ShapeError(
            "ranked answers", expected=f"one list for each of {len(references)} questions",
            got=f"{len(ranked)}",
        )  # fmt: skip
    top1, top10, values = [], [], []
    for position, (answers, many) in enumerate(zip(ranked, references, strict=True)):
        if not answers:
            raise ShapeError(f"question {position}", expected="at least one answer", got="none")
        first = answers[0]
        top1.append(first in many)
        top10.append(any(answer in many for answer in answers[:10]))
        values.append(1.0 if first in many else max((_shared(first, o) for o in many), default=0.0))
    count = len(ranked)
    return RankedScores(sum(top1) / count, sum(top10) / count, sum(values) / count)


def _shared(answer: str, reference: str) -> float:
    words, others = answer.split(), reference.split()
    if not words or not others:
        return 0.0
    precision = sum(word in others for word in words) / len(words)
    recall = sum(word in words for word in others) / len(others)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _share(matches: Sequence[tuple[bool, bool]]) -> MatchShare:
    count = len(matches)
    if not count:
        return MatchShare(float("nan"), float("nan"), 0)
    exact = sum(one for one, _ in matches) / count
    return MatchShare(exact, sum(one for _, one in matches) / count, count)
