"""Random worlds keep to their configuration."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ScenewrightError
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.world import World
from tests.worlds.composing.composing_builders import things


class TestRandom:
    def test_contain_the_promised_number_of_objects(self, heaps: list[World]) -> None:
        for world in heaps:
            table = world.kind == "random/tabletop"
            number = len(things(world)) - table
            assert (3 <= number <= 16) if table else (2 <= number <= 7)

    def test_have_one_support_of_all(self, heaps: list[World]) -> None:
        for world in heaps:
            if world.kind != "random/tabletop":
                continue
            below = {placed.instance_id: placed.supported_by for placed in world.objects}
            support = things(world)[0]
            assert world.labels[below[support] or 0] == "floor"
            for number in things(world)[1:]:
                while number != support:
                    number = below[number] or 0
                    assert number > 0

    def test_touch_in_clutter(self) -> None:
        config = RandomConfig(layout="tabletop", num_objects=(8, 10))
        touching = 0
        for seed in range(2):
            world = make_random_world(seed, config)
            touching += sum(
                relation.distance < 1e-3
                for relation in world.relations
                if relation.predicate == "beside" and relation.distance is not None
            )
        assert touching >= 4

    def test_keep_to_the_ratio_of_sizes(self) -> None:
        config = RandomConfig(num_objects=(6, 6), size_ratio=(0.5, 0.6))
        world = make_random_world(4, config)
        extents = [
            float(np.ptp(placed.model.bounds, axis=0).max())
            for placed in world.objects
            if not placed.is_stuff
        ]
        assert max(extents) / min(extents) <= 0.6 / 0.5 + 1e-6

    def test_pile_up_to_40(self) -> None:
        config = RandomConfig(layout="tabletop", num_objects=(25, 40), size_factor=(0.5, 0.8))
        world = make_random_world(2, config)
        assert 25 <= len(things(world)) - 1 <= 40


class TestBadRandomConfig:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"layout": "moon"}, "RandomConfig.layout: expected floor, tabletop, got moon"),
            (
                {"num_objects": (0, 2)},
                "RandomConfig.num_objects: expected two numbers in increasing order within 1 to "
                "400, "
                "got 0 and 2",
            ),
            (
                {"size_ratio": (0.0, 1.0)},
                "RandomConfig.size_ratio: expected two numbers in increasing order within 0.01 "
                "to 1, "
                "got 0 and 1",
            ),
            ({"walls": 2.0}, "RandomConfig.walls: expected 0 to 1, got 2"),
        ],
    )
    def test_of_random_worlds_is_refused(self, changes: dict[str, object], message: str) -> None:
        with pytest.raises(ScenewrightError) as error:
            RandomConfig(**changes)  # type: ignore[arg-type]
        assert str(error.value) == message

    def test_says_how_many_fit_on_a_table(self) -> None:
        config = RandomConfig(layout="tabletop", num_objects=(300, 300), families=("box", "table"))
        with pytest.raises(ConventionError) as error:
            make_random_world(1, config)
        text = str(error.value)
        assert text.startswith(
            "RandomConfig.num_objects: expected a minimum that fits, got at least 300, of which "
        )
        assert 1 < int(text.split("of which ")[1].split()[0]) < 300

    def test_names_the_missing_family(self) -> None:
        with pytest.raises(ConventionError) as error:
            make_random_world(1, RandomConfig(families=("rug",)))
        message = "RandomConfig.families: expected a family that stands upright, got none"
        assert str(error.value) == message
        with pytest.raises(ConventionError) as error:
            make_random_world(1, RandomConfig(layout="tabletop", families=("table",)))
        message = "RandomConfig.families: expected a family of small objects, got none"
        assert str(error.value) == message
