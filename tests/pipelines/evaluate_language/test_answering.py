"""Runs that answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.language import SymbolicLanguage
from scenewright.pipelines.evaluate_language.answering import (
    SceneShelf,
    blind_predictions,
    model_predictions,
)
from scenewright.pipelines.evaluate_language.items import LanguageItem
from tests.pipelines.evaluate_language.annotation_builders import SCENES, write_scenes


def item(scene: int, text: str, **kind: tuple[int, ...] | tuple[str, ...]) -> LanguageItem:
    return LanguageItem(SCENES[scene], "0", text, **kind)  # type: ignore[arg-type]


def test_a_model_answers_in_the_order_of_the_items(tmp_path: Path) -> None:
    shelf = SceneShelf(write_scenes(tmp_path))
    items = [
        item(1, "how many chairs are there?", answers=("3",)),
        item(0, "the sofa", object_ids=(8,)),
        item(1, "the red mug", object_ids=(9,)),
    ]
    assert model_predictions(items, shelf, SymbolicLanguage()) == ["3", (8,), (9,)]


def test_a_missing_scene_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="scene0000_00: expected a run, a scene folder"):
        SceneShelf(tmp_path).scene(SCENES[0])


def test_the_blind_run_never_learns_from_the_scene_that_it_answers() -> None:
    items = [item(0, "what is it", answers=("a",)), item(1, "what is it", answers=("b",))]
    assert blind_predictions(items, None) == (["b", "a"], ["b", "a"])
    assert blind_predictions(items[:1], None) is None
    assert blind_predictions(items[:1], items) is not None


def test_ids_are_answers_too() -> None:
    train = [item(0, "the chair", object_ids=(3, 4)), item(0, "the sofa", object_ids=())]
    found = blind_predictions([item(1, "the chair", object_ids=(9,))], train)
    assert found is not None and found[0] == [(3, 4)]
