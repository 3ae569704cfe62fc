"""First contact of two bodies against closed forms and exact booleans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.worlds.composing import _contact
from scenewright.worlds.composing._body import Body, turned, upright
from scenewright.worlds.objects.registry import make_object
from tests.worlds.composing.composing_builders import brick, floor_scene, overlap


class TestGap:
    def test_of_two_boxes_is_the_height_between_them(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.2, 0.1), upright(0.55, 0.1, 0.75, 0.4))
        assert _contact.gap_below(high.down, low.up, 0.0) == pytest.approx(0.45, abs=1e-7)

    def test_is_none_beside_the_other(self) -> None:
        low = Body(brick(1, 1, 0.3), upright(0, 0, 0, 0))
        high = Body(brick(0.2, 0.2, 0.1), upright(0.61, 0, 0.75, 0))
        assert _contact.gap_below(high.down, low.up, 0.0) == _contact.NO_CONTACT

    def test_finds_edge_edge_contact(self) -> None:
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
