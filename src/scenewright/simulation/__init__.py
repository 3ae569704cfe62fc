"""Scenes as files that simulators load: MuJoCo (MJCF), URDF and USD.

`densities` says how heavy things are, `solids` measures and decomposes meshes, `bodies` turns a
scene into bodies that stand, `resting` tries whether they stay at rest, `mjcf`, `urdf` and `usd`
write them, `formats` chooses by the name of the output.
"""

from scenewright.simulation.bodies import SimulationScene, simulation_scene
from scenewright.simulation.body import Body
from scenewright.simulation.formats import FORMATS, simulation_format, write_simulation
from scenewright.simulation.resting import at_rest

__all__ = [
    "FORMATS",
    "Body",
    "SimulationScene",
    "at_rest",
    "simulation_format",
    "simulation_scene",
    "write_simulation",
]
