"""Questions that are answered by yes or no, and adjectives that nothing is known about."""

from __future__ import annotations

import pytest

from scenewright.language import SymbolicReader
from tests.language.language_builders import read_room


@pytest.fixture(scope="module")
def reader() -> SymbolicReader:
    return read_room()


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("is the sofa comfortable?", "comfortable"),
        ("are all mugs expensive?", "expensive"),
        ("is the sofa comfortable and red?", "comfortable"),
        ("how expensive is the sofa?", "expensive"),
        ("which is more expensive, the bin or the sofa?", "more expensive"),
        ("is the bin more expensive than the sofa?", "more expensive"),
        ("what is the most expensive object?", "most expensive"),
    ],
)  # fmt: skip
def test_adjectives_that_are_not_known_are_no_names(
    reader: SymbolicReader, question: str, word: str
) -> None:
    answer = reader.ask(question)
    assert answer.kind == "unclear" and not answer.is_found and answer.ids == ()
    assert answer.sentence.startswith("I did not understand") and f"'{word}'" in answer.sentence
    assert "'red'" not in answer.sentence and "'sofa'" not in answer.sentence


@pytest.mark.parametrize(
    ("question", "text", "ids"),
    [
        ("does chair 3 stand left of the desk?", "yes", (3,)),
        ("does the sofa have the color red?", "no", (8,)),
        ("does the coffee table have a mug on it?", "yes", (10,)),
        ("is the sofa a kettle?", "no", (8,)),
    ],
)
def test_yes_and_no(reader: SymbolicReader, question: str, text: str, ids: tuple[int, ...]) -> None:
    answer = reader.ask(question)
    assert (answer.text, tuple(sorted(answer.ids))) == (text, ids)
