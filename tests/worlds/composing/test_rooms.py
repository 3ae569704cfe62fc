"""Furnished rooms keep to their configuration."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ScenewrightError
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing.ground_truth import check_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import World
from tests.worlds.composing.composing_builders import things


class TestRooms:
    def test_contain_the_promised_number_of_objects(self, rooms: list[World]) -> None:
        low, high = RoomConfig().num_objects
        assert all(low <= len(things(world)) <= high for world in rooms)
        assert len({len(things(world)) for world in rooms}) > 3

    def test_keep_to_a_narrow_range(self) -> None:
        assert len(things(make_room_world(3, RoomConfig(num_objects=(15, 15))))) == 15

    def test_keep_objects_inside(self, rooms: list[World]) -> None:
        for world in rooms:
            half = np.array([world.size[0] / 2, world.size[1] / 2])
            for placed in world.objects:
                if not placed.is_stuff:
                    box = Body(placed.model, placed.world_from_object).bounds
                    assert (np.abs(box[:, :2]) <= half + 1e-5).all()
                    assert box[0, 2] > -1e-5 and box[1, 2] < world.size[2]

    def test_have_backs_at_walls(self) -> None:
        config = RoomConfig(themes=("bedroom",), l_shape=0.0)
        beds = 0
        for seed in range(4):
            world = make_room_world(seed, config)
            for placed in world.objects:
                if placed.label != "bed":
                    continue
                beds += 1
                back = placed.world_from_object @ [0, placed.model.bounds[1, 1], 0, 1]
                gaps = np.array(world.size[:2]) / 2 - np.abs(back[:2])
                assert gaps.min() == pytest.approx(0.015, abs=1e-6)
        assert beds >= 3

    def test_have_floor_ceiling_and_walls(self, rooms: list[World]) -> None:
        for world in rooms:
            stuff = [placed.label for placed in world.objects if placed.is_stuff]
            assert stuff.count("floor") == stuff.count("ceiling") == 1
            assert stuff.count("wall") in (4, 6)

    def test_can_have_no_ceiling(self) -> None:
        world = make_room_world(1, RoomConfig(ceiling=False))
        assert "ceiling" not in world.labels.values()

    def test_contain_only_requested_families(self) -> None:
        families = ("bed", "nightstand", "mug", "picture")
        config = RoomConfig(num_objects=(4, 12), families=families, themes=("bedroom",))
        world = make_room_world(2, config)
        found = {world.labels[number] for number in things(world)}
        assert found <= set(families)
        assert len(found) >= 3

    def test_keep_to_their_theme(self) -> None:
        kinds = {make_room_world(seed, RoomConfig(themes=("office",))).kind for seed in range(3)}
        assert kinds == {"rooms/office"}

    def test_are_l_shaped_if_requested(self) -> None:
        world = make_room_world(5, RoomConfig(l_shape=1.0, size=(5.0, 6.0)))
        assert list(world.labels.values()).count("wall") == 6
        assert check_world(world).is_sound


class TestBadRoomConfig:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"num_objects": (5, 3)},
                "RoomConfig.num_objects: expected two numbers in increasing order within 0 to "
                "400, got 5 and 3",
            ),
            (
                {"num_objects": (-1, 3)},
                "RoomConfig.num_objects: expected two numbers in increasing order within 0 to "
                "400, got -1 and 3",
            ),
            (
                {"size": (0.0, 4.0)},
                "RoomConfig.size: expected two numbers in increasing order within 1.5 to 20 m, "
                "got 0 and 4",
            ),
            (
                {"height": (2.0, float("nan"))},
                "RoomConfig.height: expected two numbers in increasing order within 1.8 to 6 m, "
                "got 2 and nan",
            ),
            (
                {"size_factor": (-1.0, 1.0)},
                "RoomConfig.size_factor: expected two numbers in increasing order within 0.2 to "
                "3, got -1 and 1",
            ),
            ({"clutter": 1.5}, "RoomConfig.clutter: expected 0 to 1, got 1.5"),
            ({"l_shape": -0.5}, "RoomConfig.l_shape: expected 0 to 1, got -0.5"),
            ({"themes": ()}, "RoomConfig.themes: expected at least one, got none"),
            (
                {"themes": ("cellar",)},
                "RoomConfig.themes: expected themes among living, bedroom, office, dining, "
                "kitchen, store, "
                "got cellar",
            ),
            (
                {"families": ()},
                "RoomConfig.families: expected at least one family, or None for all, got none",
            ),
        ],
    )
    def test_of_rooms_is_refused(self, changes: dict[str, object], message: str) -> None:
        with pytest.raises(ScenewrightError) as error:
            RoomConfig(**changes)  # type: ignore[arg-type]
        assert str(error.value) == message

    def test_names_unknown_families(self) -> None:
        with pytest.raises(ScenewrightError) as error:
            RoomConfig(families=("mug", "unicorn"))
        assert str(error.value).startswith("RoomConfig.families: expected families among ")
        assert str(error.value).endswith(", got unicorn")

    def test_says_how_many_fit_into_a_room(self) -> None:
        config = RoomConfig(num_objects=(300, 300), size=(2.0, 2.0), l_shape=0.0)
        with pytest.raises(ConventionError) as error:
            make_room_world(1, config)
        text = str(error.value)
        assert text.startswith(
            "RoomConfig.num_objects: expected a minimum that fits into 2.0 x 2.0 m, "
            "got at least 300, of which "
        )
        assert 3 < int(text.split("of which ")[1].split()[0]) < 300
        assert text.endswith("Request fewer or smaller objects, a larger room or more clutter.")
