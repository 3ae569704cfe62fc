"""Collision shapes are cut and stretched where bodies stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import Mesh
from scenewright.simulation.body import Body
from scenewright.simulation.solids import Hull, hull_of
from scenewright.simulation.standing import common_volume, on_supports


def cuboid(low: tuple[float, float, float], high: tuple[float, float, float]) -> Hull:
    """A box by two corners."""
    corners = np.array([
        [x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])
    ])  # fmt: skip
    return hull_of(corners)


def body(number: int, *parts: Hull, label: str = "") -> Body:
    """A body of convex parts in the world."""
    points = np.concatenate([part.vertices for part in parts])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    local = tuple(Hull(part.vertices - middle, part.faces) for part in parts)
    mesh = Mesh(local[0].vertices.astype(np.float32), local[0].faces.astype(np.int32))
    return Body(number, f"body_{number}", label, mesh, local, middle, 1.0, np.zeros(3), np.eye(3))


def low(one: Body) -> float:
    """Height of the lowest point of a body."""
    return min(float(part.vertices[:, 2].min()) for part in one.placed())


def table() -> Body:
    """A top on four legs, of which two end above the floor."""
    legs = [
        cuboid((x, y, 0.05 * (x > 0)), (x + 0.05, y + 0.05, 0.7))
        for x in (-0.5, 0.45) for y in (-0.3, 0.25)
    ]  # fmt: skip
    return body(1, cuboid((-0.5, -0.3, 0.7), (0.5, 0.3, 0.75)), *legs)


def test_legs_that_end_above_the_floor_reach_it() -> None:
    (one,) = on_supports([table()], 0.0)
    assert one.fixed == ""
    feet = np.concatenate([part.vertices for part in one.placed()])
    feet = feet[np.abs(feet[:, 2]) < 1e-9]
    assert np.ptp(feet[:, 0]) == pytest.approx(1.0) and np.ptp(feet[:, 1]) == pytest.approx(0.6)


def test_what_sinks_into_its_carrier_is_cut_and_stays_where_it_is() -> None:
    cup = body(2, cuboid((0.0, 0.0, 0.72), (0.1, 0.1, 0.85)))
    found = {one.id: one for one in on_supports([table(), cup], 0.0)}
    assert found[2].fixed == ""
    assert np.array_equal(found[2].position, cup.position)
    assert low(found[2]) == pytest.approx(0.75)
    assert common_volume(found[1].placed(), found[2].placed()) < 1e-9


def test_something_flat_is_lifted_and_not_cut() -> None:
    plate = body(2, cuboid((0.0, 0.0, 0.735), (0.2, 0.2, 0.755)))
    found = {one.id: one for one in on_supports([table(), plate], 0.0)}
    assert found[2].fixed == "" and low(found[2]) == pytest.approx(0.75)
    assert found[2].position[2] == pytest.approx(0.76)


def test_what_hovers_over_its_carrier_is_stretched_to_it() -> None:
    cup = body(2, cuboid((0.0, 0.0, 0.78), (0.1, 0.1, 0.9)))
    found = {one.id: one for one in on_supports([table(), cup], 0.0)}
    assert found[2].fixed == "" and low(found[2]) == pytest.approx(0.75)
    far = body(2, cuboid((0.0, 0.0, 0.9), (0.1, 0.1, 1.0)))
    found = {one.id: one for one in on_supports([table(), far], 0.0)}
    assert found[2].fixed == "nothing is below it"


def test_a_bump_between_the_feet_lifts_the_plane() -> None:
    bumpy = replace(table())
    bump = cuboid((0.2, 0.0, 0.74), (0.25, 0.05, 0.765))
    carrier = body(1, *bumpy.placed(), bump)
    legs = [cuboid((x, 0.0, 0.75), (x + 0.02, 0.1, 0.8)) for x in (0.1, 0.4)]
    bridge = body(2, cuboid((0.1, 0.0, 0.755), (0.42, 0.1, 0.9)), *legs)
    found = {one.id: one for one in on_supports([carrier, bridge], 0.0)}
    assert found[2].fixed == "" and low(found[2]) == pytest.approx(0.765)


def test_a_side_that_touches_makes_it_narrower() -> None:
    wall = body(
        1, cuboid((-0.5, -0.3, 0.0), (0.5, 0.3, 0.5)), cuboid((0.3, -0.3, 0.5), (0.5, 0.3, 1))
    )
    box = body(2, cuboid((0.0, -0.1, 0.5), (0.305, 0.1, 0.7)))
    found = {one.id: one for one in on_supports([wall, box], 0.0)}
    assert found[2].fixed == ""
    assert common_volume(found[1].placed(), found[2].placed()) == 0
    deep = body(2, cuboid((0.0, -0.1, 0.5), (0.45, 0.1, 0.7)))
    found = {one.id: one for one in on_supports([wall, deep], 0.0)}
    assert found[2].fixed == "it stands inside of body_1"


def test_what_is_built_in_or_would_tip_is_fixed() -> None:
    door = body(1, cuboid((0, 0, 0), (0.9, 0.05, 2)), label="Door")
    lean = body(2, cuboid((2, 0, 0), (2.1, 0.1, 0.5)), cuboid((2.0, 0, 0.5), (3.5, 0.1, 0.6)))
    found = {one.id: one.fixed for one in on_supports([door, lean], 0.0)}
    assert found == {1: "it is built in", 2: "it would tip over"}


def test_what_stands_over_a_hole_of_its_carrier_is_fixed() -> None:
    frame = [
        cuboid((-0.3, -0.3, 0.0), (0.0, 0.3, 0.5)), cuboid((0.2, -0.3, 0.0), (0.4, 0.3, 0.5)),
        cuboid((0.0, -0.3, 0.0), (0.2, 0.3, 0.4)),
    ]  # fmt: skip
    carrier = body(1, *frame)
    across = body(2, cuboid((-0.1, -0.05, 0.5), (0.3, 0.05, 0.6)))
    inside = body(3, cuboid((-0.1, 0.1, 0.5), (0.15, 0.2, 0.6)))
    found = {one.id: one.fixed for one in on_supports([carrier, across, inside], 0.0)}
    assert found == {1: "", 2: "", 3: "it would tip over"}


@pytest.mark.parametrize(("width", "fixed"), [(0.08, "it would tip over"), (0.4, "")])
def test_a_step_tips_what_is_narrow_and_not_what_is_wide(width: float, fixed: str) -> None:
    half = width / 2
    carrier = body(
        1,
        cuboid((-0.3, -0.3, 0.0), (0.005, 0.3, 0.5)),
        cuboid((0.005, -0.3, 0.0), (0.3, 0.3, 0.488)),
    )
    standing = body(2, cuboid((0.01 - half, -half, 0.5), (0.01 + half, half, 0.6)))
    found = on_supports([carrier, standing], 0.0)
    assert found[1].fixed == fixed
