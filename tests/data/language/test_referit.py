"""Sentences of Nr3D and Sr3D: both ways, and tables that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.data.language import read_referit, write_referit

SR3D = (
    "scan_id,target_id,distractor_ids,utterance,reference_type,instance_type,anchor_ids,dataset\n"
    'scene0001_00,5,"[6, 7]","the chair, near the desk",closest,chair,"[9, 2]",sr3d\n'
)
NR3D = (
    "assignmentid,scan_id,target_id,utterance,instance_type,correct_guess\n"
    "42,scene0002_00,3,The big one,desk,True\n"
)


def test_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "sr3d.csv"
    path.write_text(SR3D)
    (sentence,) = read_referit(path)
    assert sentence.object_ids == (5,) and sentence.text == "the chair, near the desk"
    assert sentence.anchor_ids == (9, 2) and sentence.relation == "closest"
    assert sentence.other == {"distractor_ids": "[6, 7]", "dataset": "sr3d"}
    write_referit(tmp_path / "again.csv", [sentence])
    assert read_referit(tmp_path / "again.csv") == [sentence]


def test_sentences_of_people(tmp_path: Path) -> None:
    path = tmp_path / "nr3d.csv"
    path.write_text(NR3D)
    (sentence,) = read_referit(path)
    assert sentence.object_name == "desk" and sentence.anchor_ids == ()
    assert sentence.other["correct_guess"] == "True"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target_id", "target", "record 0, field target_id: expected a value, got nothing"),
        (",5,", ",five,", "record 0, field target_id: expected an integer of at least 0"),
        ("[9, 2]", "open(1)", "field anchor_ids: expected a list of integers, got 'open(1)'"),
        ("[9, 2]", "['a']", "field anchor_ids: expected an integer of at least 0, got 'a'"),
    ],
)
def test_wrong_tables(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "sr3d.csv"
    path.write_text(SR3D.replace(old, new, 1))
    with pytest.raises(FormatError) as caught:
        read_referit(path)
    assert message in str(caught.value) and str(path) in str(caught.value)


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected at least one sentence, got none"):
        write_referit(tmp_path / "a.csv", [])
