"""Scenes that are searched: read once, read again when they changed, left out when damaged."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scenewright.core import ConventionError, FormatError
from scenewright.io import save
from scenewright.language.finding import SceneStore
from scenewright.pipelines.find.catalog import fingerprint, open_catalog, scenes_at, shown_path
from tests.language.language_builders import make_room


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    folder = tmp_path / "rooms"
    for name in ("a", "b"):
        save(make_room(), folder / name)
    save(make_room(), folder / "run" / "scene")
    save(make_room(), folder / "boxes.json")
    return folder


def names(paths: list[Path] | list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_a_folder_stands_for_its_scenes(rooms: Path) -> None:
    assert names(scenes_at(rooms)) == ["a", "b", "boxes.json", "run"]
    assert names(scenes_at(rooms / "run")) == ["run"]
    (rooms / "a" / "assets").mkdir(exist_ok=True)
    for wrong in (rooms / "missing", rooms / "a" / "assets"):
        with pytest.raises(FormatError):
            scenes_at(wrong)


def test_without_an_index_everything_is_read(rooms: Path) -> None:
    catalog = open_catalog([rooms, rooms / "a"], None)
    assert names([one.path for one in catalog.entries]) == ["a", "b", "boxes.json", "run"]
    assert catalog.num_read == 4 and catalog.notes == ()


def test_an_index_is_read_once_and_kept_up_to_date(rooms: Path, tmp_path: Path) -> None:
    store = SceneStore(tmp_path / "index")
    assert open_catalog([rooms], store).num_read == 4
    again = open_catalog([], store)
    assert again.num_read == 0 and len(again.entries) == 4 and again.notes == ()
    save(make_room(labels=False), rooms / "a", overwrite=True)
    shutil.rmtree(rooms / "b")
    catalog = open_catalog([], store)
    assert catalog.num_read == 1 and len(catalog.entries) == 3
    assert not next(one for one in catalog.entries if one.path.endswith("a")).facts.has_names
    assert catalog.notes[0].startswith("1 scene changed since the index was made, and read again:")
    assert catalog.notes[1].startswith("1 scene no longer there")
    assert len(store.fingerprints()) == 3
    assert open_catalog([], store).notes == ()
    assert len(open_catalog([rooms / "run"], store).entries) == 1, "only what was given"


def test_a_damaged_scene_is_left_out_with_a_note(rooms: Path, tmp_path: Path) -> None:
    (rooms / "a" / "scene.json").write_text("{")
    store = SceneStore(tmp_path / "index")
    for kept in (None, store):
        catalog = open_catalog([rooms], kept)
        assert len(catalog.entries) == 3
        assert len(catalog.notes) == 1 and "scene.json" in catalog.notes[0]
        with pytest.raises(FormatError, match="None of 1 scene could be read"):
            open_catalog([rooms / "a"], kept)


def test_nowhere_to_look(tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match="--index"):
        open_catalog([], None)
    assert open_catalog([], SceneStore(tmp_path)).entries == ()


def test_fingerprints_follow_the_files(rooms: Path) -> None:
    before = fingerprint(rooms / "run")
    assert before == fingerprint(rooms / "run") != fingerprint(rooms / "a")
    os.utime(rooms / "run" / "scene" / "points.npz", ns=(1, 1))
    assert fingerprint(rooms / "run") != before
    assert fingerprint(rooms / "missing") is None
    assert fingerprint(rooms) is None
    assert fingerprint(rooms / "boxes.json") is not None


def test_shown_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_path(str(tmp_path / "runs" / "a")) == os.path.join("runs", "a")
    assert shown_path("/elsewhere/a") == "/elsewhere/a"
