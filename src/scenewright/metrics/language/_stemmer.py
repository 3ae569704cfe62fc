"""English stems by the Snowball algorithm (Porter 2), as METEOR compares words.

Porter, "The English (Porter2) stemming algorithm", snowballstem.org.
"""

from __future__ import annotations

import re

_VOWELS = "aeiouy"
_DOUBLES = ("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt")
_LI_ENDS = "cdeghkmnrt"
_WHOLE = {
    "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl",
    "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
    **{word: word for word in ("sky", "news", "howe", "atlas", "cosmos", "bias", "andes")},
}  # fmt: skip
_AFTER_PLURAL = frozenset(
    ("inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed")
)
_STEP_2 = {
    "tional": "tion", "enci": "ence", "anci": "ance", "abli": "able", "entli": "ent", "izer": "ize",
    "ization": "ize", "ational": "ate", "ation": "ate", "ator": "ate", "alism": "al", "aliti": "al",
    "alli": "al", "fulness": "ful", "ousli": "ous", "ousness": "ous", "iveness": "ive",
    "iviti": "ive", "biliti": "ble", "bli": "ble", "ogi": "og", "fulli": "ful", "lessli": "less",
    "li": "",
}  # fmt: skip
_STEP_3 = {
    "tional": "tion", "ational": "ate", "alize": "al", "icate": "ic", "iciti": "ic", "ical": "ic",
    "ful": "", "ness": "", "ative": "",
}  # fmt: skip
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate",
    "iti", "ous", "ive", "ize", "ion",
)  # fmt: skip


def stem(word: str) -> str:
    """The stem of a word in lower case."""
    if len(word) <= 2:
        return word
    if word in _WHOLE:
        return _WHOLE[word]
    word = word.removeprefix("'")
    if word.startswith("y"):
        word = "Y" + word[1:]
    word = re.sub("(?<=[aeiouy])y", "Y", word)
    region1, region2 = _regions(word)
    word = _plural(word)
    if word not in _AFTER_PLURAL:
        word = _past(word, region1)
        if len(word) > 2 and word[-1] in "yY" and word[-2] not in _VOWELS:
            word = word[:-1] + "i"
        word = _replace(word, _STEP_2, region1, region2)
        word = _replace(word, _STEP_3, region1, region2)
        word = _remove(word, region2)
        word = _final(word, region1, region2)
    return word.replace("Y", "y")


def _regions(word: str) -> tuple[int, int]:
    """Where the parts after the first and the second vowel with a following consonant begin."""
    first = _after_vowel(word, 0)
    for prefix in ("gener", "commun", "arsen"):
        if word.startswith(prefix):
            first = len(prefix)
    return first, _after_vowel(word, first)


def _after_vowel(word: str, start: int) -> int:
    match = re.compile("[aeiouy][^aeiouy]").search(word, start)
    return len(word) if match is None else match.end()


def _plural(word: str) -> str:
    for ending in ("'s'", "'s", "'"):
        if word.endswith(ending):
            word = word[: -len(ending)]
            break
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith(("us", "ss")) or not word.endswith("s"):
        return word
    return word[:-1] if re.search("[aeiouy]", word[:-2]) else word


def _past(word: str, region1: int) -> str:
    for ending in ("eedly", "eed"):
        if word.endswith(ending):
            return word[: -len(ending)] + "ee" if len(word) - len(ending) >= region1 else word
    for ending in ("ingly", "edly", "ing", "ed"):
        if not word.endswith(ending):
            continue
        base = word[: -len(ending)]
        if not re.search("[aeiouy]", base):
            return word
        if base.endswith(("at", "bl", "iz")):
            return base + "e"
        if base.endswith(_DOUBLES):
            return base[:-1]
        return base + "e" if region1 >= len(base) and _ends_short(base) else base
    return word


def _replace(word: str, endings: dict[str, str], region1: int, region2: int) -> str:
    for ending in sorted(endings, key=len, reverse=True):
        if not word.endswith(ending):
            continue
        start = len(word) - len(ending)
        allowed = start >= region1
        if ending == "ogi":
            allowed = allowed and word[:start].endswith("l")
        elif ending == "li":
            allowed = allowed and word[start - 1 : start] in tuple(_LI_ENDS)
        elif ending == "ative":
            allowed = start >= region2
        return word[:start] + endings[ending] if allowed else word
    return word


def _remove(word: str, region2: int) -> str:
    for ending in sorted(_STEP_4, key=len, reverse=True):
        if word.endswith(ending):
            start = len(word) - len(ending)
            allowed = start >= region2 and (ending != "ion" or word[:start].endswith(("s", "t")))
            return word[:start] if allowed else word
    return word


def _final(word: str, region1: int, region2: int) -> str:
    last = len(word) - 1
    if word.endswith("e"):
        if last >= region2 or (last >= region1 and not _ends_short(word[:-1])):
            return word[:-1]
    elif word.endswith("ll") and last >= region2:
        return word[:-1]
    return word


def _ends_short(word: str) -> bool:
    """Whether a word ends in a short syllable."""
    if re.search("[^aeiouy][aeiouy][^aeiouywxY]$", word):
        return True
    return re.fullmatch("[aeiouy][^aeiouy]", word) is not None
