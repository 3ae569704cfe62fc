"""A trial in MuJoCo finds what does not rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("coacd")
pytest.importorskip("mujoco")

from scenewright.simulation.bodies import simulation_scene
from scenewright.simulation.resting import REASON, at_rest
from tests.simulation.simulation_builders import BOX, TABLE, room


def test_what_rests_stays_free_and_what_falls_is_fixed_and_named() -> None:
    scene = simulation_scene(room())
    calm = at_rest(scene)
    assert [body.fixed for body in calm.bodies] == [body.fixed for body in scene.bodies]
    assert calm.notes == scene.notes
    # The box begins half a meter above the table, as if the scan had lost what carries it.
    lifted = tuple(
        replace(body, position=body.position + np.array([0, 0, 0.5])) if body.id == BOX else body
        for body in scene.bodies
    )
    found = at_rest(replace(scene, bodies=lifted))
    fixed = {body.id: body.fixed for body in found.bodies}
    assert fixed[BOX] == REASON and fixed[TABLE] == ""
    name = next(body.name for body in scene.bodies if body.id == BOX)
    assert found.notes[-1] == f"{name} is fixed: it does not rest in MuJoCo"


def test_what_leaned_on_a_fixed_body_is_tried_again() -> None:
    scene = simulation_scene(room())
    # Half of the box is beside the table: it falls first, and the table stays.
    aside = tuple(
        replace(body, position=body.position + np.array([0.52, 0, 0])) if body.id == BOX else body
        for body in scene.bodies
    )
    found = at_rest(replace(scene, bodies=aside))
    assert [body.id for body in found.bodies if body.fixed == REASON] == [BOX]
    assert at_rest(found).notes == found.notes, "nothing moves any more"


def test_a_scene_of_fixed_bodies_needs_no_trial() -> None:
    scene = simulation_scene(room())
    still = replace(scene, bodies=tuple(replace(one, fixed="held") for one in scene.bodies))
    assert at_rest(still) is still
