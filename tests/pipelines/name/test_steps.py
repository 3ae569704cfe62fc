"""Words to choose from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scenewright.core import ConventionError, FormatError, UnknownNameError
from scenewright.models import create
from scenewright.pipelines.name.steps import name, read_words
from scenewright.worlds.language.scenes import true_scene
from tests.language.language_builders import make_room
from tests.models.tiny.names_builders import make_world


def test_words(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("chair\n\n coffee  table\nchair\n")
    assert read_words(str(tmp_path / "words.txt")) == ("chair", "coffee table")
    assert read_words("a, b,a") == ("a", "b") == read_words(["a", "b"])
    assert len(read_words(None)) > 300
    with pytest.raises(ConventionError, match="--words: expected at least one word, got none"):
        read_words(" , ")


def test_files_of_words_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    with pytest.raises(FormatError) as error:
        read_words(str(path))
    expected = f"{path}: expected a text file in UTF-8 with a word per line"
    assert str(error.value) == f"{expected}, got no such path"
    path.write_bytes("caf\u00e9 table\n".encode("latin-1"))
    with pytest.raises(FormatError) as error:
        read_words(str(path))
    assert str(error.value) == (
        f"{expected}, got one that cannot be read (UnicodeDecodeError: 'utf-8' codec can't decode "
        "byte 0xe9 in position 3: invalid continuation byte)"
    )


@pytest.mark.parametrize(
    ("word", "near"),
    [("couch", "sofa"), ("plant", "plant pot"), ("Tabel", "table"), ("qqq", None)],
)
def test_a_word_that_a_model_of_shapes_does_not_know(word: str, near: str | None) -> None:
    known = ", ".join(create("names/tiny").words)
    with pytest.raises(UnknownNameError) as error:
        name(make_room(), words=f"Chair, {word}")
    advice = "Other words need --model embed/siglip2 or embed/clip."
    hint = f"Did you mean '{near}'? " if near else ""
    assert str(error.value) == f"Word '{word}': expected one of {known}. {hint}{advice}"


def test_words_are_found_in_any_case() -> None:
    scene = true_scene(make_world())
    bare = replace(scene, instances=replace(scene.instances, label=("",) * 6))
    assert name(bare, words="BED").instances.label == name(bare, words="bed").instances.label
    assert "bed" in name(bare, words="BED").instances.label
