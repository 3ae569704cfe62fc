"""Questions that must not be answered, since a word that changes the answer was not understood."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from scenewright.language.lexicon import Term, is_known_name
from scenewright.language.programs import Carries, Compared, Phrase, Query, Related

LONGEST_QUESTION = 200
"""Words that a question may have."""
_UNIT = re.compile(r"(?:(?:centi|milli)?met(?:er|re)|inche)s?|cm|mm|inch")
_UNIT_AFTER_NUMBER = ("m", "ft", "in", "foot", "feet")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|a|one|two|three|four|five|six|seven|eight|nine|ten|half")
_LENGTH = re.compile(r"\d+(?:\.\d+)?(?:m|cm|mm|ft|in)")
_DEGREES = frozenset({"more", "most", "less", "least"})
_ASKING = frozenset({"what", "which", "who", "whose", "when", "why", "how"})


def text_fault(words: Sequence[str], *, as_phrase: bool) -> str:
    """Why no text with these words can be read, as a sentence; "" if it can.

    Args:
        words: The words without marks.
        as_phrase: Whether the text is a phrase, and no question.
    """
    if not words and as_phrase:
        return "The phrase is empty. Give for example: the chair left of the desk."
    if not words:
        return "The question is empty. Ask for example: how many chairs are there?"
    for word in words:
        if re.fullmatch(r"-\d.*", word):
            return f"There is no object {word}: ids are whole numbers from 0."
    if len(words) > LONGEST_QUESTION:
        return f"The question has {len(words):,} words, and I read at most {LONGEST_QUESTION}."
    return ""


def is_readable(query: Query, terms: list[Term]) -> bool:
    """Whether enough words are known, so that other languages are not taken for names."""
    kinds = [term.kind for term in terms]
    unknown = kinds.count("word")
    if not any(
        kind in ("class", "thing", "color", "size", "superlative", "relation", "id", "pronoun",
                 "determiner", "filler", "number", "side", "every")
        for kind in kinds
    ):  # fmt: skip
        return len(terms) <= 2 and all(term.text.isascii() for term in terms)
    return unknown <= 3 or unknown < 0.6 * len(terms)


def may_be_missing(phrase: Phrase) -> bool:
    """Whether it is an answer that there is no such thing: "a lamp", but not "the kitchen"."""
    is_open = phrase.plural or phrase.text.split()[:1] in (["a"], ["an"], ["any"], ["some"])
    return is_open and not phrase.ids and (phrase.name is None or is_known_name(phrase.name))


def refusal(
    query: Query, words: Sequence[str], *, is_question: bool, unknown: Collection[str] = ()
) -> str:
    """Why a query may not be answered, as a sentence; "" if it may.

    Args:
        query: What was read.
        words: The words of the text.
        is_question: Whether it was a question; in a plain phrase words may be left out with a note.
        unknown: Those of the words that mean nothing; they are named rather than known ones that
            could not be placed because of them.
    """
    length = _length_in(words)
    if length:
        return (
            f"I did not understand '{length}': I cannot compare with lengths. Sizes can be asked "
            "for, as in 'how tall is the chair?'."
        )
    repeated = ("how", "many") if query.kind == "count" else ()
    ignored = [word for word in query.ignored if word not in repeated]
    ignored += _joined_in_doubt(query, words)
    if query.kind in ("count", "exist", "verify") and not query.negated:
        ignored += [word for word in words if word in ("other", "nothing", "none", "nobody")]
    ignored += [one.name for one in query.subjects if one.name and one.name.split()[0] in _ASKING]
    degrees = _degrees(words, unknown)
    if not degrees and (not ignored or not (is_question or ignored[-1] in _ASKING)):
        return ""
    meaningless = [part for word in ignored for part in word.split() if part in unknown]
    blamed = degrees or meaningless or ignored
    named = ", ".join(f"'{word}'" for word in dict.fromkeys(blamed[:6]))
    return f"I did not understand {named}, so I cannot answer. Ask without it, or in other words."


def _degrees(words: Sequence[str], unknown: Collection[str]) -> list[str]:
    """Comparisons by what is not known, such as ``more expensive``."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return [f"{one} {other}" for one, other in pairs
            if one in _DEGREES and one in unknown and other in unknown]  # fmt: skip


def _joined_in_doubt(query: Query, words: Sequence[str]) -> list[str]:
    """``And`` or ``or`` where it is open what they join: "the mugs on the desk or the sofa"."""
    if len(query.subjects) < 2 or query.kind not in ("count", "exist", "verify"):
        return []
    word = "or" if "or" in words else "and"
    related = any(
        isinstance(condition, Related | Carries | Compared)
        for phrase in query.subjects[:-1]
        for condition in phrase.conditions
    )
    return [word] if related or (word == "or" and query.kind != "count") else []


def _length_in(words: Sequence[str]) -> str:
    for position, word in enumerate(words):
        before = words[position - 1] if position else ""
        counted = bool(_NUMBER.fullmatch(before))
        if _UNIT.fullmatch(word) or (counted and word in _UNIT_AFTER_NUMBER and before != "a"):
            return f"{before} {word}" if counted else word
        if _LENGTH.fullmatch(word):
            return word
    return ""
