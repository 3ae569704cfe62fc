"""The checker of worlds must find faults of known size; volumes and distances must be true."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.composing._body import Body, turned, upright
from scenewright.worlds.composing.ground_truth import (
    check_world,
    free_space,
    neighbors,
    true_extent,
)
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.model import ObjectModel
from scenewright.worlds.objects.registry import make_object
from tests.worlds.composing.composing_builders import brick


def world_of(*things: tuple[ObjectModel, np.ndarray, int | None]) -> World:
    floor = PlacedObject(1, brick(4, 4, 0.1), upright(0, 0, -0.1, 0), is_stuff=True)
    placed = [
        PlacedObject(number, model, pose, supported_by=below)
        for number, (model, pose, below) in enumerate(things, start=2)
    ]
    return World((floor, *placed), size=(2.0, 2.0, 1.0))


class TestCheckWorld:
    def test_finds_nothing_in_a_sound_world(self) -> None:
        world = world_of(
            (brick(0.4, 0.4, 0.2), upright(0, 0, 0, 0.3), 1),
            (brick(0.2, 0.2, 0.1), upright(0.02, 0, 0.2, 1.0), 2),
        )
        faults = check_world(world)
        assert faults.is_sound
        assert faults.overlap < 1e-6
        assert faults.floating < 1e-6
        assert faults.tipping == pytest.approx(-0.09, abs=0.03)

    def test_measures_the_share_in_common(self) -> None:
        world = world_of(
            (brick(0.4, 0.4, 0.2), upright(0, 0, 0, 0), 1),
            (brick(0.2, 0.2, 0.2), upright(0.28, 0, 0, 0), 1),
        )
        faults = check_world(world)
        assert faults.overlap == pytest.approx(0.02 / 0.2, rel=1e-4)
        assert faults.overlapping == (2, 3)
        assert not faults.is_sound

    def test_measures_overlap_with_the_floor(self) -> None:
        faults = check_world(world_of((brick(0.2, 0.2, 0.2), upright(0, 0, -0.05, 0), 1)))
        assert faults.overlap == pytest.approx(0.25, rel=1e-4)

    def test_measures_floating(self) -> None:
        faults = check_world(world_of((brick(0.2, 0.2, 0.2), upright(0, 0, 0.02, 0), 1)))
        assert faults.floating == pytest.approx(0.02, abs=1e-6)
        assert faults.floater == 2
        assert not faults.is_sound

    def test_measures_tipping(self) -> None:
        world = world_of(
            (brick(0.4, 0.4, 0.2), upright(0, 0, 0, 0), 1),
            (brick(0.2, 0.2, 0.2), upright(0.23, 0, 0.2, 0), 2),
        )
        faults = check_world(world)
        assert faults.tipping == pytest.approx(0.03, abs=1e-3)
        assert faults.tipper == 3
        assert not faults.is_sound

    def test_counts_what_a_leaning_board_leans_on(self) -> None:
        # The board stands on one edge at x = 0.25 and touches the block's upper edge.
        height, foot = 0.3, 0.1
        angle = np.arctan2(foot, height)
        board = Body(brick(0.01, 0.2, 0.4), upright(0.15 + foot + 0.005, 0, 0, 0))
        leaning = turned(board, np.array([0, -angle, 0]), np.array([0.15 + foot, 0, 0]))
        world = world_of(
            (brick(0.3, 0.3, 0.3), upright(0, 0, 0, 0), 1),
            (brick(0.01, 0.2, 0.4), leaning.pose, 1),
        )
        faults = check_world(world)
        assert faults.is_sound
        assert faults.tipping < 0
        alone = world_of((brick(0.01, 0.2, 0.4), leaning.pose, 1))
        assert check_world(alone).tipping > 0.03

    def test_ignores_stuff_against_stuff(self) -> None:
        floor = PlacedObject(1, brick(1, 1, 0.1), np.eye(4), is_stuff=True)
        wall = PlacedObject(2, brick(1, 0.1, 1), np.eye(4), is_stuff=True)
        assert check_world(World((floor, wall), size=(1, 1, 1))).overlapping is None

    def test_refuses_an_unknown_support(self) -> None:
        world = world_of((brick(0.2, 0.2, 0.2), np.eye(4), 9))
        message = "supported_by of instance 2: expected an instance of the world, got 9"
        with pytest.raises(ConventionError, match=f"^{message}$"):
            check_world(world)


class TestFreeSpace:
    def test_has_the_volume_of_a_box(self) -> None:
        world = world_of((brick(0.4, 0.6, 0.2), upright(0.1, 0, 0, 0), 1))
        grid = free_space(world, voxel_size=0.02)
        assert grid.instance_id.shape == (100, 100, 50)
        assert np.count_nonzero(grid.instance_id == 2) == 20 * 30 * 10
        assert grid.free.sum() == 100 * 100 * 50 - 6000

    def test_counts_centers_on_edges_once(self) -> None:
        # The sides and the diagonals of the faces run exactly through middles of cells.
        left = (brick(0.5, 0.5, 0.5), upright(-0.25 + 0.125, 0.125, 0, 0), 1)
        right = (brick(0.5, 0.5, 0.5), upright(0.25 + 0.125, 0.125, 0, 0), 1)
        one = free_space(world_of(left), voxel_size=0.25).instance_id
        two = free_space(world_of(left, right), voxel_size=0.25).instance_id
        assert np.count_nonzero(one == 2) == 2 * 2 * 2
        assert np.count_nonzero(two == 2) == np.count_nonzero(two == 3) == 8

    @pytest.mark.parametrize("family", ["mug", "chair", "teapot"])
    def test_has_the_volume_of_any_shape(self, family: str) -> None:
        model = make_object(family, seed=5)
        # Askew, so that no level face falls between two layers of cells as a whole.
        body = Body(model, upright(0.003, 0.001, 0.0, 0.7))
        body = turned(body, np.array([0.3, 0.5, 0.0]), body.center_of_mass)
        body = body.moved(0, 0, -float(body.bounds[0, 2]))
        cell = float(np.ptp(body.bounds, axis=0).max()) / 120
        floor = PlacedObject(1, brick(9, 9, 0.1), upright(0, 0, -0.2, 0), is_stuff=True)
        wide = 2.2 * float(np.abs(body.bounds[:, :2]).max())
        tall = float(body.bounds[1, 2]) + cell
        thing = PlacedObject(2, model, body.pose)
        grid = free_space(World((floor, thing), size=(wide, wide, tall)), voxel_size=cell)
        volume = np.count_nonzero(grid.instance_id == 2) * cell**3
        assert volume == pytest.approx(body.solid.volume, rel=0.02)

    def test_extends_by_the_margin(self) -> None:
        grid = free_space(world_of(), voxel_size=0.1, margin=0.1)
        assert grid.instance_id.shape == (22, 22, 12)
        np.testing.assert_allclose(grid.origin, (-1.1, -1.1, -0.1))
        assert (grid.instance_id[:, :, 0] == 1).all()
        assert grid.free[:, :, 1:].all()

    @pytest.mark.parametrize(
        ("size", "margin", "message"),
        [
            (0.0, 0.0, "voxel_size: expected above 0 m, got 0"),
            (float("nan"), 0.0, "voxel_size: expected above 0 m, got nan"),
            (0.1, -1.0, "margin: expected 0 m or more, got -1"),
            (1e-4, 0.0, r"voxel_size: expected a grid of at most 512 million voxels, got 4e\+12"),
        ],
    )
    def test_refuses(self, size: float, margin: float, message: str) -> None:
        with pytest.raises(ConventionError, match=f"^{message}$"):
            free_space(world_of(), voxel_size=size, margin=margin)


class TestExtent:
    def test_of_a_turned_box(self) -> None:
        world = world_of((brick(0.4, 0.2, 0.3), upright(0.5, 0.1, 0, np.pi / 4), 1))
        extent = true_extent(world.objects[1])
        half = np.sqrt(0.5) * 0.3
        expected = [(0.5 - half, 0.1 - half, 0), (0.5 + half, 0.1 + half, 0.3)]
        np.testing.assert_allclose(extent.bounds, expected, atol=1e-6)
        np.testing.assert_allclose(extent.oriented.size, (0.4, 0.2, 0.3), atol=1e-6)
        np.testing.assert_allclose(extent.oriented.center, (0.5, 0.1, 0.15), atol=1e-6)

    def test_contains_every_vertex(self) -> None:
        placed = PlacedObject(2, make_object("chair", seed=1), upright(1, 2, 0, 0.8))
        extent = true_extent(placed)
        body = Body(placed.model, placed.world_from_object)
        corners = body.triangles.reshape(-1, 3)
        assert extent.oriented.contains(corners, margin=1e-6).all()
        np.testing.assert_allclose(extent.bounds, body.bounds, atol=1e-6)


class TestNeighbors:
    def test_are_nearer_than_the_reach(self) -> None:
        world = world_of(
            (brick(0.2, 0.2, 0.2), upright(0, 0, 0, 0), 1),
            (brick(0.2, 0.2, 0.2), upright(0.25, 0, 0, 0), 1),
            (brick(0.2, 0.2, 0.2), upright(0.25, 0.6, 0, 0), 1),
        )
        pairs = neighbors(world, reach=0.3)
        assert [pair[:2] for pair in pairs] == [(2, 3)]
        assert pairs[0][2] == pytest.approx(0.05, abs=1e-6)
        assert [pair[:2] for pair in neighbors(world, reach=0.402)] == [(2, 3), (3, 4)]

    def test_refuse_a_reach_of_zero(self) -> None:
        with pytest.raises(ConventionError, match=r"^reach: expected above 0 m, got 0$"):
            neighbors(world_of(), reach=0.0)
