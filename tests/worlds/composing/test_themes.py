"""Room themes use known families and arrange their main furniture."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._themes import SMALL_OBJECTS_ON, THEMES
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.registry import FAMILIES

MAIN_FURNITURE = {
    "living": {"sofa", "tv stand"},
    "bedroom": {"bed"},
    "office": {"desk"},
    "dining": {"table"},
    "kitchen": {"table", "cabinet", "drawer chest"},
    "store": {"bookcase", "cabinet"},
}


def test_all_families_of_themes_are_known() -> None:
    for theme in THEMES.values():
        assert {*theme.at_walls, *theme.on_floor, *theme.small} <= set(FAMILIES)
        assert all(FAMILIES[name].where == "wall_side" for name in theme.at_walls)
        assert all(FAMILIES[name].where in ("top", "hanging") for name in theme.small)
    assert set(SMALL_OBJECTS_ON) | {n for v in SMALL_OBJECTS_ON.values() for n in v} <= set(
        FAMILIES
    )


@pytest.fixture(scope="module")
def themed() -> dict[str, list[World]]:
    """Two large rooms of each theme with their main furniture only."""
    return {
        theme: [
            make_room_world(
                seed,
                RoomConfig(num_objects=(0, 12), size=(5.0, 6.0), l_shape=0.0, themes=(theme,)),
            )
            for seed in (1, 2)
        ]
        for theme in THEMES
    }


@pytest.mark.parametrize("theme", THEMES)
def test_rooms_have_the_main_furniture_of_their_theme(
    theme: str, themed: dict[str, list[World]]
) -> None:
    for world in themed[theme]:
        assert world.kind == f"rooms/{theme}"
        assert MAIN_FURNITURE[theme] & set(world.labels.values())


def heading(placed: PlacedObject) -> np.ndarray:
    """Horizontal direction of the front."""
    front: np.ndarray = -placed.world_from_object[:2, 1]
    return front


def test_chairs_face_the_table(themed: dict[str, list[World]]) -> None:
    facing = []
    for world in themed["dining"]:
        tables = [one for one in world.objects if one.label == "table"]
        for chair in (one for one in world.objects if one.label == "chair"):
            away = tables[0].world_from_object[:2, 3] - chair.world_from_object[:2, 3]
            facing.append(float(heading(chair) @ away / np.linalg.norm(away)))
    assert len(facing) >= 3 and np.median(facing) > 0.7
