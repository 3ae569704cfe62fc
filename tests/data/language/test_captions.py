"""Descriptions of objects: grouped from sentences, both ways, and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.data.language import (
    ScanReferSentence,
    group_captions,
    read_scan2cap,
    write_scan2cap,
)


def test_sentences_are_grouped_by_object() -> None:
    sentences = [
        ScanReferSentence("s", 3, "chair", 0, "one"),
        ScanReferSentence("s", 4, "desk", 0, "two"),
        ScanReferSentence("s", 3, "chair", 1, "three"),
    ]
    groups = group_captions(sentences)
    assert [(one.key, one.texts) for one in groups] == [
        ("s|3", ("one", "three")), ("s|4", ("two",)),
    ]  # fmt: skip
    assert group_captions(sentences, with_names=True)[0].key == "s|3|chair"


def test_both_ways(tmp_path: Path) -> None:
    value = {"scene0000_00|7": ["sos a chair eos"], "scene0000_00|8|a|b": ["x", "y"]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    captions = read_scan2cap(path)
    assert captions[0].object_id == 7 and captions[1].object_name == "a|b"
    write_scan2cap(tmp_path / "b.json", captions)
    assert json.loads((tmp_path / "b.json").read_text()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected an object, got a list"),
        ('{"scene": ["a"]}', "key 'scene': expected scene|object"),
        ('{"scene|x": ["a"]}', "expected scene|object or scene|object|name, got scene|x"),
        ('{"scene|1": "a"}', "field scene|1: expected a list, got 'a'"),
        ('{"scene|1": []}', "field scene|1: expected at least one text, got none"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_scan2cap(path)
    assert message in str(caught.value) and str(path) in str(caught.value)
