"""Words of captions by the rules of the Penn Treebank, as caption benchmarks count them.

At each position of a text the longest of several patterns wins, and the first of equally long ones.
The words are those of Stanford's PTBTokenizer (CoreNLP 3.4.1, lower case) for ordinary
descriptions; phone numbers, names of files and the like are not covered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMERALS = r"\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u215f"
_L = rf"[^\W\d_{_NUMERALS}]"
_AN = rf"[^\W_{_NUMERALS}]"
_A = r"['\u2019\u0092]"
_Q = r"['\u2019\u0092`\u2018\u0091\u201b]"
_MONTHS = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_DAYS = "mon|tues?|wed|thurs?|fri"
_TITLES = (
    "mrs?|ms|drs?|profs?|sens?|reps?|lt|col|gen|messrs|govs?|adm|rev|maj|sgt|cpl|pvt|capt|ste?|"
    "ave|pres|lieut|hon|brig|pfc|mt|ft|asst|assoc|insp"
)
_OTHERS = "inc|cos?|corp|ltd|plc|dept|univ|jr|sr|bros|blvd|rd|esq|etc|al|vs|cf|(?:ed|ph)\\.d"
_STARTS = (
    "A|About|After|All|Also|An|And|As|At|But|By|For|From|He|Her|His|How|However|If|In|It|Its|Last|"
    "Many|More|Mr|Ms|Now|Once|One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|"
    "They|This|Though|To|Under|We|What|When|While|Who|Yet|You"
)
"""Words after which a full stop behind a letter is the end of a sentence."""
_URL = r"(?:https?://|www\.)[^ \t\"<>|()]+[^ \t\"<>|.!?(){},-]"
_MAIL = (
    r"[a-z0-9][^ \t\"<>|()\u00a0{}]*@(?:[^ \t\"<>|(){}.\u00a0]+\.)*[^ \t\"<>|(){}\[\].,;:\u00a0]+"
)
_TAG = (
    r"<(?:[!?][a-z-][^>]*|/[a-z][\w:.-]*|[a-z][\w:.-]*"
    r"(?: +[a-z][\w:.-]*(?: *= *(?:'[^']*'|\"[^\"]*\"|[a-z][\w:.-]*))?)* */?) *>"
)
_COMPOUND = rf"{_AN}(?:{_AN}|[.,])*(?:[-_](?:{_AN}+|[a-z](?:\.[a-z])+\.))+"
_SLASHED = r"[a-z0-9]+(?:-[a-z]+){0,2}(?:/[a-z0-9]+(?:-[a-z]+){0,2}){1,2}"
_FRACTION = r"(?:\d{1,4}[- \u00a0])?\d{1,4}[/\u2044]\d{1,4}"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"cannot(?!{_AN})|(?:gonna|gotta|lemme|gimme|wanna)(?!{_AN})|{_A}t(?:is|was)(?!{_AN})",
        rf"({_L}*(?!n){_L})n{_Q}t(?!{_L})",
        rf"n{_Q}t(?!{_L})",
        rf"{_A}(?:[msd]|re|ve|ll)(?!{_L})",
        _URL,
        _MAIL,
        _TAG,
        r"-[lr][crs]b-",
        rf"(?:{_MONTHS}|{_DAYS}|{_TITLES}|{_OTHERS})\.",
        r"((?:nos?|figs?)\.) *\d",
        r"[a-z](?:\.[a-z])*\.",
        r"[-+]?(?:\d+(?:[.:,]\d+)*|(?:[.:,]\d+)+)",
        _FRACTION,
        r"\d{1,2}[-/]\d{1,2}[-/]\d{2,4}",
        rf"{_AN}+",
        rf"{_L}{_AN}*(?:[.!?]{_L}{_AN}*)*",
        rf"({_L}{_AN}*(?:[.!?]{_L}{_AN}*)*\.)[,;:]",
        _COMPOUND,
        rf"({_COMPOUND}\.)[,;:]",
        _SLASHED,
        rf"[dol]{_Q}{_L}+|c{_A}(?:est|mon)",
        rf"{_L}+[aeiouy]{_Q}(?:[aeiou]|(?-i:[A-Z])){_L}*",
        rf"{_A}n(?:{_A}|(?!{_L}))|[ldjy]{_A}|{_A}em|{_A}[2-9]0s|{_A}till?|{_A}cause",
        r"\.{3,5}|\.(?: \.){2,4}|\u2026",
        r"[!?]+|-+|_+|@+|#+|\*+",
        rf"#{_L}+|@[a-z_][a-z_0-9]*|[a-z]*\$|<<|>>",
        r"&(?:amp|lt|gt|quot|apos|nbsp|mdash|ndash);",
        r"[<>]?[:;=][-o*']?[()dp\\{@|\[\]](?![a-z0-9])",
        r"''|``|[\u2070-\u209f\u00b9\u00b2\u00b3]+",
        r".",
    )
)
"""A group marks the part that is taken; what follows it decides how long the match is."""
_LAST_NUMBER = re.compile(r"(?<=\s)No\.$")
"""The abbreviation of number; at the beginning it is the answer no."""
_PLAIN_WORD = re.compile(r"[A-Za-z]{2,}(?= [A-Za-z]|, |$)")
"""A word before a space and another word: no longer pattern can match."""
_LINE_BREAK = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]+")
"""Characters at which the original splits a text in two, which would shift all texts after it."""
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200b\u202f\u3000]+")
_VANISHING = re.compile("[\u00ad\u2010-\u2012\ufe0f\U00010000-\U0010ffff]")
_SPLIT_WORDS = {
    "cannot": "can not", "gonna": "gon na", "gotta": "got ta", "lemme": "lem me",
    "gimme": "gim me", "wanna": "wan na", "'tis": "'t is", "'twas": "'t was",
}  # fmt: skip
_REPLACED = {
    "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-",
    "\u2026": "...", "\u2013": "--", "\u2014": "--", "\u2015": "--",
    "\u00a3": "#", "\u00a2": "cents", "\u20ac": "$",
    "\u00bc": "1/4", "\u00bd": "1/2", "\u00be": "3/4", "\u2153": "1/3", "\u2154": "2/3",
    "\u201c": "``", "\u201d": "''", "\u00ab": "``", "\u00bb": "''", "\u2018": "`", "\u201b": "`",
    "\u2039": "`", "\u203a": "'",
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "''", "&apos;": "'", "&nbsp;": "",
    "&mdash;": "--", "&ndash;": "--",
}  # fmt: skip
_DROPPED = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"])
"""Words that caption benchmarks leave out. Their list names brackets too, but in capitals, and it
is compared with words in lower case, so that brackets stay."""
_OPENS = re.compile(r"[A-Za-z][^ \t]")
_OPENS_DOUBLE = re.compile(rf"{_AN}|\$")
_SENTENCE_START = re.compile(rf" +(?:{_STARTS})(?= )")


def treebank_words(text: str) -> list[str]:
    """Splits a text into words and punctuation, in lower case.

    Line breaks count as spaces. A fraction such as ``1 1/2`` is one word that contains a
    no-break space.
    """
    line = _VANISHING.sub("", _LINE_BREAK.sub(" ", text))
    return [word for piece in _pieces(line) for word in piece.lower().split(" ") if word]


def caption_words(text: str) -> list[str]:
    """The words of a caption as BLEU, ROUGE-L and CIDEr count them, without punctuation.

    Brackets stay, as ``-lrb-`` and so on, and so do runs such as ``!!``: the published program
    keeps them.
    """
    return [word for word in treebank_words(text) if word not in _DROPPED]


def tokenize_caption(text: str) -> str:
    """`caption_words` joined by spaces, the form in which the scorers take captions."""
    return " ".join(caption_words(text))


def _pieces(line: str) -> Iterator[str]:
    position = 0
    while position < len(line):
        space = _SPACES.match(line, position)
        if space is not None:
            position = space.end()
            continue
        end = _longest(line, position)
        piece = line[position:end]
        if piece.endswith(".") and len(piece) > 1 and _SENTENCE_START.match(line, end):
            if re.fullmatch(r"[A-Za-z](?:\.[A-Za-z])*\.", piece):
                end -= 1
                piece = piece[:-1]
        yield _written(piece, line, end)
        position = end


def _longest(line: str, position: int) -> int:
    plain = _PLAIN_WORD.match(line, position) or _LAST_NUMBER.match(line, position)
    if plain is not None and plain[0].lower() not in _SPLIT_WORDS:
        return plain.end()
    longest = end = position
    for pattern in _PATTERNS:
        match = pattern.match(line, position)
        if match is not None and match.end() > longest:
            longest = match.end()
            end = match.end(match.lastindex or 0)
    return end


def _written(piece: str, line: str, end: int) -> str:
    """How a piece of a line that ends at `end` is written."""
    if piece in ('"', "&quot;"):
        return "``" if _OPENS_DOUBLE.match(line, end) else "''"
    if piece in ("'", "\u2019", "\u0092", "&apos;"):
        return "`" if _OPENS.match(line, end) else "'"
    if piece in _REPLACED:
        return _REPLACED[piece]
    if len(piece) > 1:
        if set(piece) == {"-"}:
            return "--"
        if set(piece) <= {".", " "}:
            return "..."
        for char, written in (("\u2019", "'"), ("\u0092", "'"), ("\u2018", "`"), (" ", "\u00a0")):
            piece = piece.replace(char, written)
        if piece[0] in ":;=<>" and piece[-1] in _REPLACED:
            return piece[:-1] + _REPLACED[piece[-1]]
    return _SPLIT_WORDS.get(piece.lower(), piece)
