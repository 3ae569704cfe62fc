"""First contact, rest and tipping, against closed forms and against exact booleans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.worlds.composing import _contact
from scenewright.worlds.composing._body import Body, turned, upright
from scenewright.worlds.composing._settling import pushed, settle
from scenewright.worlds.composing._room_shell import block
from scenewright.worlds.composing._rigid_scene import RigidScene, stability
from scenewright.worlds.objects.model import Material, ObjectModel, Part
from scenewright.worlds.objects.registry import make_object

GRAY = Material((0.5, 0.5, 0.5))


def brick(x: float, y: float, z: float) -> ObjectModel:
    part = Part("brick", block((-x / 2, -y / 2, 0.0), (x / 2, y / 2, z)), GRAY)
    return ObjectModel("brick", (part,))


def floor_scene() -> RigidScene:
    scene = RigidScene()
    scene.add(Body(brick(4, 4, 0.1), upright(0, 0, -0.1, 0), is_stuff=True))
    return scene


def overlap(a: Body, b: Body) -> float:
    return float((a.manifold ^ b.manifold).volume())


class TestGap:
    def test_of_two_boxes_is_the_height_between_them(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.2, 0.1), upright(0.55, 0.1, 0.75, 0.4))
        assert _contact.gap_below(high.down, low.up, 0.0) == pytest.approx(0.45, abs=1e-7)

    def test_is_none_past_the_side(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.2, 0.1), upright(0.61, 0, 0.75, 0))
        assert _contact.gap_below(high.down, low.up, 0.0) == _contact.NO_CONTACT

    def test_meets_edge_on_edge(self) -> None:
        # Two bars on their edges, crosswise: they touch where no corner is.
        half = np.sqrt(0.5) * 0.1
        bar = Body(brick(2, 0.1, 0.1), np.eye(4))
        on_edge = turned(bar, np.array([np.pi / 4, 0, 0]), np.array([0, 0, 0.05]))
        crosswise = turned(on_edge, np.array([0, 0, 1.1]), np.zeros(3)).moved(0, 0, 1.0)
        expected = 1.0 - 2 * half
        assert _contact.gap_below(crosswise.down, on_edge.up, 0.0) == pytest.approx(expected)

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 500), st.floats(-0.05, 0.05), st.floats(0, 6.2), st.floats(-1.5, 1.5))
    def test_leads_to_first_contact_of_true_shapes(
        self, seed: int, shift: float, heading: float, tilt: float
    ) -> None:
        scene = floor_scene()
        under = scene.add(Body(make_object("mug", seed=seed), upright(0, 0, 0, 0.3)))
        thing = Body(make_object("bowl", seed=seed + 1), upright(shift, 0.02, 1.0, heading))
        thing = turned(thing, np.array([tilt, 0.2, 0]), thing.center_of_mass)
        landed = scene.drop(thing)
        assert landed is not None
        others = scene.bodies
        gap = min(landed.manifold.min_gap(other.manifold, 0.1) for other in others)
        assert gap < 1e-6
        assert max(overlap(landed, other) for other in others) < 1e-10
        deeper = landed.moved(0, 0, -1e-4)
        assert max(overlap(deeper, other) for other in others) > 0
        assert under.instance_id == 2


class TestContactPoints:
    def test_of_a_box_on_a_box_are_its_bottom(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.4, 0.1), upright(0.1, 0, 0.3, 0))
        points = _contact.contact_points(high.down, low.up, 1e-4)
        np.testing.assert_allclose(points.min(axis=0), (0.0, -0.2, 0.3), atol=1e-6)
        np.testing.assert_allclose(points.max(axis=0), (0.2, 0.2, 0.3), atol=1e-6)

    def test_are_none_above(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.4, 0.1), upright(0.1, 0, 0.301, 0))
        assert len(_contact.contact_points(high.down, low.up, 5e-4)) == 0


class TestStability:
    square = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])

    def test_is_the_distance_to_the_nearest_side(self) -> None:
        assert stability(np.array([0.8, 0.1]), self.square) == pytest.approx(0.2)

    def test_is_below_zero_outside(self) -> None:
        assert stability(np.array([1.2, 0.0]), self.square) == pytest.approx(-0.2, abs=1e-3)

    def test_forgives_one_point_right_below(self) -> None:
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

    def test_refuses_what_stands_in_another(self) -> None:
        scene = floor_scene()
        scene.add(Body(brick(0.4, 0.4, 0.4), upright(0, 0, 0, 0)))
        inside = Body(brick(0.2, 0.2, 0.2), upright(0.2, 0, 0.0, 0))
        assert scene.keep(inside) is None


class TestSettle:
    def test_lays_a_box_that_starts_on_its_edge_on_a_face(self) -> None:
        scene = floor_scene()
        box = Body(brick(0.2, 0.3, 0.5), upright(0, 0, 1, 0.3))
        tilted = turned(box, np.array([0.5, 0.4, 0]), box.center_of_mass)
        rested = settle(scene, tilted)
        assert rested is not None
        lowest = np.sort(rested.triangles.reshape(-1, 3)[:, 2])[:4]
        assert np.abs(lowest).max() < 1e-3
        assert scene.keep(rested) is not None

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

    def test_gives_up_below_the_height_asked_for(self) -> None:
        box = Body(brick(0.1, 0.1, 0.1), upright(0, 0, 1, 0))
        assert settle(floor_scene(), box, lowest=0.2) is None


class TestPushed:
    @pytest.mark.parametrize("angle", [0.0, 0.7, 2.0, 4.5])
    def test_stops_where_two_things_touch(self, angle: float) -> None:
        scene = floor_scene()
        mug = scene.add(Body(make_object("mug", seed=3), upright(0, 0, 0, 0.5)))
        out = np.array([np.cos(angle), np.sin(angle)])
        thing = Body(make_object("box", seed=4), upright(*(0.8 * out), 0.001, 1.0))
        moved = pushed(scene, thing, -out)
        assert moved is not None
        assert moved.manifold.min_gap(mug.manifold, 0.1) < 1e-6
        assert overlap(moved, mug) < 1e-10
        further = moved.moved(*(-1e-4 * out), 0)
        assert overlap(further, mug) > 0

    def test_is_none_with_nothing_ahead(self) -> None:
        scene = floor_scene()
        thing = Body(brick(0.1, 0.1, 0.1), upright(0, 0, 0.001, 0))
        assert pushed(scene, thing, np.array([1.0, 0.0])) is None
