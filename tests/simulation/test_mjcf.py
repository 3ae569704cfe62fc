"""The text of a MuJoCo model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from scenewright.simulation.mjcf import write_mjcf
from tests.simulation.simulation_builders import two_cubes


def test_free_bodies_have_a_joint_and_overlapping_ones_do_not_collide(tmp_path: Path) -> None:
    write_mjcf(tmp_path, two_cubes(), name="test")
    root = ElementTree.parse(tmp_path / "scene.xml").getroot()
    bodies = {body.get("name"): body for body in root.iter("body")}
    assert set(bodies) == {"one", "two", "wall_007"}
    assert bodies["one"].find("freejoint") is not None
    assert bodies["two"].find("freejoint") is None
    excluded = [(e.get("body1"), e.get("body2")) for e in root.iter("exclude")]
    assert excluded == [("one", "two")]
    inertial = bodies["one"].find("inertial")
    assert inertial is not None and inertial.get("mass") == "2"
    files = {mesh.get("file") for mesh in root.iter("mesh")}
    assert files == {path.name for path in (tmp_path / "meshes").iterdir()}


def test_flat_bodies_whose_inertia_is_rounded_are_loaded(tmp_path: Path) -> None:
    mujoco = pytest.importorskip("mujoco")
    scene = two_cubes()
    rug = replace(scene.bodies[0], inertia=np.diag([0.01, 0.01, 0.0201]))
    write_mjcf(tmp_path, replace(scene, bodies=(rug, scene.bodies[1])), name="test")
    model = mujoco.MjModel.from_xml_path(str(tmp_path / "scene.xml"))
    assert model.nbody == 4
