"""Captures without depth: told what can be done with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenewright.worlds import film_room
from scenewright.worlds.writing import write_capture
from tests.command_builders import Call


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = film_room(3, num_frames=4, width=64, height=48)
    folder = tmp_path_factory.mktemp("pictures") / "capture"
    write_capture(film, folder, layout="colmap")
    shutil.rmtree(folder / "depths")
    return folder


def test_check_says_what_they_are_good_for(call: Call, pictures: Path) -> None:
    outcome = call("check", pictures)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines()[-1].endswith(": surfels can be fitted (fit-splats)")
