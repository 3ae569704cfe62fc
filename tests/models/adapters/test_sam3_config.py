"""Configuration of the masks of concepts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.models import create, registry
from scenewright.models.adapters.sam3_config import ConceptMaskConfig


def test_concepts_are_cleaned_of_spaces() -> None:
    assert ConceptMaskConfig([" chair", "coffee \n table "]).concepts == ("chair", "coffee table")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"concepts": []},
            "concepts: expected at least one word, got none. Say what to look for: "
            'concepts=["chair", "table"] (--concepts "chair, table").',
        ),
        ({"concepts": "chair"}, "concepts: expected a list of words, got 'chair'"),
        ({"concepts": ["chair", " "]}, "concepts: expected words, got ' '"),
        ({"concepts": ["chair", 3]}, "concepts: expected words, got 3"),
        ({"concepts": ["a  b", "c", "a b"]}, "concepts: expected each word once, got 'a b' twice"),
        ({"concepts": ["a"], "min_area": 0}, "min_area: expected 1 or more, got 0"),
        (
            {"concepts": ["a"], "min_score": 1.5},
            "min_score: expected 0 to 1, got 1.5",
        ),
        ({"concepts": ["a"], "suppress_iou": -1}, "suppress_iou: expected 0 to 1, got -1"),
    ],
)
def test_bad_configurations(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        ConceptMaskConfig(**changes)
    assert str(caught.value) == message


def test_fields_are_options_of_the_backend() -> None:
    pytest.importorskip("transformers")
    names = registry.option_names("masks/sam3")
    assert {field.name for field in fields(ConceptMaskConfig)} <= set(names)
    assert {"config", "weights", "sha256", "device", "dtype"} <= set(names)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'concepts'\?"):
        create("masks/sam3", concept=["chair"])
    with pytest.raises(ConventionError, match=r"^concepts: expected at least one word, got none"):
        create("masks/sam3", weights="file:/nowhere")
