"""The index on disk: what is put in comes back; damage is told."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FeatureColumn, FormatError, OutputError
from scenewright.language.finding.packing import SceneEntry, scene_entry
from scenewright.language.finding.store import INDEX_FILE, SceneStore
from tests.language.language_builders import make_room


def entry(path: str = "/a/room", **changes: bool) -> SceneEntry:
    scene = make_room(**changes)  # type: ignore[arg-type]
    vectors = np.eye(len(scene.instances), 16, dtype=np.float32)
    column = FeatureColumn(vectors, "embed/clip")
    table = replace(scene.instances, features={"clip": column})
    return scene_entry(path, replace(scene, instances=table))


def test_what_is_put_in_comes_back(tmp_path: Path) -> None:
    first = entry()
    store = SceneStore(tmp_path / "index")
    store.put(first, "state 1")
    store.put(entry("/b/room"), "state 2")
    store.close()
    store = SceneStore(tmp_path / "index")
    assert store.fingerprints() == {"/a/room": "state 1", "/b/room": "state 2"}
    back = store.entries()[0]
    assert back.path == "/a/room"
    for name in ("id", "is_object", "low", "high", "sizes", "colors", "ratios", "center", "gaps",
                 "overlaps"):  # fmt: skip
        assert np.array_equal(getattr(back.facts, name), getattr(first.facts, name)), name
    for name in ("labels", "names", "candidates", "notes", "meter", "is_metric"):
        assert getattr(back.facts, name) == getattr(first.facts, name), name
    assert back.facts.supports is not None and first.facts.supports is not None
    assert np.allclose(back.facts.supports, first.facts.supports, atol=1e-6)
    assert first.facts.supports.max() > 0.9
    assert np.allclose(back.vectors, first.vectors, atol=1e-3)
    assert np.array_equal(back.pictures["embed/clip"], first.pictures["embed/clip"])
    assert [one.path for one in store.entries({"/b/room"})] == ["/b/room"]


def test_scenes_are_replaced_and_dropped(tmp_path: Path) -> None:
    store = SceneStore(tmp_path)
    store.put(entry(), "old")
    store.put(entry(colors=False), "new")
    assert store.fingerprints() == {"/a/room": "new"}
    assert not store.entries()[0].facts.has_colors
    store.drop("/a/room")
    store.drop("/never/there")
    assert store.entries() == []


def test_vectors_of_words_are_kept(tmp_path: Path) -> None:
    store = SceneStore(tmp_path)
    vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
    store.put_word_vectors("embed/clip", ["chair", "desk"], vectors)
    found = store.word_vectors("embed/clip", ["desk", "sofa"])
    assert list(found) == ["desk"] and found["desk"].tolist() == [3, 4, 5]
    assert store.word_vectors("embed/siglip2", ["desk"]) == {}


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(OutputError, match=r"letter\.txt"):
        SceneStore(tmp_path / "mine")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / INDEX_FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(FormatError, match="an index of 'scenewright find'"):
        SceneStore(tmp_path / "damaged")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        SceneStore(tmp_path / "file")


def test_another_version_is_refused(tmp_path: Path) -> None:
    store = SceneStore(tmp_path)
    store.close()
    with sqlite3.connect(tmp_path / INDEX_FILE) as database:
        database.execute("UPDATE facts SET value = '0.9' WHERE name = 'version'")
    with pytest.raises(FormatError, match=r"0\.9"):
        SceneStore(tmp_path)


def test_a_damaged_entry_is_told(tmp_path: Path) -> None:
    store = SceneStore(tmp_path)
    store.put(entry(), "state")
    store.close()
    with sqlite3.connect(tmp_path / INDEX_FILE) as database:
        database.execute("UPDATE scenes SET arrays = x'00112233445566778899'")
    with pytest.raises(FormatError, match=r"The entry of /a/room"):
        SceneStore(tmp_path).entries()
