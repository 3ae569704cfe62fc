"""Pictures with marked objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, InstanceTable, Scene
from scenewright.pipelines.pictures.marked_objects import (
    draw_marked,
    mark_objects,
    picture_path,
)
from tests.language.language_builders import boxes_only, make_room

FIRST = np.array([214, 64, 52])


def reddish(picture: Image.Image) -> int:
    """Number of pixels in the color of the first marked object."""
    pixels = np.asarray(picture).astype(int)
    return int((np.abs(pixels - FIRST).max(axis=2) < 60).sum())


@pytest.mark.parametrize("is_bare", [False, True])
def test_marked_objects_stand_out(is_bare: bool) -> None:
    room = boxes_only(make_room()) if is_bare else make_room()
    plain, marked = draw_marked(room, ()), draw_marked(room, (8,))
    assert reddish(plain) < 50 and reddish(marked) > 1000
    assert plain.size == marked.size


def test_long_titles_and_unknown_ids_are_harmless() -> None:
    picture = draw_marked(make_room(), (999,), title="a\nb" * 400, caption="\x1b[31m")
    assert reddish(picture) < 50


def test_nothing_to_draw(tmp_path: Path) -> None:
    empty = Scene(InstanceTable.empty())
    with pytest.raises(ConventionError, match="A scene to draw: expected meshes, points, surfels"):
        draw_marked(empty, ())
    assert mark_objects(empty, (), tmp_path / "a.png", title="", caption="") is None
    assert not (tmp_path / "a.png").exists()


def test_the_picture_is_written(tmp_path: Path) -> None:
    path = mark_objects(make_room(), (2,), tmp_path / "b" / "a.png", title="t", caption="c")
    assert path == tmp_path / "b" / "a.png" and Image.open(path).format == "PNG"
    assert picture_path(None, "some/room", "answer", overwrite=False) == Path(
        "runs/room-answer.png"
    )
