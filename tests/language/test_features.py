"""Colors and sizes of objects, and their column in the scene folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Asset
from scenewright.core.color_names import COLOR_WORDS
from scenewright.io import load_scene, save
from scenewright.language.features import (
    COLOR_FEATURE,
    COLOR_MODEL,
    color_phrase,
    describe_objects,
    object_colors,
    size_ratios,
    size_word,
    with_color_words,
)
from tests.builders import make_cube
from tests.language.language_builders import boxes_only, make_room


def test_colors_come_from_points() -> None:
    shares = object_colors(make_room())
    words = [COLOR_WORDS[i] for i in shares.argmax(axis=1)]
    assert words == ["white", "brown", "red", "blue", "red", "white", "green", "blue", "red",
                     "black", "green"]  # fmt: skip
    assert shares.sum(axis=1) == pytest.approx(np.ones(11))


def test_colors_come_from_meshes_and_are_zero_where_unknown() -> None:
    scene = boxes_only(make_room())
    assert not object_colors(scene).any()
    cube = make_cube()
    red = np.tile(np.array([200, 30, 30], np.uint8), (len(cube.vertices), 1))
    scene = replace(scene, assets={8: Asset(replace(cube, vertex_colors=red), np.eye(4))})
    shares = object_colors(scene)
    assert shares[7, COLOR_WORDS.index("red")] > 0.95
    assert not shares[:7].any()


def test_the_column_is_saved_with_the_scene(tmp_path: Path) -> None:
    scene = make_room()
    save(with_color_words(scene), tmp_path / "room")
    loaded = load_scene(tmp_path / "room")
    column = loaded.instances.features[COLOR_FEATURE]
    assert column.model == COLOR_MODEL and column.known.all()
    without = replace(loaded, points=None)
    assert object_colors(without) == pytest.approx(object_colors(scene), abs=1e-5)


def test_color_phrases() -> None:
    shares = np.zeros(12)
    assert color_phrase(shares) == ""
    shares[[0, 9]] = 0.6, 0.4
    assert color_phrase(shares) == "red and black"
    shares[[0, 9]] = 0.8, 0.2
    assert color_phrase(shares) == "red"


def test_sizes_are_relative_to_the_class() -> None:
    ratios = size_ratios(["mug", "cup", "sofa", "gizmo", ""], np.array([0.2, 0.1, 2.0, 5.0, 1.0]))
    assert ratios == pytest.approx([2.0, 0.5, 1.0, 1.0, 1.0])
    assert [size_word(ratio, 1.0, is_named=True) for ratio in (2.0, 0.5, 1.0)] == [
        "large", "small", "medium-sized",
    ]  # fmt: skip
    assert [size_word(1.0, length, is_named=False) for length in (0.1, 0.5, 2.0)] == [
        "small", "medium-sized", "large",
    ]  # fmt: skip


def test_descriptions_of_all_objects() -> None:
    found = describe_objects(make_room())
    assert found[4] == ("red", "large")
    assert found[1] == ("brown", "medium-sized")
