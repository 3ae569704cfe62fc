"""Layouts of worlds in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FormatError
from scenewright.training.tasks.language import layouts
from scenewright.training.tasks.language.layouts import (
    check_layouts,
    load_layouts,
    make_layouts,
    save_layouts,
)
from tests.training.tasks.language.layout_builders import small_layout


def test_a_scene_shows_what_is_true() -> None:
    layout = small_layout()
    assert np.allclose(layout.low, layout.truth.low, atol=1e-5)
    assert layout.truth.labels[:2] == ("desk", "chair")
    assert (layout.colors.argmax(1) == layout.truth.colors.argmax(1)).all()


def test_files_keep_layouts(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_layouts(path, [small_layout(), small_layout()])
    first, second = load_layouts([path])
    for found in (first, second):
        assert found.truth.labels == small_layout().truth.labels
        assert np.allclose(found.sizes, small_layout().sizes, atol=1e-5)
        assert np.array_equal(found.truth.support, small_layout().truth.support)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="a file of layouts"):
        load_layouts([path])


def test_files_that_exist_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def make(kind: str, seed: int) -> int:
        made.append(seed)
        return seed

    monkeypatch.setattr(layouts, "make_world", make)
    monkeypatch.setattr(layouts, "layout_of", lambda world, seed: small_layout())
    first = make_layouts(tmp_path, first=0, worlds=26)
    assert made == list(range(26)) and len(first) == 2
    assert make_layouts(tmp_path, first=0, worlds=26) == first and len(made) == 26


def test_folders_of_something_else_are_no_worlds(tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir()
    with pytest.raises(CaptureError, match="got no worlds"):
        check_layouts(tmp_path)
    save_layouts(tmp_path / "worlds" / "layouts-0000000.safetensors", [small_layout()])
    check_layouts(tmp_path)
