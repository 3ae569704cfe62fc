"""The words of a caption as METEOR 1.5 counts them, after its own normalization.

METEOR takes captions that are split into words already, and splits them again by the rules of
machine translation: hyphens between letters vanish, apostrophes stand apart or begin a word.
"""

from __future__ import annotations

import re

FUNCTION_WORDS = frozenset(
    """
    a about after all also an and are as at be been but by can first for from had has have he her
    his i if in into is it its last more no not of on one or other out over people said she so some
    than that the their there they this time to two up was we were what when which who will with
    would year years you new could s 's 't \u2019 \u201c \u201d \u2014 " ' , . : ? $ - -- ( )
    -lrb- -rrb-
    """.split()
)
"""Words that METEOR 1.5 weights less: those with a share above 0.001 in English news."""
_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-", "`": "'"}
)
_HYPHEN = re.compile(r"([^\W_]|\.)-+([^\W_])")
_APART = re.compile(r"([^\w\s.',\-]|_)")
_COMMA = re.compile(r",(?!\d)|(?<!\d),")
_ACRONYM = re.compile(r"(?<![^\W_])[a-z]{1,2}(?:\.[a-z])+\.(?![^\W_])")
_DOTS = re.compile(r"\.{2,}")
_IDEOGRAPH = re.compile("([\u3040-\u30ff\u3400-\u9fff])")
_APOSTROPHES = (
    (re.compile(r"(?<![a-z])'(?![a-z])"), " ' "),
    (re.compile(r"(?<![a-z0-9])'(?=[a-z])"), " ' "),
    (re.compile(r"(?<=[a-z])'(?![a-z])"), " ' "),
    (re.compile(r"(?<=[a-z])'(?=[a-z])"), " '"),
    (re.compile(r"(?<=[0-9])'(?=s)"), " '"),
)
_KEPT_STOPS = frozenset(("v", "vs", "rev"))


def meteor_words(text: str) -> list[str]:
    """The words of a caption that is already split into words."""
    line = " " + text.lower().translate(_QUOTES) + " "
    line = _ACRONYM.sub(lambda match: match[0].replace(".", ""), line)
    line = _HYPHEN.sub(r"\1 \2", line)
    line = _IDEOGRAPH.sub(r" \1 ", _DOTS.sub(lambda match: f" {match[0]} ", line))
    line = _APART.sub(r" \1 ", line)
    line = _COMMA.sub(" , ", line)
    for pattern, written in _APOSTROPHES:
        line = pattern.sub(written, line)
    words = line.split()
    found: list[str] = []
    for position, word in enumerate(words):
        if len(word) > 1 and word.endswith(".") and not word.endswith(".."):
            following = words[position + 1][:1] if position + 1 < len(words) else ""
            base = word[:-1]
            keeps = "." in base or base in _KEPT_STOPS or following.islower()
            found.extend([word] if keeps else [base, "."])
        else:
            found.append(word)
    return found
