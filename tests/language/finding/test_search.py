"""Phrases in many scenes: what is found really holds, and what cannot hold is not looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError, Scene
from scenewright.language.finding.packing import pack_entry, scene_entry, unpack_entry
from scenewright.language.finding.search import FoundObjects, SceneSearch
from tests.language.language_builders import make_room, read_room


def search(**scenes: Scene) -> SceneSearch:
    """Scenes by name, as an index gives them back."""
    entries = [scene_entry(name, scene) for name, scene in scenes.items()]
    return SceneSearch([unpack_entry(one.path, *pack_entry(one)) for one in entries])


@pytest.fixture(scope="module")
def rooms() -> SceneSearch:
    """The room; without its desk; without names; without the chair that is left of the desk."""
    return search(
        whole=make_room(), deskless=make_room(without=(2,)), nameless=make_room(labels=False),
        chairless=make_room(without=(3,)),
    )  # fmt: skip


def pairs(found: FoundObjects) -> set[tuple[str, int]]:
    return {(one.scene, one.id) for one in found.objects}


def test_a_relation_really_holds(rooms: SceneSearch) -> None:
    found = rooms.find("the red chair left of the desk")
    assert pairs(found) == {("whole", 3)}
    one = found.objects[0]
    assert one.label == "chair" and one.score > 0.4 and one.anchors == (2,)
    assert "left of desk 2" in one.why
    # In "chairless" a red chair and a desk are there, but not as the phrase says.
    assert pairs(rooms.find("the red chair")) == {
        ("whole", 3), ("whole", 5), ("deskless", 3), ("deskless", 5), ("chairless", 5),
    }  # fmt: skip


def test_scenes_that_lack_something_are_not_looked_at(rooms: SceneSearch) -> None:
    found = rooms.find("the mug on the desk")
    assert pairs(found) == {("whole", 6), ("whole", 7), ("chairless", 6), ("chairless", 7)}
    assert found.num_checked == 2 and found.num_scenes == 4
    assert found.num_objects == 10 + 9 + 10 + 9


def test_colors_and_wider_words(rooms: SceneSearch) -> None:
    assert {one.label for one in rooms.find("blue seats", top=20).objects} == {"chair", "sofa"}
    found = rooms.find("green things", top=20)
    assert pairs(found) == {
        (scene, i) for scene in ("whole", "deskless", "nameless", "chairless") for i in (7, 11)
    }


def test_nothing_matches_is_said_and_why(rooms: SceneSearch) -> None:
    found = rooms.find("the piano")
    assert found.objects == () and found.num_checked == 0
    assert found.sentence == "Nothing matches. No scene has an object like 'the piano'."
    found = rooms.find("the mug left of the piano")
    assert found.sentence == "Nothing matches. No scene has an object like 'the piano'."
    found = rooms.find("the sofa under the desk")
    assert found.objects == () and found.num_checked == 2
    assert found.sentence.startswith("Nothing matches. There is 1 sofa, but none is under desk 2")
    only = search(nameless=make_room(labels=False)).find("the chair")
    assert only.sentence.startswith("Nothing matches. No object of these scenes has a name")
    assert SceneSearch([]).find("the chair").sentence == "There are no scenes to look in."


@pytest.mark.parametrize("phrase", ["", "  ?!", "椅子在哪里", "word " * 10_000])
def test_phrases_that_cannot_be_read(rooms: SceneSearch, phrase: str) -> None:
    found = rooms.find(phrase)
    assert found.objects == () and found.sentence.endswith((".", "?"))


def test_bad_values(rooms: SceneSearch) -> None:
    with pytest.raises(ConventionError, match="top"):
        rooms.find("the chair", top=0)
    with pytest.raises(ConventionError, match="A phrase"):
        rooms.find(3)  # type: ignore[arg-type]


def test_the_best_come_first_and_no_more_than_wanted(rooms: SceneSearch) -> None:
    found = rooms.find("all mugs", top=4)
    assert len(found.objects) == 4 and found.sentence.startswith("4 objects in ")
    scores = [one.score for one in found.objects]
    assert scores == sorted(scores, reverse=True)
    assert found.num_checked < 4, "scenes that cannot be better are left out"


def test_names_from_elsewhere_lead_to_unnamed_objects() -> None:
    nameless = search(nameless=make_room(labels=False))
    ids = make_room().instances.id
    names = {"chair": np.isin(ids, [3, 4, 5]) * 0.9, "desk": (ids == 2) * 0.9}
    found = nameless.find("the red chair left of the desk", names=names)
    assert pairs(found) == {("nameless", 3)}


def test_the_approximate_engine_finds_the_same(rooms: SceneSearch) -> None:
    pytest.importorskip("usearch.index")
    other = SceneSearch(rooms.entries, engine="approximate")
    for phrase in ("the red chair left of the desk", "all mugs", "green things", "the piano"):
        assert pairs(other.find(phrase, top=20)) == pairs(rooms.find(phrase, top=20))


def test_one_scene_gives_what_the_reader_gives() -> None:
    room = make_room()
    one = search(room=room)
    for phrase in ("the largest chair", "the mug on the coffee table", "the bin near the sofa"):
        ids = read_room(room).ground(phrase).ids
        assert [found.id for found in one.find(phrase).objects] == list(ids) != []


def test_a_scene_without_objects() -> None:
    room = make_room()
    nothing = replace(room, instances=room.instances[:0], points=None)
    assert search(nothing=nothing, room=room).find("the sofa").objects[0].scene == "room"
