"""Reads questions: what is asked for, about which objects, and who looks.

The grammar covers the questions that are made from worlds; free text is read by the same rules,
with words that are not understood left out, and reported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scenewright.language._question_words import COLOR, COUNT, EXIST, FIND, NONE, POLITE, VERIFY
from scenewright.language._refusals import is_readable, refusal, text_fault
from scenewright.language.lexicon import Lexicon, Term, split_words
from scenewright.language.phrase_parser import (
    Reader,
    read_phrase,
    read_phrases,
    read_predicate,
    read_predicates,
)
from scenewright.language.programs import (
    Carries,
    Condition,
    Phrase,
    Query,
    QueryKind,
    Viewer,
)

_DESCRIBE = ("describe", "tell me about", "caption", "what does", "give a description of",
             "give me a description of", "what can you say about", "explain")  # fmt: skip
_PLACE = ("where is", "where can i find", "where do i find", "where would i find", "where")
_FEATURES = {
    "big": "length", "large": "length", "long": "length", "wide": "length", "tall": "height",
    "high": "height", "deep": "length", "small": "length",
}  # fmt: skip
_FEATURE_NOUNS = {
    "size": "length", "height": "height", "width": "length", "length": "length",
    "volume": "volume",
}  # fmt: skip
_VIEWER_AT = (
    "i am standing", "i stand", "i'm standing", "standing", "i am sitting", "i'm sitting",
    "sitting", "seen from", "viewed from", "looking from", "if you stand", "if i stand",
    "when you stand", "if you are standing", "as seen from", "when seen from",
    "from the view of", "from the point of view of", "from the perspective of",
)  # fmt: skip
_VIEWER_FACING = (
    "facing", "looking at", "looking toward", "looking towards", "i face", "i am facing",
    "when facing", "while facing", "if you face", "if i face", "you face", "if you look at",
    "looking into", "when you look at", "when looking at",
)  # fmt: skip


@dataclass(frozen=True)
class Unreadable:
    """A question that cannot be read, and why in a sentence."""

    reason: str


def read_question(
    text: str, lexicon: Lexicon, *, nested: bool = True, as_phrase: bool = False
) -> Query | Unreadable:
    """The query of a question.

    Args:
        text: The question, or a phrase.
        lexicon: The words.
        nested: Whether relations after an anchor belong to the anchor; see `Reader`.
        as_phrase: Whether the text is a phrase, so that it is not taken for a question.
    """
    words = split_words(text)
    plain = [word for word in words if word not in "?!.,;:"]
    if reason := text_fault(plain, as_phrase=as_phrase):
        return Unreadable(reason)
    parser = _Questions(lexicon, nested)
    words = parser.without_lead(words)
    words, viewer = parser.viewer(words)
    query = None if as_phrase else parser.question(words)
    is_question = query is not None or text.rstrip().endswith("?")
    query = query or parser.find(words)
    terms = lexicon.terms(plain)
    if query is None or not is_readable(query, terms):
        return Unreadable(
            "I could not read the question. I understand English questions about objects, their "
            "color, size, number and place."
        )
    unknown = {term.text for term in terms if term.kind == "word"}
    reason = refusal(query, plain, is_question=is_question, unknown=unknown)
    if reason and not as_phrase:
        return Unreadable(reason)
    return replace(query, viewer=viewer)


class _Questions:
    def __init__(self, lexicon: Lexicon, nested: bool) -> None:
        self.lexicon = lexicon
        self.nested = nested

    def without_lead(self, words: list[str]) -> list[str]:
        """The words without what is only polite."""
        while True:
            rest = _after(words, POLITE)
            if rest is None or not rest or _after(words, _DESCRIBE) is not None:
                return words
            words = rest[1:] if rest[0] in (",", "if") else rest

    def viewer(self, words: list[str]) -> tuple[list[str], Viewer]:
        """The words without clauses that say who looks, and the viewer."""
        viewer = Viewer()
        for part, leads in (("at", _VIEWER_AT), ("facing", _VIEWER_FACING)):
            for position in range(len(words)):
                rest = _after(words[position:], (*leads, "from") if not position else leads)
                if rest is None or not _begins_clause(words, position):
                    continue
                reader = self._reader(rest)
                reader.skip("relation", "filler", "side")
                phrase = read_phrase(reader, depth=7)
                if phrase is None:
                    continue
                after = " ".join(term.text for term in reader.terms[reader.position :]).split()
                before = words[:position]
                while before and before[-1] in ("when", "while", "if", "and", "as", ",", "i", "am"):
                    before = before[:-1]
                words = before + _unmarked(after)
                viewer = replace(viewer, **{part: phrase})
                break
        return words, viewer

    def question(self, words: list[str]) -> Query | None:
        """The query of words that begin like a question; None if they do not."""
        for kind, leads in (("count", COUNT), ("exist", EXIST), ("color", COLOR)):
            rest = _after(words, leads)
            if rest is None:
                continue
            none = _after(rest, NONE) if kind == "exist" else None
            none = ["anything", *rest[1:]] if none is not None and rest[0] == "nothing" else none
            query = self._about(rest if none is None else none, kind)  # type: ignore[arg-type]
            return query if query is None or none is None else replace(query, negated=True)
        for read in (self._measured, self._compared, self._described, self._what, self._verified):
            query = read(words)
            if query is not None:
                return query
        return None

    def find(self, words: list[str]) -> Query | None:
        """The query of a phrase, or of words such as ``find`` and a phrase."""
        rest = _after(words, FIND)
        reader = self._reader(words if rest is None or not rest else rest)
        chosen = self._one_of(reader) if words[:1] == ["of"] else None
        subjects = read_phrases(reader) if chosen is None else (chosen,)
        if not subjects:
            return None
        subjects = (*subjects[:-1], self._with_more(reader, subjects[-1]))
        return Query("find", subjects, ignored=_left(reader))

    @staticmethod
    def _one_of(reader: Reader) -> Phrase | None:
        """``Of all chairs, the largest one``: the conditions of both phrases."""
        reader.skip("filler", "every")
        many = read_phrase(reader)
        reader.skip("mark")
        one = None if many is None else read_phrase(reader)
        if many is None or one is None or one.name is not None:
            reader.position = 0
            return None
        conditions = (*many.conditions, *one.conditions)
        return replace(one, name=many.name, pronoun="", conditions=conditions)

    def _reader(self, words: list[str]) -> Reader:
        return Reader(self.lexicon.terms(words), self.nested)

    def _about(self, words: list[str], kind: QueryKind) -> Query | None:
        reader = self._reader(words)
        subjects = read_phrases(reader)
        if not subjects:
            return None
        if kind == "count":
            subjects = tuple(replace(one, plural=True) for one in subjects)
        return Query(kind, subjects, ignored=_left(reader))

    def _with_more(self, reader: Reader, phrase: Phrase) -> Phrase:
        """The phrase with what further sentences say about it: ``It is next to the desk.``"""
        conditions: list[Condition] = list(phrase.conditions)
        while not reader.is_done:
            reader.skip("mark")
            start = reader.position
            if reader.peek().kind in ("pronoun", "filler", "determiner", "and"):
                reader.skip("pronoun", "filler", "and")
                if reader.peek().kind == "determiner" and reader.peek(1).kind == "class":
                    reader.position += 2
            found = read_predicate(reader)
            if found is None:
                reader.position = max(start, reader.position)
                if reader.peek().kind != "mark":
                    reader.ignored.append(reader.peek().text)
                reader.take()
            else:
                conditions.append(found)
        return replace(phrase, conditions=tuple(conditions))

    def _measured(self, words: list[str]) -> Query | None:
        if len(words) > 2 and words[0] == "how" and words[1] in _FEATURES:
            return self._with_feature(words[2:], _FEATURES[words[1]])
        if words[:3] == ["what", "is", "the"] and len(words) > 5 and words[4] == "of":
            if words[3] in _FEATURE_NOUNS:
                return self._with_feature(words[5:], _FEATURE_NOUNS[words[3]])
        for lead in (("how", "far"), ("what", "is", "the", "distance")):
            if tuple(words[: len(lead)]) == lead:
                return self._distance(words[len(lead) :])
        return None

    def _with_feature(self, words: list[str], feature: str) -> Query | None:
        query = self._about(words, "measure")
        return None if query is None else replace(query, feature=feature)

    def _distance(self, words: list[str]) -> Query | None:
        joined = [word for word in words if word not in ("is", "are", "away", "between")]
        for joint in ("from", "to", "and"):
            if joint in joined[1:]:
                split = joined.index(joint, 1)
                readers = [
                    self._reader([w for w in joined[:split] if w != "from"]),
                    self._reader(joined[split + 1 :]),
                ]
                first, second = map(read_phrase, readers)
                if first is not None and second is not None:
                    ignored = (*_left(readers[0]), *_left(readers[1]))
                    return Query("distance", (first, second), ignored=ignored)
        return None

    def _compared(self, words: list[str]) -> Query | None:
        """``Which is larger, the chair or the table?``"""
        for lead in (("which", "one", "is"), ("which", "is"), ("what", "is")):
            if tuple(words[: len(lead)]) == lead:
                rest = words[len(lead) :]
                term = self.lexicon.terms(rest[:1])[0] if rest else Term("mark", "", "")
                if term.kind == "comparative" and "than" not in rest:
                    reader = self._reader(_unmarked(rest[1:]))
                    subjects = read_phrases(reader)
                    if len(subjects) > 1:
                        assert isinstance(term.value, tuple)
                        feature, largest = term.value
                        return Query(
                            "compare", subjects, feature=feature, largest=largest,
                            ignored=_left(reader),
                        )  # fmt: skip
        return None

    def _described(self, words: list[str]) -> Query | None:
        for kind, leads in (("describe", _DESCRIBE), ("place", _PLACE)):
            rest = _after(words, leads)
            if rest and rest[0] != "are":
                return self._about(rest, kind)  # type: ignore[arg-type]
        return None

    def _what(self, words: list[str]) -> Query | None:
        """``What is on the table?``, ``Which chair is next to the desk?``"""
        if not words or words[0] not in ("what", "which", "who") or words[1:2] == ["about"]:
            return None
        rest = words[1:]
        if rest[:2] in (["kind", "of"], ["type", "of"], ["sort", "of"]):
            rest = rest[2:]
            if rest[:2] in (["object", "is"], ["thing", "is"], ["item", "is"]):
                rest = rest[2:]
        terms = self.lexicon.terms(rest)
        reader = Reader(terms, self.nested)
        while reader.peek().kind in ("filler", "determiner") and reader.peek().text != "the":
            reader.take()
        if reader.peek().kind in ("class", "number", "color", "size", "ordinal") or (
            words[0] == "which"
        ):
            query = self._about(rest, "find")
            if query is None:
                return None
            is_named = words[0] == "what" and query.subjects[0].name is None
            return replace(query, kind="name") if is_named else query
        ahead = 1 if reader.peek().kind == "not" else 0
        if reader.peek(ahead).kind in ("relation", "side", "with"):
            # Nothing is named before the relation: any object is meant.
            hanging = reader.position
            terms.insert(hanging, Term("thing", "thing", "thing", plural=True))
            return self._from(reader, "name")
        return self._supported(reader) or self._from(reader, self._kind_of(reader))

    @staticmethod
    def _kind_of(reader: Reader) -> Literal["list", "name"]:
        """Whether all objects are asked for, or the name of one."""
        term = reader.peek()
        rest = reader.terms[reader.position + 1 :]
        bare = all(one.kind in ("mark", "filler") for one in rest)
        return "list" if term.kind in ("thing", "mark") and term.plural and bare else "name"

    def _from(self, reader: Reader, kind: QueryKind) -> Query | None:
        subjects = read_phrases(reader)
        return Query(kind, subjects, ignored=_left(reader)) if subjects else None

    def _supported(self, reader: Reader) -> Query | None:
        """``What is the mug on?``: the relation stands at the end."""
        terms = [term for term in reader.terms if term.kind != "mark"]
        if len(terms) < 2 or terms[-1].kind != "relation":
            return None
        last = str(terms[-1].value)
        if last not in _INVERSE:
            return None
        inner = Reader(terms[:-1], self.nested, reader.position)
        phrase = read_phrase(inner)
        if phrase is None or not inner.is_done:
            return None
        subject = Phrase(text="something", plural=True, conditions=(Carries(last, phrase),))
        return Query("name", (subject,), ignored=tuple(inner.ignored))

    def _verified(self, words: list[str]) -> Query | None:
        """``Is the chair red?``, ``Is it left of the desk?``, ``Does it stand on the desk?``"""
        if not words or words[0] not in VERIFY:
            return None
        reader = self._reader(_having(words[1:]) if words[0].startswith("d") else words[1:])
        found = read_predicates(reader)
        if found is None:
            return None
        subject, asked = found
        if not reader.is_done:
            # "Is the chair left of the desk a stool?": all that was said means the subject.
            subject = replace(subject, conditions=(*subject.conditions, *asked))
            asked = ()
        predicate = None if reader.is_done else read_predicate(reader)
        if words[1:2] and words[1] in ("a", "an", "any", "some"):
            # "Is a mug on the table?" asks for any mug.
            more = asked if predicate is None else (predicate,)
            subject = replace(subject, conditions=(*subject.conditions, *more))
            return Query("exist", (subject,), ignored=_left(reader))
        if predicate is None and not asked and subject.conditions:
            # "Is it the red chair?", "is the red one?": the last adjective is what is asked.
            asked = subject.conditions[-1:]
            subject = replace(subject, conditions=subject.conditions[:-1])
        asked = asked if predicate is None else (predicate,)
        if not asked:
            return Query("exist", (subject,), ignored=_left(reader))
        return Query("verify", (subject,), asked[0], ignored=_left(reader), more=asked[1:])


def _begins_clause(words: list[str], position: int) -> bool:
    """Whether a clause about the viewer may begin here: not in "the chair standing by the bed"."""
    if position == 0 or words[position] in ("seen", "viewed", "facing", "looking", "i", "if", "as"):
        return True
    return words[position - 1] in ("when", "while", "if", ",", ".", "am", "and", "i'm", "you")


_INVERSE = ("on", "in", "under", "near", "above", "behind", "front")


def _after(words: list[str], leads: tuple[str, ...]) -> list[str] | None:
    """The words after the longest of the leads that they begin with, or None."""
    for lead in sorted(leads, key=len, reverse=True):
        parts = lead.split()
        if words[: len(parts)] == parts:
            return words[len(parts) :]
    return None


def _having(words: list[str]) -> list[str]:
    """The words with ``with`` for ``have``, as in "does the table have a lamp on it?"."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return ["with" if one == "have" and other in ("a", "an", "any", "some") else one
            for one, other in pairs]  # fmt: skip


def _unmarked(words: list[str]) -> list[str]:
    while words and words[0] in (",", ";", ":", ".", "and"):
        words = words[1:]
    return words


def _left(reader: Reader) -> tuple[str, ...]:
    """Words that were left out, and those after the last that was read."""
    rest = [
        term.text for term in reader.terms[reader.position :]
        if term.kind not in ("mark", "filler", "determiner", "and")
    ]  # fmt: skip
    return tuple(dict.fromkeys([*reader.ignored, *rest]))
