"""Bodies come to rest where they are stable and collide with nothing."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._body import Body, turned, upright
from scenewright.worlds.composing._rigid_scene import stability
from tests.worlds.composing.composing_builders import brick, floor_scene


class TestStability:
    square = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])

    def test_is_the_distance_to_the_nearest_side(self) -> None:
        assert stability(np.array([0.8, 0.1]), self.square) == pytest.approx(0.2)

    def test_is_below_zero_outside(self) -> None:
        assert stability(np.array([1.2, 0.0]), self.square) == pytest.approx(-0.2, abs=1e-3)

    def test_accepts_one_point_directly_below(self) -> None:
        assert stability(np.zeros(2), np.zeros((1, 2))) > 0


class TestKeep:
    def test_refuses_what_would_tip_over_an_edge(self) -> None:
        scene = floor_scene()
        scene.add(Body(brick(0.4, 0.4, 0.4), upright(0, 0, 0, 0)))
        outside = Body(brick(0.2, 0.2, 0.2), upright(0.21, 0, 1, 0))
        assert scene.rest(outside) is None
        inside = Body(brick(0.2, 0.2, 0.2), upright(0.18, 0, 1, 0))
        kept = scene.rest(inside)
        assert kept is not None and kept.supported_by == 2

    def test_refuses_a_box_on_its_edge(self) -> None:
        scene = floor_scene()
        box = Body(brick(0.2, 0.2, 0.2), upright(0, 0, 1, 0))
        assert scene.rest(turned(box, np.array([np.pi / 4, 0, 0]), box.center_of_mass)) is None

    def test_refuses_overlap(self) -> None:
        scene = floor_scene()
        scene.add(Body(brick(0.4, 0.4, 0.4), upright(0, 0, 0, 0)))
        inside = Body(brick(0.2, 0.2, 0.2), upright(0.2, 0, 0.0, 0))
        assert scene.add_if_stable(inside) is None
