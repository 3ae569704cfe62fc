"""Questions as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError
from scenewright.language.lexicon import Lexicon
from scenewright.language.question_units import UnitObjects, match_units, name_scores, read_units
from scenewright.language.vocabulary import ANSWERS, UNKNOWN, Vocabulary
from scenewright.training.tasks.language.shards import (
    Asking,
    answer_number,
    asked_scene,
    make_shard,
    most_objects,
    packed,
    read_shard,
    with_pronoun,
)
from scenewright.training.tasks.language.words import training_vocabulary
from scenewright.worlds.language.drawing import WorldQuestion
from scenewright.worlds.language.questions import FAMILIES_OF_QUESTIONS, questions_about
from tests.training.tasks.language.layout_builders import small_layout


def test_words_of_training_are_known_and_held_out_pairs_are_left_out() -> None:
    words, unknown, count = training_vocabulary(), [], 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        scene = asked_scene(small_layout(), rng, Asking(10))
        assert scene is not None
        for units in scene.units:
            unknown += [unit.text for unit in units if not words.knows(unit)]
            count += len(units)
    assert len(unknown) < 0.02 * count, unknown
    pairs = [one.held_out_pair for one in questions_about(small_layout().truth, per_family=9)]
    assert any(pairs)


def test_objects_and_answers_are_those_of_the_questions() -> None:
    asking = Asking(24, paraphrase=False, tries=40)
    scene = asked_scene(small_layout(), np.random.default_rng(0), asking)
    assert scene is not None
    truth = small_layout().truth
    for number, family in enumerate(scene.family):
        answer, meant = ANSWERS[scene.answer[number]], scene.meant[number]
        name = FAMILIES_OF_QUESTIONS[family]
        if name.startswith("count"):
            assert int(answer) == meant.sum()
        if name == "color":
            assert answer == ANSWERS[answer_number(WorldQuestion("", "", (), answer))]
            assert scene.subject[number] == int(np.flatnonzero(meant)[0])
        if name == "attribute":
            color = next(u for u in scene.units[number] if u.kind == "color")
            assert truth.has_color(int(np.flatnonzero(meant)[0]), str(color.value))


def test_shards_come_back_and_others_are_refused(tmp_path: Path) -> None:
    words, path = training_vocabulary(), tmp_path / "a.safetensors"
    make_shard(path, [small_layout()], words, number=1, scenes=2, questions=4)
    found = read_shard(path, words)
    assert found["word"].shape[:2] == (2, 4) and found["fits"].shape[-1] == most_objects(1)
    assert (found["word"][found["kind"] > 2] == UNKNOWN).all()
    assert found["unit_known"].sum() > 8 and found["known"].sum(-1).max() <= 11
    again = tmp_path / "b.safetensors"
    make_shard(again, [small_layout()], words, number=1, scenes=2, questions=4)
    assert again.read_bytes() == path.read_bytes()
    with pytest.raises(FormatError, match="the same words"):
        read_shard(path, Vocabulary(["a"]))


def test_scenes_of_which_too_little_can_be_asked() -> None:
    assert asked_scene(small_layout(), np.random.default_rng(0), Asking(999)) is None
    scenes = [asked_scene(small_layout(), np.random.default_rng(i), Asking(3)) for i in (1, 2)]
    arrays = packed([one for one in scenes if one], training_vocabulary(), most=16)
    assert arrays["meant"].shape == (2, 3, 16)


def test_a_name_of_one_object_becomes_it() -> None:
    names = ["desk", "mug", "mug"]
    objects = UnitObjects(np.arange(3), name_scores(names), np.zeros((3, 12)), np.ones(3, bool))
    units = read_units("how many mugs are on the desk?", Lexicon(names))
    said, fits = with_pronoun(units, match_units(units, objects))
    assert [unit.text for unit in said] == ["ask count", "mugs", "are", "relation on", "it"]
    assert fits[-1].tolist() == [1, 0, 0] and len(fits) == len(said)
    units = read_units("the mugs", Lexicon(names))
    assert with_pronoun(units, match_units(units, objects))[0] == units


def test_some_families_alone_can_be_asked() -> None:
    asking = Asking(4, families=("color", "verify color", "attribute"))
    scene = asked_scene(small_layout(), np.random.default_rng(0), asking)
    assert scene is not None
    assert {FAMILIES_OF_QUESTIONS[one] for one in scene.family} <= set(asking.families)
