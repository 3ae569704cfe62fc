"""A trial in MuJoCo: bodies that do not stay where they were scanned are fixed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh, require
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.body import Body
from scenewright.simulation.mjcf import MODEL, write_mjcf
from scenewright.simulation.solids import EXTRA

_SECONDS = 2.0
_MOST_MOVED = 0.01
"""A body that moves farther in the trial does not rest, meters."""
REASON = "it does not rest in MuJoCo"


def at_rest(scene: SimulationScene) -> SimulationScene:
    """The scene, with every body fixed that moved by more than a centimeter in two seconds.

    What is scanned has errors of centimeters: a speaker may lean on a shelf that ends a little too
    low. The notes name what was fixed.

    Args:
        scene: Bodies where they were scanned.

    Raises:
        MissingExtraError: MuJoCo is not installed.
    """
    require("mujoco", extra=EXTRA)
    # Fixing a body changes what leans on it; every round fixes one at least.
    while moved := _moved(scene):
        bodies = tuple(
            replace(body, fixed=REASON) if body.name in moved else body for body in scene.bodies
        )
        notes = tuple(f"{name} is fixed: {REASON}" for name in sorted(moved))
        scene = replace(scene, bodies=bodies, notes=scene.notes + notes)
    return scene


def _moved(scene: SimulationScene) -> set[str]:
    """Names of the bodies that do not rest."""
    import mujoco

    free = [body.name for body in scene.bodies if not body.fixed]
    if not free:
        return set()
    with tempfile.TemporaryDirectory() as made:
        write_mjcf(Path(made), _unseen(scene), name="trial")
        model = mujoco.MjModel.from_xml_path(str(Path(made) / MODEL))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    rows = [mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) for name in free]
    start: NDArray[np.float64] = data.xpos[rows].copy()
    for _ in range(round(_SECONDS / model.opt.timestep)):
        mujoco.mj_step(model, data)
    mujoco.mj_forward(model, data)
    distance = np.linalg.norm(data.xpos[rows] - start, axis=1)
    # What is not finite flew off.
    return {name for name, far in zip(free, distance, strict=True) if not far <= _MOST_MOVED}


def _unseen(scene: SimulationScene) -> SimulationScene:
    """The scene with collision shapes as what is seen, which are smaller files."""
    bodies = tuple(replace(body, visual=_first_part(body)) for body in scene.bodies)
    return replace(scene, bodies=bodies, floor_visual=None)


def _first_part(body: Body) -> Mesh:
    part = body.parts[0]
    return Mesh(part.vertices.astype(np.float32), part.faces.astype(np.int32))
