"""Files that name masks by id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import FormatError
from scenewright.models.classical.mask_names import category_names, read_names


def write(folder: Path, content: object) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "content",
    [
        {"1": "chair", "7": "cup", "9": None},
        {"1": {"class_name": "chair", "x1": 4}, "7": {"label": " cup "}, "9": {}},
        [{"id": 1, "name": "chair"}, {"id": 7, "name": "cup"}, {"id": 9, "name": ""}],
        {"labels": {"1": "chair", "7": {"category_name": "cup"}, "9": ""}, "width": 8},
        {
            "categories": [
                {"id": 1, "name": "chair"},
                {"id": 7, "name": "cup"},
                {"id": "9", "name": ""},
            ]
        },
    ],
)
def test_every_form_says_the_same(tmp_path: Path, content: object) -> None:
    names = read_names(write(tmp_path, content))
    assert names.labels == {1: "chair", 7: "cup", 9: ""}
    assert names.scores == {}


def test_scores(tmp_path: Path) -> None:
    content = {"1": {"label": "chair", "score": 0.25}, "2": {"label": "cup"}}
    names = read_names(write(tmp_path, content))
    assert names.scores == {1: 0.25}
    assert names.labels == {1: "chair", 2: "cup"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (3, ": expected labels by id, or a list of objects with id and name, got 3"),
        (
            {"chair": 1},
            ': expected ids as whole numbers, got \'chair\'. Write the id first: {"1": "chair"}.',
        ),
        ({"1": 5}, ", id 1: expected a label as text, got 5"),
        ({"1": {"label": ["a"]}}, ", id 1: expected a label as text, got ['a']"),
        ({"1": "a", "01": "b"}, ": expected each id once, got 1 twice"),
        ({"1": {"label": "a", "score": 2}}, ", id 1: expected a score in [0, 1], got 2"),
        ({"1": {"label": "a", "score": True}}, ", id 1: expected a score in [0, 1], got True"),
        (["chair"], ": expected objects with id and name, got 'chair'"),
    ],
)
def test_bad_files(tmp_path: Path, content: Any, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(FormatError) as caught:
        read_names(path)
    assert str(caught.value) == f"Labels {path}{message}"


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        ({"1": "chair"}, "x.json: expected categories as a list, got {'1': 'chair'}"),
        ([{"id": 1}], "x.json: expected objects with id and name, got {'id': 1}"),
        (
            [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}],
            "x.json: expected each category once, got id 1 twice",
        ),
        ([{"id": 1, "name": 2}], "x.json, category 1: expected a label as text, got 2"),
        (
            [{"id": True, "name": "a"}],
            'x.json: expected ids as whole numbers, got True. Write the id first: {"1": "chair"}.',
        ),
    ],
)
def test_bad_categories(categories: object, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        category_names(categories, "x.json")
    assert str(caught.value) == message
