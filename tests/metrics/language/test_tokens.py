"""Words of captions: contractions, punctuation, abbreviations, numbers, symbols."""

from __future__ import annotations

import pytest

from scenewright.metrics import tokenize_caption
from scenewright.metrics.language.tokens import caption_words, treebank_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The lamp isn't on.", "the lamp is n't on ."),
        ("Can't you? I cannot", "ca n't you ? i can not"),
        ("the shelf\u2019s \u201ctop\u201d", "the shelf 's `` top ''"),
        ("a desk (brown), [old] {x}", "a desk -lrb- brown -rrb- , -lsb- old -rsb- -lcb- x -rcb-"),
        ("an L-shaped well-lit room--quiet", "an l-shaped well-lit room -- quiet"),
        ("near... far!! why?!", "near ... far !! why ?!"),
        ("0.5m or 5m", "0.5 m or 5m"),
        ("1 1/2 or \u00bd", "1 1/2 or 1/2".replace("1 1/2", "1\u00a01/2")),
        ("Mr. Hill at 5 p.m. etc.", "mr. hill at 5 p.m. etc."),
        ("no. 7, or no", "no. 7 , or no"),
        ("No.", "no ."),
        ("wood/metal and <OBJ007>.", "wood/metal and <obj007> ."),
        ("50% of \u20ac5 &amp; \u00a33", "50 % of $ 5 & # 3"),
        ("it\r\nis\u2028here", "it is here"),
        ("a \U0001f600 face", "a face"),
        ("y'all o'clock 'em '90s", "y' all o'clock 'em '90s"),
        ("plan A. The end", "plan a . the end"),
        ("", ""),
    ],
)
def test_words_and_punctuation(text: str, words: str) -> None:
    assert " ".join(treebank_words(text)) == words


def test_punctuation_is_dropped_and_brackets_stay() -> None:
    assert caption_words("A (red) chair, isn't it?") == [
        "a", "-lrb-", "red", "-rrb-", "chair", "is", "n't", "it",
    ]  # fmt: skip
    assert tokenize_caption("Wow!! Two -- no, 'three'; done.") == "wow !! two no three done"
    assert tokenize_caption(" . ") == ""


def test_a_very_long_text_takes_no_longer_than_its_length_demands() -> None:
    assert len(caption_words("chair, table. " * 5000)) == 10000
    assert caption_words("x" * 5000) == ["x" * 5000]
