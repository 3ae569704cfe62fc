"""Files for simulators, opened with the real libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import OutputError
from scenewright.io import save
from scenewright.pipelines.convert.run import convert_run
from scenewright.simulation import (
    SimulationScene,
    simulation_format,
    simulation_scene,
    write_simulation,
)
from tests.simulation.simulation_builders import box_volume, room

pytest.importorskip("coacd")


@pytest.fixture(scope="module")
def scene() -> SimulationScene:
    """The bodies of the room."""
    return simulation_scene(room())


def test_mujoco_loads_the_room_and_nothing_moves(scene: SimulationScene, tmp_path: Path) -> None:
    mujoco = pytest.importorskip("mujoco")
    write_simulation(tmp_path / "room-mujoco", scene)
    model = mujoco.MjModel.from_xml_path(str(tmp_path / "room-mujoco" / "scene.xml"))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    start = data.xpos.copy()
    for _ in range(1000):  # two seconds
        mujoco.mj_step(model, data)
    moved = np.linalg.norm(data.xpos - start, axis=1)
    assert moved.max() < 0.02
    free = {model.body(i).name for i in range(model.nbody) if model.body_dofnum[i]}
    assert free == {"object_002_table", "object_003_box"}
    assert model.body("object_003_box").mass[0] == pytest.approx(80 * box_volume(), rel=1e-3)


def test_convert_chooses_by_name_and_tells_what_it_decided(tmp_path: Path) -> None:
    save(room(), tmp_path / "scene")
    done = convert_run(tmp_path / "scene", tmp_path / "room-mujoco")
    assert any("is fixed" in note for note in done.notes)
    assert done.form == "folder for MuJoCo"
    assert (tmp_path / "room-mujoco" / "scene.xml").is_file()
    with pytest.raises(OutputError, match="expected a folder that does not exist yet"):
        convert_run(tmp_path / "scene", tmp_path / "room-mujoco")
    convert_run(tmp_path / "scene", tmp_path / "room-mujoco", overwrite=True)
    assert simulation_format("a/b/Room.USDA") == ".usda"
    assert simulation_format("room") is None and simulation_format("room.glb") is None
