"""Suffixes, and the comments of a PLY."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scenewright.io._suffixes import ply_unit, ply_up, saved_suffix, scene_comments
from scenewright.io.ply import write_ply_points
from tests.builders import make_scene


def test_comments_state_the_axes_and_an_arbitrary_unit(tmp_path: Path) -> None:
    scene = make_scene()
    assert scene.points is not None
    assert scene_comments(scene) == ["up 0.0 0.0 1.0"]
    assert scene_comments(replace(scene, up=None)) == []
    comments = scene_comments(replace(scene, is_metric=False))
    assert comments == ["up 0.0 0.0 1.0", "unit arbitrary"]
    write_ply_points(tmp_path / "a.ply", scene.points, comments=comments)
    up = ply_up(tmp_path / "a.ply")
    assert ply_unit(tmp_path / "a.ply") == "arbitrary" and up is not None
    assert up.tolist() == [0, 0, 1]
    write_ply_points(tmp_path / "b.ply", scene.points, comments=["up 0 0 2", "a unit of length"])
    assert ply_unit(tmp_path / "b.ply") is None and ply_up(tmp_path / "b.ply") is None


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.SPLAT.ply", ".splat.ply"), ("a.b.PLY", ".ply"), ("a", "")]
)
def test_suffixes(name: str, suffix: str) -> None:
    assert saved_suffix(Path(name)) == suffix
