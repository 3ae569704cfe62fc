"""Reads phrases that mean objects: adjectives, a noun, and what is said about its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scenewright.language.lexicon import Term, singular
from scenewright.language.programs import (
    Carries,
    Compared,
    Condition,
    Extreme,
    HasColor,
    HasName,
    HasSize,
    OnSide,
    Phrase,
    Related,
)

_DEEPEST = 8
"""Relations within relations that are read; deeper ones belong to the outer phrase."""
_FARNESS = ("nearest", "farthest")


@dataclass
class Reader:
    """Terms, and how far they have been read.

    Attributes:
        terms: The terms.
        nested: Whether a relation after an anchor belongs to the anchor; otherwise all relations
            belong to the first noun.
        position: Index of the next term.
        ignored: Words that were left out.
    """

    terms: list[Term]
    nested: bool = True
    position: int = 0
    ignored: list[str] = field(default_factory=list)

    def peek(self, ahead: int = 0) -> Term:
        """The next term; a mark at the end."""
        where = self.position + ahead
        return self.terms[where] if where < len(self.terms) else Term("mark", "", "")

    def take(self) -> Term:
        """The next term, which counts as read."""
        term = self.peek()
        self.position += 1
        return term

    @property
    def is_done(self) -> bool:
        """Whether only marks are left."""
        return all(term.kind == "mark" for term in self.terms[self.position :])

    def skip(self, *kinds: str) -> None:
        """Passes over terms of these kinds."""
        while self.position < len(self.terms) and self.peek().kind in kinds:
            self.position += 1


def read_phrases(reader: Reader) -> tuple[Phrase, ...]:
    """Phrases that ``and``, ``or`` or commas join; none if there is no phrase."""
    found: list[Phrase] = []
    while True:
        phrase = read_phrase(reader)
        if phrase is None:
            break
        found.append(phrase)
        joins = ("and", "or") if reader.peek().value != "," else ("mark",)
        if reader.peek().kind not in joins:
            break
        reader.take()
        reader.skip("and", "or")
    return tuple(found)


def read_phrase(reader: Reader, *, depth: int = 0) -> Phrase | None:
    """One phrase with all that is said about it, or None if the next terms mean no object."""
    start = reader.position
    phrase = _read_noun(reader)
    if phrase is None:
        reader.position = start
        return None
    while True:
        conditions = _read_modifier(reader, depth)
        if conditions is None:
            break
        phrase = replace(phrase, conditions=(*phrase.conditions, *conditions))
    words = [term.text for term in reader.terms[start : reader.position]]
    return replace(phrase, text=" ".join(words))


def read_predicates(reader: Reader) -> tuple[Phrase, tuple[Condition, ...]] | None:
    """A phrase and what is asked about it, as in "the chair left of the desk red and large".

    What is asked is the last thing that is said after the noun, and what ``and`` joins with it.

    Returns:
        The phrase and the conditions, none if nothing is said after the noun; None if the next
        terms mean no object.
    """
    start = reader.position
    noun = _read_noun(reader)
    if noun is None:
        reader.position = start
        return None
    asked: list[Condition] = []
    kept, start_of_asked = list(noun.conditions), reader.position
    while True:
        is_joined = reader.peek().kind == "and"
        end = reader.position
        conditions = _read_modifier(reader, 0)
        if conditions is None:
            break
        if not is_joined:
            kept += asked
            asked, start_of_asked = [], end
        asked += conditions
    last = start_of_asked if asked else reader.position
    words = [term.text for term in reader.terms[start:last]]
    return replace(noun, conditions=tuple(kept), text=" ".join(words)), tuple(asked)


def read_predicate(reader: Reader) -> Condition | None:
    """What is said about a phrase after ``is``: a color, a size, a relation or a class."""
    conditions = _read_modifier(reader, 0)
    if conditions:
        return conditions[-1]
    negated = _read_not(reader)
    is_bare = reader.peek().kind == "word"
    phrase = read_phrase(reader, depth=_DEEPEST)
    if phrase is None or not (phrase.name or phrase.conditions):
        return None
    if is_bare and not phrase.plural:
        # "Is the chair expensive?": without an article it is an adjective, and no name.
        reader.ignored.append(phrase.text)
    if phrase.conditions and not phrase.name:
        return phrase.conditions[-1]
    if phrase.conditions:
        # "Is it a red chair?" asks for two things at once.
        reader.ignored.append(phrase.text)
    return HasName(str(phrase.name), negated)


def _read_not(reader: Reader) -> bool:
    negated = False
    while reader.peek().kind == "not":
        reader.take()
        negated = not negated
    return negated


def _read_noun(reader: Reader) -> Phrase | None:
    """Determiners, adjectives and a noun."""
    conditions: list[Condition] = []
    number: int | None = None
    rank, plural, skipped = 1, False, []
    while True:
        term = reader.peek()
        if term.kind in ("determiner", "filler"):
            reader.take()
        elif term.kind == "every":
            reader.take()
            plural = True
        elif term.kind == "number":
            reader.take()
            number, plural = int(str(term.value)), term.value != 1
        elif term.kind == "ordinal":
            reader.take()
            rank = int(str(term.value))
        elif (adjectives := _read_adjective(reader, rank)) is not None:
            conditions += adjectives
            rank = 1 if any(isinstance(one, Extreme) for one in adjectives) else rank
        elif term.kind == "word" and _leads_to_noun(reader):
            skipped.append(reader.take().text)
        elif term.kind == "and" and conditions and _leads_to_noun(reader):
            reader.take()
        else:
            break
    phrase = _read_head(reader, bare=bool(conditions))
    if phrase is None:
        return None
    reader.ignored += skipped
    if rank > 1 or _ranked_next(reader):
        conditions += _read_rank(reader, rank)
    whole = replace(phrase, conditions=tuple(conditions), number=number)
    return replace(whole, plural=phrase.plural or plural)


def _read_adjective(reader: Reader, rank: int) -> list[Condition] | None:
    """A color, a size or a superlative before a noun; None if the next term is none."""
    ahead = 1 if reader.peek().kind == "not" else 0
    term = reader.peek(ahead)
    if term.kind not in ("color", "size", "superlative") and not (
        term.kind == "relation" and term.value in _FARNESS and _noun_follows(reader, ahead + 1)
    ):
        return None
    reader.position += ahead + 1
    negated = bool(ahead)
    if term.kind == "color":
        if reader.peek().kind in ("color",) and reader.peek().text in ("color", "colored"):
            reader.take()
        return [HasColor(str(term.value), negated)]
    if term.kind == "size":
        return [HasSize(str(term.value), negated)]
    if term.kind == "superlative":
        assert isinstance(term.value, tuple)
        return [Extreme(term.value[0], term.value[1], rank)]
    # "the closest chair to the door": the anchor comes after the noun.
    reader.terms.insert(reader.position + _noun_length(reader), term)
    if rank > 1:
        reader.terms.insert(reader.position + _noun_length(reader), Term("ordinal", rank, ""))
    return []


def _noun_follows(reader: Reader, ahead: int) -> bool:
    return reader.peek(ahead).kind in ("class", "thing", "color", "size")


def _noun_length(reader: Reader) -> int:
    length = 0
    while reader.peek(length).kind in ("color", "size"):
        length += 1
    return length + 1


def _leads_to_noun(reader: Reader) -> bool:
    """Whether an unknown word stands before a noun: it is an adjective then."""
    ahead = 1
    while reader.peek(ahead).kind in ("word", "color", "size", "and") and ahead < 4:
        ahead += 1
    return reader.peek(ahead).kind in ("class", "thing") and not reader.peek(ahead - 1).text == "is"


def _read_head(reader: Reader, *, bare: bool) -> Phrase | None:
    """The noun, an identifier or a pronoun."""
    term = reader.peek()
    if term.kind == "id" or (term.kind in ("class", "thing") and reader.peek(1).kind == "id"):
        name = str(reader.take().value) if term.kind == "class" else None
        if term.kind == "thing":
            reader.take()
        return Phrase(name=name, ids=(int(str(reader.take().value)),))
    if term.kind == "class":
        reader.take()
        return Phrase(name=str(term.value), plural=term.plural)
    if term.kind == "thing":
        reader.take()
        pronoun = "one" if term.text in ("one", "ones") else ""
        return Phrase(plural=term.plural, pronoun=pronoun)
    if term.kind == "pronoun":
        reader.take()
        return Phrase(pronoun=str(term.value), plural=term.value == "them")
    if term.kind == "word":
        # An unknown word where a noun must stand is the name of a class that nothing has.
        words = [reader.take().text]
        while reader.peek().kind == "word":
            words.append(reader.take().text)
        last = singular(words[-1])
        return Phrase(name=" ".join([*words[:-1], last]), plural=last != words[-1])
    return Phrase() if bare else None


def _ranked_next(reader: Reader) -> bool:
    return reader.peek().kind == "side" and str(reader.peek().value).startswith("from ")


def _read_rank(reader: Reader, rank: int) -> list[Condition]:
    """What an ordinal counts along: from a side, or by distance from something."""
    if _ranked_next(reader):
        return [Extreme("left", reader.take().value == "from left", rank)]
    if reader.peek().kind == "relation" and reader.peek().value in _FARNESS:
        reader.terms.insert(reader.position, Term("ordinal", rank, ""))
        return []
    if reader.peek().text == "from":
        reader.take()
        anchor = read_phrase(reader, depth=1)
        return [] if anchor is None else [Related("nearest", anchor, rank=rank)]
    return []


def _read_modifier(reader: Reader, depth: int) -> list[Condition] | None:
    """What is said after a noun; None if the next terms say nothing about it."""
    start = reader.position
    if depth >= _DEEPEST or (depth and not reader.nested):
        return None
    if depth == 0:
        reader.skip("and")
    if depth == 0 and reader.peek().value == "," and reader.peek(1).kind in (
        "relation", "side", "filler", "with",
    ):  # fmt: skip
        reader.take()
    rank = 1
    negated = False
    while reader.peek().kind in ("filler", "determiner", "not", "ordinal", "every"):
        term = reader.take()
        negated = negated != (term.kind == "not")
        rank = int(str(term.value)) if term.kind == "ordinal" else rank
    if depth and reader.position == start and reader.peek().kind in ("color", "size"):
        return None  # "is the chair left of the desk red?"
    found = _read_condition(reader, depth, negated, rank)
    if found is None:
        reader.position = start
    return found


def _read_condition(reader: Reader, depth: int, negated: bool, rank: int) -> list[Condition] | None:
    term = reader.peek()
    if term.kind == "relation":
        return _read_relation(reader, depth, negated, rank)
    if term.kind == "side":
        reader.take()
        side = str(term.value)
        if side.startswith("from "):
            return [Extreme("left", side == "from left", rank)]
        return [OnSide(side, negated)]
    if term.kind == "comparative":
        reader.take()
        if reader.peek().kind == "than":
            reader.take()
        than = read_phrase(reader, depth=depth + 1)
        assert isinstance(term.value, tuple)
        return None if than is None else [Compared(*term.value, than, negated)]
    if term.kind == "with":
        return _read_carried(reader, depth, negated != (term.text == "without"))
    if term.kind in ("color", "size", "superlative"):
        if _noun_follows(reader, 1) and reader.peek(1).kind in ("class", "thing"):
            return None  # the next noun, as in "the chair and the red table"
        reader.take()
        if term.kind == "color":
            return [HasColor(str(term.value), negated)]
        if term.kind == "size":
            return [HasSize(str(term.value), negated)]
        assert isinstance(term.value, tuple)
        return [Extreme(term.value[0], term.value[1], rank)]
    return None


def _read_relation(reader: Reader, depth: int, negated: bool, rank: int) -> list[Condition] | None:
    """A relation and the objects that it names."""
    relation = str(reader.take().value)
    if reader.peek().text in ("to", "from", "of"):
        reader.take()
    deeper = depth + 1
    anchor = read_phrase(reader, depth=deeper)
    if anchor is None:
        return None
    if relation == "between":
        if reader.peek().kind == "and":
            reader.take()
        second = read_phrase(reader, depth=deeper)
        return [Related("between", anchor, second, negated)]
    return [Related(relation, anchor, None, negated, rank, _read_others(reader, relation))]


def _read_others(reader: Reader, relation: str) -> tuple[Phrase, ...]:
    """Further objects after ``or``: "on the desk or the sofa", "on the desk or on the sofa"."""
    found: list[Phrase] = []
    while reader.peek().kind == "or":
        start = reader.position
        reader.take()
        if reader.peek().kind == "relation" and reader.peek().value == relation:
            reader.take()
        other = read_phrase(reader, depth=_DEEPEST)
        if other is None or not (other.name or other.ids):
            reader.position = start
            break
        found.append(other)
    return tuple(found)


def _read_carried(reader: Reader, depth: int, negated: bool) -> list[Condition] | None:
    """``with a lamp on it``, ``with a chair next to it``, ``with a lamp``."""
    reader.take()
    deeper, nested = depth + 1, reader.nested
    reader.nested = False  # "on it" is about the outer noun
    other = read_phrase(reader, depth=deeper)
    reader.nested = nested
    if other is None:
        return None
    relation = "on"
    reader.skip("filler")
    if reader.peek().kind == "relation":
        relation = str(reader.take().value)
        if reader.peek().kind == "pronoun" or reader.peek().text == "top":
            reader.take()
    return [Carries(relation, other, negated)]
