"""The pieces of data: which there are, what is complete, and what is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import OutputError, ScenewrightError
from scenewright.pipelines.make_data import pieces
from scenewright.pipelines.make_data.pieces import (
    is_complete,
    list_pieces,
    make_piece,
    remove_pieces,
)
from scenewright.pipelines.make_data.recipe import settings_for_form
from scenewright.pipelines.make_data.settings import DataSettings

SMALL = DataSettings(kind="random", size=(48, 36), num_objects=(1, 2), num_frames=2, views=1)


def test_worlds_and_captures_have_a_seed_each(tmp_path: Path) -> None:
    for form in ("worlds", "captures"):
        found = list(list_pieces(form, tmp_path, range(7, 9), SMALL))
        assert [piece.path.name for piece in found] == ["random-000007", "random-000008"]
        assert [piece.seeds for piece in found] == [range(7, 8), range(8, 9)]


def test_shards_begin_at_multiples_of_their_size(tmp_path: Path) -> None:
    settings = settings_for_form(DataSettings(worlds_per_shard=10), "shards")
    found = list(list_pieces("shards", tmp_path, range(5, 25), settings))
    assert [piece.seeds for piece in found] == [range(5, 10), range(10, 20), range(20, 25)]
    assert found[1].path.name == "shard-000000010-000000020.tar"


@pytest.mark.parametrize("form", ["worlds", "captures", "shards"])
def test_a_piece_is_complete_once_it_is_made(form: str, tmp_path: Path) -> None:
    settings = settings_for_form(SMALL, form)
    (piece,) = list_pieces(form, tmp_path, range(1), settings)
    assert not is_complete(piece)
    row = make_piece(piece)
    assert (row.state, row.seeds, row.name) == ("made", (0, 1), piece.path.name)
    assert row.seconds > 0 and is_complete(piece)
    assert ("objects" in row.note) == (form != "shards")
    remove_pieces(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_errors_about_content_become_rows_and_others_end_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(error: Exception) -> None:
        def make(*_: object, **__: object) -> object:
            raise error

        monkeypatch.setattr(pieces, "make_world", make)

    (piece,) = list_pieces("worlds", tmp_path, range(1), settings_for_form(SMALL, "worlds"))
    fails(ScenewrightError("Too crowded"))
    row = make_piece(piece)
    assert (row.state, row.note) == ("failed", "Too crowded")
    fails(OutputError("Disk full"))
    with pytest.raises(OutputError, match="Disk full"):
        make_piece(piece)


def test_only_outputs_are_removed(tmp_path: Path) -> None:
    for name in ("rooms-000001", "random-000001", "shard-000000000-000000050.tar"):
        (tmp_path / name).mkdir()
    kept = ["config.json", "report.json", "rooms-12", "shard-notes.txt"]
    for name in kept:
        (tmp_path / name).write_text("")
    remove_pieces(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == kept
