"""Which bodies stand, on what, and which are fixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.simulation.bodies import SimulationScene, simulation_scene
from tests.simulation.simulation_builders import BOX, PICTURE, POLE, TABLE, box_volume, room

pytest.importorskip("coacd")


@pytest.fixture(scope="module")
def scene() -> SimulationScene:
    """The bodies of the room."""
    return simulation_scene(room())


def test_what_stands_is_free_and_what_cannot_stand_is_fixed(scene: SimulationScene) -> None:
    bodies = {body.id: body for body in scene.bodies}
    assert bodies[TABLE].fixed == "" and bodies[BOX].fixed == ""
    assert bodies[POLE].fixed == "it would tip over"
    assert bodies[PICTURE].fixed == "nothing is below it"
    assert "object_005_picture is fixed: nothing is below it" in scene.notes
    assert scene.apart == ()
    assert scene.floor == 0


def test_bottoms_are_flat_and_touch_what_carries_them(scene: SimulationScene) -> None:
    bodies = {body.id: body for body in scene.bodies}
    low = {i: min(part.vertices[:, 2].min() for part in bodies[i].placed()) for i in (TABLE, BOX)}
    assert low[TABLE] == pytest.approx(0, abs=1e-9)
    top = max(part.vertices[:, 2].max() for part in bodies[TABLE].placed())
    assert low[BOX] == pytest.approx(top, abs=0.02)
    feet = np.concatenate([part.vertices for part in bodies[TABLE].placed()])
    feet = feet[feet[:, 2] < 1e-6]
    assert np.ptp(feet[:, 0]) > 0.8 and np.ptp(feet[:, 1]) > 0.4


def test_mass_is_volume_times_density_and_unknown_labels_are_said(scene: SimulationScene) -> None:
    bodies = {body.id: body for body in scene.bodies}
    assert bodies[BOX].mass == pytest.approx(80 * box_volume(), rel=1e-3)
    assert np.linalg.eigvalsh(bodies[TABLE].inertia).min() > 0
    assert "density 250 kg/m^3 for objects without a known label: object_004_thing" in scene.notes


def test_another_up_gives_the_same_bodies(scene: SimulationScene) -> None:
    turn = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # z becomes -y
    given = room()
    assets = {i: replace(a, world_from_asset=turn @ a.world_from_asset)
              for i, a in given.assets.items()}  # fmt: skip
    turned = simulation_scene(replace(given, assets=assets, up=np.array([0.0, -1, 0])))
    assert [b.fixed for b in turned.bodies] == [b.fixed for b in scene.bodies]
    heights = [b.position[2] for b in turned.bodies]
    assert heights == pytest.approx([b.position[2] for b in scene.bodies], abs=1e-3)


def test_a_scene_without_meshes_or_meters_is_refused() -> None:
    with pytest.raises(ConventionError) as error:
        simulation_scene(replace(room(), assets={}))
    assert str(error.value) == (
        "scene to simulate: expected an object with a mesh, got none. "
        "Run 'scenewright complete' on it first."
    )
    with pytest.raises(ConventionError) as error:
        simulation_scene(replace(room(), is_metric=False))
    assert str(error.value) == (
        "scene to simulate: expected lengths in meters, got an arbitrary unit"
    )
