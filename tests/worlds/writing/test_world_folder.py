"""World folders and their preview image."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from scenewright.worlds.writing import (
    draw_world,
    write_world,
)
from tests.worlds.film_builders import small_world


def test_a_world_folder(tmp_path: Path) -> None:
    world = small_world()
    folder = write_world(world, tmp_path / "world", preview_size=(160, 120))
    value = json.loads((folder / "world.json").read_text())
    assert (value["kind"], value["seed"], value["size"]) == ("made by hand", 11, [4.0, 3.4, 2.4])
    assert value["lights"][0]["kind"] == "area"
    assert [row["id"] for row in value["objects"]] == list(range(1, 9))
    assert all((folder / row["mesh"]).is_file() for row in value["objects"])
    with Image.open(folder / "preview.png") as picture:
        assert picture.size == (160, 120)


def test_the_preview_of_a_world_shows_its_inside() -> None:
    picture = draw_world(small_world(), width=160, height=120).astype(int)
    blue = (picture[..., 2] > 1.5 * picture[..., 0]) & (picture[..., 2] > 60)
    green = (picture[..., 1] > 1.3 * picture[..., 0]) & (picture[..., 1] > 1.3 * picture[..., 2])
    assert blue.sum() > 10, "the box on the table"
    assert green.sum() > 50, "the crate in the corner"
