"""Objects of a composed world come from families and from the library of a user."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from scenewright.core import ConventionError
from scenewright.worlds.composing.ground_truth import check_world
from scenewright.worlds.composing.random_worlds import Layout, RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.objects.mesh_library import ObjectLibrary, read_object_folder
from tests.worlds.composing.composing_builders import things


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

    def test_is_placed_like_its_family(self, library: ObjectLibrary) -> None:
        config = RoomConfig(themes=("kitchen",), library=library, library_share=1.0)
        world = make_room_world(4, config)
        mugs = [placed for placed in world.objects if placed.label == "mug"]
        assert mugs
        below = {world.labels[placed.supported_by or 0] for placed in mugs}
        assert "floor" not in below
        assert check_world(world).is_sound

    def test_is_not_used_at_share_0(self, library: ObjectLibrary) -> None:
        with_library = make_random_world(3, RandomConfig(library=library, library_share=0.0))
        assert "globe" not in with_library.labels.values()

    def test_share_is_checked(self, library: ObjectLibrary) -> None:
        with pytest.raises(ConventionError) as error:
            RandomConfig(library=library, library_share=1.2)
        assert str(error.value) == "RandomConfig.library_share: expected 0 to 1, got 1.2"

    def test_must_not_be_empty(self) -> None:
        with pytest.raises(ConventionError) as error:
            RoomConfig(library=ObjectLibrary(Path("empty"), (), ()))
        assert str(error.value) == "RoomConfig.library: expected at least one object, got none"
