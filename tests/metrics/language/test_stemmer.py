"""English stems: the examples and the exceptions of the published algorithm."""

from __future__ import annotations

import pytest

from scenewright.metrics.language._stemmer import stem


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("chair chairs", "chair"),
        ("standing stands stand", "stand"),
        ("hopping hop", "hop"),
        ("hoping hope", "hope"),
        ("rational", "ration"),
        ("generate generating", "generat"),
        ("general", "general"),
        ("happily", "happili"),
        ("cries cried cry", "cri"),
        ("ties dying", None),
        ("gas", "gas"),
        ("succeed", "succeed"),
        ("news", "news"),
        ("yellowish", "yellowish"),
        ("sky skies", "sky"),
        ("agreed", "agre"),
        ("luxuriating", "luxuri"),
        ("relational", "relat"),
        ("is", "is"),
        ("desk's", "desk"),
    ],
)
def test_stems(words: str, expected: str | None) -> None:
    found = [stem(word) for word in words.split()]
    assert found == (["tie", "die"] if expected is None else [expected] * len(found))
