"""Names by vectors of pictures: a stand-in encoder whose vectors of words and objects are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, FeatureColumn, MaskSet, Scene
from scenewright.language.finding import SceneSearch, SceneStore
from scenewright.language.finding.packing import SceneEntry, scene_entry
from scenewright.language.question_parser import Unreadable
from scenewright.pipelines.find.names_by_pictures import picture_names
from tests.language.language_builders import make_room

MODEL = "embed/clip"
THINGS = ("chair", "desk", "kettlebell")


class StandIn:
    """Encodes texts that hold one of `THINGS` as its axis, others as the last axis."""

    dim = 4

    def __init__(self) -> None:
        self.num_texts = 0

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        raise AssertionError("no image is read here")

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        self.num_texts += len(texts)
        axes = [next((i for i, w in enumerate(THINGS) if f" {w}" in text), 3) for text in texts]
        return np.eye(4, dtype=np.float32)[axes]


def pictured() -> Scene:
    """The room without names; chairs, desk and bin 11 (a kettlebell) were seen in pictures."""
    scene = make_room(labels=False)
    shows = {3: 0, 4: 0, 5: 0, 2: 1, 11: 2}
    rows = np.zeros((len(scene.instances), 4), np.float32)
    for row, number in enumerate(scene.instances.id.tolist()):
        if number in shows:
            rows[row, shows[number]] = 1
    table = replace(scene.instances, features={"clip": FeatureColumn(rows, MODEL)})
    return replace(scene, instances=table)


def found_ids(phrase: str, entry: SceneEntry, store: SceneStore | None = None) -> list[int]:
    search = SceneSearch([entry])
    query = search.read(phrase)
    assert not isinstance(query, Unreadable)
    names = picture_names(query, [entry], model=MODEL, encoder=StandIn(), store=store)
    return [one.id for one in search.find(phrase, names=names).objects]


def test_relations_hold_between_objects_that_only_pictures_name() -> None:
    entry = scene_entry("room", pictured())
    assert found_ids("the red chair left of the desk", entry) == [3]
    assert found_ids("the kettlebell", entry) == [11]
    assert found_ids("the green kettlebell near the desk", entry) == []


def test_vectors_of_words_are_kept(tmp_path: Path) -> None:
    entry, store, encoder = scene_entry("room", pictured()), SceneStore(tmp_path), StandIn()
    query = SceneSearch([entry]).read("the kettlebell")
    assert not isinstance(query, Unreadable)
    for _ in range(2):
        found = picture_names(query, [entry], model=MODEL, encoder=encoder, store=store)
        assert found["kettlebell"].max() > 0.9
        first = encoder.num_texts
    assert first > 300 and encoder.num_texts == first


def test_scenes_without_such_vectors() -> None:
    plain = scene_entry("room", make_room())
    with pytest.raises(ConventionError, match="scenewright name SCENE OUT --model embed/clip"):
        found_ids("the chair", plain)
    short = replace(plain, pictures={MODEL: np.ones((len(plain.facts), 3), np.float32)})
    with pytest.raises(ConventionError, match="length 4"):
        found_ids("the chair", short)
