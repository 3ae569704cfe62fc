"""The recipes of the cookbook run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import scenewright as sw
from tests.builders import make_full_scene

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cookbook.md"
RECIPES = re.findall(r"^## (.+?)\n.*?```python\n(.*?)```", PAGE.read_text("utf-8"), re.S | re.M)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = sw.film_room(3, num_frames=6, width=160, height=120)
    return sw.write_capture(room, tmp_path_factory.mktemp("cookbook") / "room")


def test_there_are_ten() -> None:
    assert len(RECIPES) == 10


@pytest.mark.parametrize(("title", "code"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_runs(
    title: str,
    code: str,
    capture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sw.save(make_full_scene(), tmp_path / "my-run")
    (tmp_path / "my-capture").symlink_to(capture)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, f"{PAGE.name}: {title}", "exec"), {"__name__": "recipe"})
    assert "Error" not in capsys.readouterr().out
