"""Words and terms."""

from __future__ import annotations

import pytest

from scenewright.language.lexicon import (
    RELATIONS,
    Lexicon,
    class_name,
    name_match,
    singular,
    split_words,
)


def kinds(text: str, *labels: str) -> list[tuple[str, object]]:
    return [(term.kind, term.value) for term in Lexicon(labels).terms(split_words(text))]


def test_splitting() -> None:
    assert split_words("What's the Chair\u2019s color? <OBJ007>, #12") == [
        "what", "is", "the", "chair", "color", "?", "#7", ",", "#12",
    ]  # fmt: skip
    assert split_words("\x00\ud800 ..") == [".", "."]


@pytest.mark.parametrize(
    ("plural", "one"),
    [("chairs", "chair"), ("boxes", "box"), ("shelves", "shelf"), ("benches", "bench"),
     ("batteries", "battery"), ("glass", "glass"), ("this", "this"), ("vases", "vase"),
     ("bus", "bus")],
)  # fmt: skip
def test_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_names_are_led_to_the_usual_one() -> None:
    assert class_name("Couches") == "sofa"
    assert class_name("coffee_table") == "coffee table"
    assert class_name("trash can") == "bin"
    assert class_name("Espresso machines") == "espresso machine"
    assert class_name("") == ""


@pytest.mark.parametrize(
    ("word", "label", "score"),
    [("sofa", "sofa", 1.0), ("table", "coffee table", 1.0), ("table", "table lamp", 0.0),
     ("lamp", "floor lamp", 1.0), ("seat", "stool", 1.0), ("seat", "table", 0.0),
     ("office table", "table", 0.6), ("chair", "", 0.0), ("", "chair", 0.0)],
)  # fmt: skip
def test_matches_of_names(word: str, label: str, score: float) -> None:
    assert name_match(word, label) == score


def test_terms_are_as_long_as_possible() -> None:
    assert kinds("the chair to the left of the tv stand") == [
        ("determiner", "the"), ("class", "chair"), ("relation", "left"), ("determiner", "the"),
        ("class", "tv stand"),
    ]  # fmt: skip
    assert kinds("light blue mugs in the room")[:2] == [("color", "blue"), ("class", "mug")]
    assert kinds("mugs in the room")[1] == ("filler", "in the room")
    assert kinds("third 4th 12 #5") == [("ordinal", 3), ("ordinal", 4), ("number", 12), ("id", 5)]


def test_a_number_after_a_noun_is_an_id() -> None:
    assert kinds("chair 7") == [("class", "chair"), ("id", 7)]
    assert kinds("7 chairs") == [("number", 7), ("class", "chair")]
    assert kinds("object 7") == [("thing", "object"), ("id", 7)]


def test_labels_of_the_scene_are_names() -> None:
    assert kinds("the flux capacitors") == [
        ("determiner", "the"), ("word", "flux"), ("word", "capacitors"),
    ]  # fmt: skip
    assert kinds("the flux capacitors", "Flux_Capacitor")[1] == ("class", "flux capacitor")


def test_relations_have_words() -> None:
    assert {"left", "on", "between", "nearest"} <= set(RELATIONS)
