"""The words that questions are made of, as terms: names, colors, sizes, relations and so on."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language._class_words import ANYTHING, SYNONYMS, WIDER

_WORD = re.compile(
    r"<obj(\d+)>|#(\d+)|(?<!\w)-\d+(?:\.\d+)?|\d+\.\d+|[^\W_]+(?:[-'][^\W_]+)*|[?!.,;:]"
)
_COLORS = {
    **{word: word for word in COLOR_WORDS},
    "grey": "gray", "violet": "purple", "magenta": "pink", "cream": "beige", "tan": "beige",
    "cyan": "blue", "turquoise": "blue", "teal": "blue", "navy": "blue", "gold": "yellow",
    "golden": "yellow", "silver": "gray", "maroon": "red", "crimson": "red", "scarlet": "red",
    "reddish": "red", "bluish": "blue", "greenish": "green", "brownish": "brown", "ivory": "white",
    "yellowish": "yellow", "whitish": "white", "olive": "green", "rose": "pink", "lilac": "purple",
}  # fmt: skip
_SIZES = {
    "large": "large", "big": "large", "huge": "large", "giant": "large", "sizable": "large",
    "small": "small", "little": "small", "tiny": "small", "tall": "tall", "high": "tall",
    "short": "short", "low": "short", "long": "long", "wide": "wide", "broad": "wide",
    "narrow": "narrow", "thin": "narrow", "slim": "narrow",
}  # fmt: skip
_SUPERLATIVES = {
    "largest": ("volume", True), "biggest": ("volume", True), "smallest": ("volume", False),
    "littlest": ("volume", False), "tiniest": ("volume", False), "tallest": ("height", True),
    "shortest": ("height", False), "highest": ("top", True), "lowest": ("top", False),
    "longest": ("length", True), "widest": ("length", True), "narrowest": ("length", False),
    "topmost": ("top", True), "uppermost": ("top", True), "leftmost": ("left", True),
    "rightmost": ("left", False), "most massive": ("volume", True),
}  # fmt: skip
_COMPARATIVES = {
    "larger": ("volume", True), "bigger": ("volume", True), "smaller": ("volume", False),
    "taller": ("height", True), "shorter": ("height", False), "higher": ("top", True),
    "lower": ("top", False), "longer": ("length", True), "wider": ("length", True),
    "narrower": ("length", False),
}  # fmt: skip
_RELATIONS = {
    "left": ("to the left of", "on the left of", "at the left of", "to the left side of",
             "on the left side of", "on the left hand side of", "left of", "left from",
             "to the left from"),
    "right": ("to the right of", "on the right of", "at the right of", "to the right side of",
              "on the right side of", "on the right hand side of", "right of", "right from",
              "to the right from"),
    "front": ("in front of", "at the front of", "to the front of"),
    "behind": ("behind", "in back of", "at the back of", "to the rear of", "behind of"),
    "on": ("on top of", "on the top of", "on", "upon", "atop", "onto", "supported by"),
    "under": ("under", "underneath", "beneath", "below"),
    "above": ("above", "over"),
    "in": ("inside of", "inside", "within", "in"),
    "near": ("right next to", "next to", "beside", "besides", "near to", "near", "close to", "by",
             "adjacent to", "nearby", "alongside", "around", "at", "against", "at the side of",
             "by the side of", "in the vicinity of", "touching"),
    "far": ("far away from", "far from", "away from"),
    "between": ("in between", "in the middle between", "between"),
    "nearest": ("closest to", "nearest to", "the least distance from", "closest from", "nearest",
                "closest"),
    "farthest": ("farthest away from", "furthest away from", "farthest from", "furthest from",
                 "most distant from", "farthest", "furthest", "farthest to"),
    "same color": ("the same color as", "the same colour as", "same color as", "same colour as"),
}  # fmt: skip
RELATIONS = tuple(_RELATIONS)
"""The relations that phrases may state."""
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve")  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_DETERMINERS = frozenset({"the", "a", "an", "this", "these", "those", "some", "any", "my", "your",
                           "other", "another"})  # fmt: skip
_EVERY = frozenset({"all", "every", "each", "both"})
_PRONOUNS = {
    "it": "it", "that one": "it", "this one": "it", "them": "them", "they": "them",
    "those ones": "them", "these ones": "them", "the same one": "it", "itself": "it",
}  # fmt: skip
_NEGATIONS = frozenset({"not", "isn't", "aren't", "no", "except", "neither", "non"})
_FILLERS = frozenset({
    "is", "are", "was", "were", "be", "being", "there", "that", "which", "who", "it's", "you",
    "see", "can", "i", "stand", "standing", "stands", "located", "placed", "lying", "lies",
    "sitting", "sits", "positioned", "situated", "resting", "hanging", "hangs", "mounted", "put",
    "directly", "just", "right", "also", "currently", "here", "do", "does", "exist", "exists",
    "found", "kept", "present", "its", "of", "color", "colour", "colored", "coloured", "in",
    "stood", "has", "have", "lie", "sit", "size", "sized",
})  # fmt: skip
_PLURALS = {
    "shelves": "shelf", "knives": "knife", "boxes": "box", "benches": "bench", "dishes": "dish",
    "people": "person", "children": "child", "mice": "mouse", "couches": "couch",
    "bookshelves": "bookshelf", "glasses": "glass", "batteries": "battery", "brushes": "brush",
    "watches": "watch", "leaves": "leaf", "feet": "foot", "sofas": "sofa", "torches": "torch",
    "bookcases": "bookcase", "vases": "vase", "suitcases": "suitcase", "wardrobes": "wardrobe",
}  # fmt: skip
_NO_PLURALS = frozenset({"this", "is", "its", "was", "has", "does", "glass", "stairs",
                         "blinds", "clothes", "drawers", "books", "less", "across", "canvas",
                         "bus"})  # fmt: skip
_SIDES = {
    "left": ("on the left", "to the left", "on my left", "to my left", "on your left",
             "on the left side", "on the left hand side", "to your left"),
    "right": ("on the right", "to the right", "on my right", "to my right", "on your right",
              "on the right side", "on the right hand side", "to your right"),
    "front": ("in front of me", "in front of you", "ahead of me", "in front"),
    "behind": ("behind me", "behind you", "at my back"),
    "from left": ("from the left", "from left", "from left to right", "starting from the left"),
    "from right": ("from the right", "from right", "from right to left"),
}  # fmt: skip
_HERE = (
    "in the room", "in this room", "in the scene", "in this scene", "in here", "of the room",
    "in the picture", "in the house", "in the place", "in the image", "in total", "in sight",
    "of the scene", "does the room have", "does this room have", "does the scene have",
    "does the room contain", "does the scene contain",
)  # fmt: skip
_BEFORE_NOUNS = ("determiner", "every", "color", "size", "superlative", "number", "ordinal")
_LONGEST = 6


@dataclass(frozen=True)
class Term:
    """One word of a question, or several that belong together.

    Attributes:
        kind: ``class``, ``thing``, ``color``, ``size``, ``superlative``, ``comparative``,
            ``relation``, ``side``, ``number``, ``ordinal``, ``determiner``, ``every``, ``pronoun``,
            ``not``, ``and``, ``or``, ``with``, ``than``, ``id``, ``mark``, ``filler`` or ``word``.
        value: What it means.
        text: The words as written, in lower case.
        plural: Whether a noun is in the plural.
    """

    kind: str
    value: str | int | tuple[str, bool]
    text: str
    plural: bool = False


def split_words(text: str) -> list[str]:
    """The words and marks of a text, in lower case; identifiers as ``#7``."""
    folded = (
        unicodedata.normalize("NFKC", text)
        .casefold()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        .replace("\N{MINUS SIGN}", "-")
    )
    words = []
    for match in _WORD.finditer(folded):
        number = match[1] or match[2]
        if number is not None:
            words.append(f"#{int(number)}" if len(number) < 10 else f"#{number[:9]}")
            continue
        word = match[0]
        if word.endswith("'s") and len(word) > 2:
            words.append(word[:-2])
            if word in ("what's", "it's", "there's", "where's", "that's", "how's"):
                words.append("is")
            continue
        words.append(word)
    return words


def singular(word: str) -> str:
    """A noun in the singular; words that are no plural stay."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _NO_PLURALS or len(word) < 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1]


def class_name(words: str) -> str:
    """The usual name for a name of things, in the singular: ``couches`` is ``sofa``."""
    plain = _plain(words)
    head, _, last = plain.rpartition(" ")
    name = f"{head} {singular(last)}".strip()
    return _usual_names().get(plain) or _usual_names().get(name, name)


@functools.lru_cache(maxsize=4096)
def name_match(word: str, label: str) -> float:
    """How well a word names an object with a label, 0 to 1.

    Args:
        word: A name as `class_name` returns it, or a wider word such as ``seat``.
        label: The label as `class_name` returns it.
    """
    if not word or not label:
        return 0.0
    if word == label:
        return 1.0
    wider = WIDER.get(word, ())
    if any(name_match(one, label) >= 1 for one in wider):
        return 1.0
    # An office chair is a chair; a table lamp is a lamp, and no table.
    if _is_kind_of(label, word):
        return 1.0
    return 0.6 if _is_kind_of(word, label) else 0.0


def _is_kind_of(name: str, wider: str) -> bool:
    """Whether a name ends with a wider one, and no synonym of one word says something else.

    A plant pot is a plant first of all, and no cooking pot.
    """
    if not name.endswith(f" {wider}"):
        return False
    words = next((group for group in SYNONYMS if group[0] == name), ())
    return all(" " in word or word.endswith(wider) for word in words)


def is_known_name(name: str) -> bool:
    """Whether a name, as `class_name` returns it, is one of the words for things."""
    return name in WIDER or name in _usual_names().values()


def _plain(words: str) -> str:
    return " ".join(split_words(words.replace("_", " ").replace("-", " ")))


class Lexicon:
    """The words of questions about one scene.

    Args:
        labels: Labels of the scene, which are names even if no list holds them.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        names = {_plain(label) for label in labels}
        self._names = {name: class_name(name) for name in names if name}

    def terms(self, words: list[str]) -> list[Term]:
        """The words as terms, longest first."""
        found: list[Term] = []
        position = 0
        while position < len(words):
            for length in range(min(_LONGEST, len(words) - position), 0, -1):
                term = self._term(words[position : position + length], found)
                if term is not None:
                    break
            else:
                term = Term("word", words[position], words[position])
            found.append(term)
            position += length
        return found

    def _term(self, words: list[str], before: list[Term]) -> Term | None:
        text = " ".join(words)
        if len(words) == 1 and (term := _single(words[0], before)) is not None:
            return term
        fixed = _phrases().get(text)
        if fixed is not None:
            return fixed
        last = singular(words[-1])
        one = " ".join([*words[:-1], last])
        for name in dict.fromkeys((text, one)):
            usual = self._names.get(name) or _usual_names().get(name)
            if usual is not None:
                return Term("class", usual, text, plural=last != words[-1] or name in ("books",))
            if name in WIDER:
                return Term("class", name, text, plural=last != words[-1])
            if name in ANYTHING:
                return Term("thing", name, text, plural=last != words[-1] or name == "everything")
        return None


def _single(word: str, before: list[Term]) -> Term | None:
    """The term of a word that stands for itself, or None."""
    if (
        word == "can"
        and before
        and (before[-1].kind in _BEFORE_NOUNS or before[-1].text == "which")
    ):
        return Term("class", "can", word)  # "the can", but not "what can you see"
    if word.startswith("#"):
        return Term("id", int(word[1:]), word)
    if word.isdecimal() and len(word) < 7:
        number = int(word)
        named = bool(before) and before[-1].kind in ("class", "thing") and not before[-1].plural
        return Term("id" if named else "number", number, word)
    if word in "?!.,;:":
        return Term("mark", word, word)
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", word) and len(word) < 6:
        return Term("ordinal", int(word[:-2]), word)
    return None


@functools.cache
def _usual_names() -> Mapping[str, str]:
    return {word: group[0] for group in reversed(SYNONYMS) for word in group}


@functools.cache
def _phrases() -> Mapping[str, Term]:
    """The terms of all fixed words."""
    found: dict[str, Term] = {}

    def add(kind: str, text: str, value: str | int | tuple[str, bool]) -> None:
        found.setdefault(text, Term(kind, value, text))

    for text, superlative in _SUPERLATIVES.items():
        add("superlative", text, superlative)
    for text, comparative in _COMPARATIVES.items():
        add("comparative", text, comparative)
    for text, pronoun in _PRONOUNS.items():
        add("pronoun", text, pronoun)
    for text in _HERE:
        add("filler", text, text)
    for side, texts in _SIDES.items():
        for text in texts:
            add("side", text, side)
    for relation, texts in _RELATIONS.items():
        for text in texts:
            add("relation", text, relation)
    for text, color in _COLORS.items():
        add("color", text, color)
        for shade in ("light", "dark", "bright", "pale", "deep"):
            add("color", f"{shade} {text}", color)
    for text, size in _SIZES.items():
        add("size", text, size)
    for number, text in enumerate(_NUMBERS):
        if number != 1:
            add("number", text, number)
    for number, text in enumerate(_ORDINALS, start=1):
        add("ordinal", text, number)
    words: tuple[tuple[str, Collection[str]], ...] = (
        ("determiner", _DETERMINERS), ("every", _EVERY), ("not", _NEGATIONS),
        ("filler", _FILLERS), ("and", {"and", "but"}), ("or", {"or"}), ("than", {"than"}),
        ("with", {"with", "without", "containing", "holding", "carrying", "having", "that has",
                  "which has", "that have", "which have", "that holds", "that carries",
                  "which holds", "which carries"}),
    )  # fmt: skip
    for kind, members in words:
        for text in members:
            add(kind, text, text)
    return found
