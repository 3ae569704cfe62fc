"""Composed worlds obey physics, keep their promises and come out the same every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from scenewright.core import ConventionError, ScenewrightError
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing.random_worlds import Layout, RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.ground_truth import WorldFaults, check_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.objects.mesh_library import ObjectLibrary, read_object_folder

FINGERPRINT = """
import numpy as np
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import make_room_world
for world in (make_room_world(7), make_random_world(7, RandomConfig(layout="tabletop"))):
    for placed in world.objects:
        points = np.concatenate([part.mesh.vertices for part in placed.model.parts])
        pose = placed.world_from_object
        print(placed.label, *(f"{v:.6f}" for v in [*pose.ravel(), points.sum(), points.std()]))
    print(world.lights, world.ambient, world.relations)
"""


def make(kind: str, seed: int) -> World:
    if kind == "rooms":
        return make_room_world(seed)
    layout: Layout = "tabletop" if kind == "tabletop" else "floor"
    return make_random_world(seed, RandomConfig(layout=layout))


def faults_of(kind: str, seed: int) -> WorldFaults:
    return check_world(make(kind, seed))


def things(world: World) -> list[int]:
    return [placed.instance_id for placed in world.objects if not placed.is_stuff]


@pytest.fixture(scope="module")
def rooms() -> list[World]:
    return [make("rooms", seed) for seed in range(8)]


@pytest.fixture(scope="module")
def heaps() -> list[World]:
    return [make(kind, seed) for kind in ("floor", "tabletop") for seed in range(6)]


class TestSoundness:
    def test_of_20_worlds(self, rooms: list[World], heaps: list[World]) -> None:
        for world in (*rooms, *heaps):
            faults = check_world(world)
            assert faults.is_sound, (world.kind, world.seed, faults)
            assert faults.floating < 1e-3, (world.kind, world.seed, faults)
            assert faults.overlap < 1e-3, (world.kind, world.seed, faults)

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["rooms", "floor", "tabletop"])
    @pytest.mark.parametrize("start", [100, 117, 134, 151])
    def test_of_200_worlds(self, kind: str, start: int) -> None:
        for seed in range(start, start + 17):
            faults = faults_of(kind, seed)
            assert faults.is_sound, (kind, seed, faults)


class TestRooms:
    def test_hold_as_many_objects_as_promised(self, rooms: list[World]) -> None:
        low, high = RoomConfig().num_objects
        assert all(low <= len(things(world)) <= high for world in rooms)
        assert len({len(things(world)) for world in rooms}) > 3

    def test_obey_a_narrow_range(self) -> None:
        assert len(things(make_room_world(3, RoomConfig(num_objects=(15, 15))))) == 15

    def test_stay_inside(self, rooms: list[World]) -> None:
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

    def test_have_stuff_of_their_own(self, rooms: list[World]) -> None:
        for world in rooms:
            stuff = [placed.label for placed in world.objects if placed.is_stuff]
            assert stuff.count("floor") == stuff.count("ceiling") == 1
            assert stuff.count("wall") in (4, 6)

    def test_do_without_a_ceiling(self) -> None:
        world = make_room_world(1, RoomConfig(ceiling=False))
        assert "ceiling" not in world.labels.values()

    def test_hold_only_the_families_asked_for(self) -> None:
        families = ("bed", "nightstand", "mug", "picture")
        config = RoomConfig(num_objects=(4, 12), families=families, themes=("bedroom",))
        world = make_room_world(2, config)
        found = {world.labels[number] for number in things(world)}
        assert found <= set(families)
        assert len(found) >= 3

    def test_keep_to_their_theme(self) -> None:
        kinds = {make_room_world(seed, RoomConfig(themes=("office",))).kind for seed in range(3)}
        assert kinds == {"rooms/office"}

    def test_are_l_shaped_if_asked(self) -> None:
        world = make_room_world(5, RoomConfig(l_shape=1.0, size=(5.0, 6.0)))
        assert list(world.labels.values()).count("wall") == 6
        assert check_world(world).is_sound


class TestRandom:
    def test_hold_as_many_objects_as_promised(self, heaps: list[World]) -> None:
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
                if relation.predicate == "beside"
            )
        assert touching >= 4

    def test_obey_the_ratio_of_sizes(self) -> None:
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


class TestLibrary:
    @pytest.fixture
    def library(self, tmp_path: Path) -> ObjectLibrary:
        trimesh.creation.icosphere(2, 0.1).export(tmp_path / "globe.ply")
        trimesh.creation.cylinder(0.06, 0.2).export(tmp_path / "mug_old.ply")
        trimesh.creation.box((0.9, 0.7, 0.8)).export(tmp_path / "chest.ply")
        return read_object_folder(tmp_path, unit=1.0)

    @pytest.mark.parametrize("layout", ["floor", "tabletop"])
    def test_alone_fills_random_worlds(self, library: ObjectLibrary, layout: Layout) -> None:
        config = RandomConfig(
            layout=layout, num_objects=(4, 4), library=library, library_share=1.0, walls=0.0
        )
        world = make_random_world(1, config)
        skip = layout == "tabletop"
        found = {world.labels[number] for number in things(world)[skip:]}
        assert found <= {model.label for model in library.models}
        assert check_world(world).is_sound

    def test_stands_where_its_family_does(self, library: ObjectLibrary) -> None:
        config = RoomConfig(themes=("kitchen",), library=library, library_share=1.0)
        world = make_room_world(4, config)
        mugs = [placed for placed in world.objects if placed.label == "mug"]
        assert mugs
        below = {world.labels[placed.supported_by or 0] for placed in mugs}
        assert "floor" not in below
        assert check_world(world).is_sound

    def test_never_comes_at_share_0(self, library: ObjectLibrary) -> None:
        with_library = make_random_world(3, RandomConfig(library=library, library_share=0.0))
        assert "globe" not in with_library.labels.values()

    def test_share_is_checked(self, library: ObjectLibrary) -> None:
        with pytest.raises(ConventionError) as error:
            RandomConfig(library=library, library_share=1.2)
        assert str(error.value) == "RandomConfig.library_share: expected 0 to 1, got 1.2"

    def test_must_hold_something(self) -> None:
        with pytest.raises(ConventionError) as error:
            RoomConfig(library=ObjectLibrary(Path("empty"), (), ()))
        assert str(error.value) == "RoomConfig.library: expected at least one object, got none"


class TestRelations:
    def test_name_what_carries(self, rooms: list[World], heaps: list[World]) -> None:
        for world in (*rooms, *heaps):
            carried = {
                (relation.subject, relation.object)
                for relation in world.relations
                if relation.predicate in ("on", "in")
            }
            expected = {
                (placed.instance_id, placed.supported_by)
                for placed in world.objects
                if placed.supported_by is not None
            }
            assert carried == expected

    def test_say_in_for_boards_between_others(self, rooms: list[World]) -> None:
        found = set()
        for world in rooms:
            for relation in world.relations:
                if world.labels[relation.object] == "table":
                    assert relation.predicate != "in"
                if relation.predicate == "in":
                    found.add(world.labels[relation.object])
        assert "bookcase" in found

    def test_go_both_ways_beside(self, rooms: list[World]) -> None:
        for world in rooms:
            beside = {
                (relation.subject, relation.object): relation.distance
                for relation in world.relations
                if relation.predicate == "beside"
            }
            assert beside
            assert all(beside[b, a] == distance for (a, b), distance in beside.items())
            assert max(beside.values()) < 0.3


class TestSeeds:
    def test_decide_everything_in_any_process(self) -> None:
        runs = [
            subprocess.run(
                [sys.executable, "-c", FINGERPRINT],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONHASHSEED": value, "PATH": "", "OMP_NUM_THREADS": value},
            ).stdout
            for value in ("1", "2")
        ]
        assert len(runs[0].splitlines()) > 30
        assert runs[0] == runs[1]

    @pytest.mark.parametrize("kind", ["rooms", "floor", "tabletop"])
    def test_differ(self, kind: str) -> None:
        poses = [np.sum([o.world_from_object for o in make(kind, s).objects]) for s in (1, 2)]
        assert poses[0] != poses[1]


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"num_objects": (5, 3)},
                "RoomConfig.num_objects: expected two numbers in order from 0 to 400, got 5 and 3",
            ),
            (
                {"num_objects": (-1, 3)},
                "RoomConfig.num_objects: expected two numbers in order from 0 to 400, got -1 and 3",
            ),
            (
                {"size": (0.0, 4.0)},
                "RoomConfig.size: expected two numbers in order from 1.5 to 20 m, got 0 and 4",
            ),
            (
                {"height": (2.0, float("nan"))},
                "RoomConfig.height: expected two numbers in order from 1.8 to 6 m, got 2 and nan",
            ),
            (
                {"size_factor": (-1.0, 1.0)},
                "RoomConfig.size_factor: expected two numbers in order from 0.2 to 3, got -1 and 1",
            ),
            ({"clutter": 1.5}, "RoomConfig.clutter: expected 0 to 1, got 1.5"),
            ({"l_shape": -0.5}, "RoomConfig.l_shape: expected 0 to 1, got -0.5"),
            ({"themes": ()}, "RoomConfig.themes: expected at least one, got none"),
            (
                {"themes": ("cellar",)},
                "RoomConfig.themes: expected of living, bedroom, office, dining, kitchen, store, "
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
        assert str(error.value).startswith("RoomConfig.families: expected of ")
        assert str(error.value).endswith(", got unicorn")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"layout": "moon"}, "RandomConfig.layout: expected floor, tabletop, got moon"),
            (
                {"num_objects": (0, 2)},
                "RandomConfig.num_objects: expected two numbers in order from 1 to 400, "
                "got 0 and 2",
            ),
            (
                {"size_ratio": (0.0, 1.0)},
                "RandomConfig.size_ratio: expected two numbers in order from 0.01 to 1, "
                "got 0 and 1",
            ),
            ({"walls": 2.0}, "RandomConfig.walls: expected 0 to 1, got 2"),
        ],
    )
    def test_of_random_worlds_is_refused(self, changes: dict[str, object], message: str) -> None:
        with pytest.raises(ScenewrightError) as error:
            RandomConfig(**changes)  # type: ignore[arg-type]
        assert str(error.value) == message

    def test_says_how_many_fit_into_a_room(self) -> None:
        config = RoomConfig(num_objects=(300, 300), size=(2.0, 2.0), l_shape=0.0)
        with pytest.raises(ConventionError) as error:
            make_room_world(1, config)
        text = str(error.value)
        assert text.startswith(
            "RoomConfig.num_objects: expected no more than fit into 2.0 x 2.0 m, "
            "got at least 300, of which "
        )
        assert 3 < int(text.split("of which ")[1].split()[0]) < 300
        assert text.endswith("Ask for fewer or smaller objects, a larger room or more clutter.")

    def test_says_how_many_fit_on_a_table(self) -> None:
        config = RandomConfig(layout="tabletop", num_objects=(300, 300), families=("box", "table"))
        with pytest.raises(ConventionError) as error:
            make_random_world(1, config)
        text = str(error.value)
        assert text.startswith(
            "RandomConfig.num_objects: expected no more than fit, got at least 300, of which "
        )
        assert 1 < int(text.split("of which ")[1].split()[0]) < 300

    def test_names_what_is_missing(self) -> None:
        with pytest.raises(ConventionError) as error:
            make_random_world(1, RandomConfig(families=("rug",)))
        message = "RandomConfig.families: expected a family that stands, got none"
        assert str(error.value) == message
        with pytest.raises(ConventionError) as error:
            make_random_world(1, RandomConfig(layout="tabletop", families=("table",)))
        message = "RandomConfig.families: expected a family of small things, got none"
        assert str(error.value) == message

    @pytest.mark.parametrize("kind", ["rooms", "floor"])
    def test_refuses_negative_seeds(self, kind: str) -> None:
        with pytest.raises(ConventionError, match=r"^seed: expected 0 or more, got -3$"):
            make(kind, -3)
