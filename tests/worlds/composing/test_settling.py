"""Bodies topple until they rest, and are pushed until they touch."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._body import Body, turned, upright
from scenewright.worlds.composing._settling import pushed, settle
from scenewright.worlds.objects.registry import make_object
from tests.worlds.composing.composing_builders import brick, floor_scene, overlap


class TestSettle:
    def test_lays_a_box_that_starts_on_its_edge_on_a_face(self) -> None:
        scene = floor_scene()
        box = Body(brick(0.2, 0.3, 0.5), upright(0, 0, 1, 0.3))
        tilted = turned(box, np.array([0.5, 0.4, 0]), box.center_of_mass)
        rested = settle(scene, tilted)
        assert rested is not None
        lowest = np.sort(rested.triangles.reshape(-1, 3)[:, 2])[:4]
        assert np.abs(lowest).max() < 1e-3
        assert scene.add_if_stable(rested) is not None

    def test_leans_a_board_on_a_block(self) -> None:
        scene = floor_scene()
        scene.add(Body(brick(0.3, 0.3, 0.3), upright(0, 0, 0, 0)))
        board = Body(brick(0.02, 0.2, 0.5), upright(0.26, 0, 1, 0))
        rested = settle(scene, turned(board, np.array([0, -0.25, 0]), board.center_of_mass))
        assert rested is not None
        assert 0.05 < abs(rested.pose[0, 2]) < 0.8
        for other in scene.bodies:
            assert rested.manifold.min_gap(other.manifold, 0.1) < 1e-3
            assert overlap(rested, other) < 1e-8

    def test_gives_up_below_the_lowest_height(self) -> None:
        box = Body(brick(0.1, 0.1, 0.1), upright(0, 0, 1, 0))
        assert settle(floor_scene(), box, lowest=0.2) is None


class TestPushed:
    @pytest.mark.parametrize("angle", [0.0, 0.7, 2.0, 4.5])
    def test_stops_where_two_things_touch(self, angle: float) -> None:
        scene = floor_scene()
        mug = scene.add(Body(make_object("mug", seed=3), upright(0, 0, 0, 0.5)))
        x, y = np.cos(angle), np.sin(angle)
        out = np.array([x, y])
        thing = Body(make_object("box", seed=4), upright(0.8 * x, 0.8 * y, 0.001, 1.0))
        moved = pushed(scene, thing, -out)
        assert moved is not None
        assert moved.manifold.min_gap(mug.manifold, 0.1) < 1e-6
        assert overlap(moved, mug) < 1e-10
        further = moved.moved(-1e-4 * x, -1e-4 * y, 0)
        assert overlap(further, mug) > 0

    def test_is_none_with_nothing_ahead(self) -> None:
        scene = floor_scene()
        thing = Body(brick(0.1, 0.1, 0.1), upright(0, 0, 0.001, 0))
        assert pushed(scene, thing, np.array([1.0, 0.0])) is None
