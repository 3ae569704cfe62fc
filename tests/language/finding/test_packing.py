"""Entries of scenes as bytes: nothing that programs need is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenewright.core import FormatError
from scenewright.language.finding.packing import pack_entry, scene_entry, unpack_entry
from scenewright.language.symbolic import SymbolicReader
from tests.language.language_builders import make_room, read_room

PHRASES = (
    "the mug on the desk", "the red chair left of the desk", "the largest chair",
    "the chair that is not red", "everything near the sofa", "the mugs in the room",
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES)
def test_programs_find_the_same(phrase: str) -> None:
    room = make_room()
    kept = unpack_entry("room", *pack_entry(scene_entry("room", room)))
    assert all(not len(points) for points in kept.facts.samples)
    assert SymbolicReader(kept.facts).ground(phrase).ids == read_room(room).ground(phrase).ids


def test_scenes_of_unknown_scale_and_up_keep_their_notes() -> None:
    room = replace(make_room(), is_metric=False, up=None)
    kept = unpack_entry("room", *pack_entry(scene_entry("room", room))).facts
    assert not kept.is_metric and len(kept.notes) == 2
    assert kept.meter == pytest.approx(scene_entry("room", room).facts.meter)


def test_labels_of_any_letters() -> None:
    room = make_room(renamed={3: "стул", 4: '椅子 "quoted"'})
    kept = unpack_entry("room", *pack_entry(scene_entry("room", room)))
    assert kept.facts.labels[2:4] == ("стул", '椅子 "quoted"')


def test_damage_is_told() -> None:
    arrays, words = pack_entry(scene_entry("room", make_room()))
    for wrong in ((arrays[:50], words), (arrays, "{"), (arrays, "{}")):
        with pytest.raises(FormatError, match="The entry of room in the index"):
            unpack_entry("room", *wrong)
