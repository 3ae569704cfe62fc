"""A folder that MuJoCo loads: scene.xml and the meshes."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, tostring

import numpy as np

from scenewright.io.atomic import write_text
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.body import Body
from scenewright.simulation.mesh_files import numbers, write_obj
from scenewright.simulation.solids import Hull

MODEL = "scene.xml"
_MARGIN = 2.0
_THICK = 0.1
_LEAST_INERTIA = 1e-7


def write_mjcf(folder: Path, scene: SimulationScene, *, name: str) -> None:
    """Writes a model into an existing empty folder.

    Geoms of group 2 are seen, those of group 3 collide. Bodies that can move have a free joint.

    Args:
        folder: The folder.
        scene: The bodies.
        name: Name of the model.
    """
    (folder / "meshes").mkdir()
    root = Element("mujoco", model=name)
    # Of a flat body the sum of two inertias is the third, which rounding and the bound may exceed.
    SubElement(root, "compiler", angle="radian", meshdir="meshes", boundmass="0.001",
               boundinertia=str(_LEAST_INERTIA), balanceinertia="true")  # fmt: skip
    SubElement(root, "option", gravity="0 0 -9.81", timestep="0.002", integrator="implicitfast")
    assets, world, contact = (SubElement(root, tag) for tag in ("asset", "worldbody", "contact"))
    middle, half = scene.bounds.mean(axis=0), np.ptp(scene.bounds, axis=0) / 2 + _MARGIN
    SubElement(world, "light", pos=numbers((*middle, scene.floor + 4)), dir="0 0 -1")
    SubElement(
        world, "geom", name="floor", type="box", size=numbers((*half, _THICK)),
        pos=numbers((*middle, scene.floor - _THICK)), friction="1 0.02 0.001", group="3",
        rgba="0.7 0.7 0.7 0.3",
    )  # fmt: skip
    for label, visual, parts in scene.room:
        _mesh(folder, assets, label, visual.vertices, visual.faces)
        part = SubElement(world, "body", name=label)
        SubElement(part, "geom", type="mesh", mesh=label, contype="0", conaffinity="0", group="2")
        _collisions(folder, assets, part, label, parts)
    for body in scene.bodies:
        _body(folder, assets, world, body)
    for one, other in scene.apart:
        SubElement(contact, "exclude", body1=one, body2=other)
    tree = ElementTree(root)
    indent(tree)
    write_text(folder / MODEL, tostring(root, encoding="unicode") + "\n")


def _mesh(folder: Path, assets: Element, name: str, vertices: object, faces: object) -> None:
    write_obj(folder / "meshes" / f"{name}.obj", np.asarray(vertices), np.asarray(faces))
    SubElement(assets, "mesh", name=name, file=f"{name}.obj", inertia="shell")


def _body(folder: Path, assets: Element, world: Element, body: Body) -> None:
    node = SubElement(world, "body", name=body.name, pos=numbers(body.position))
    if not body.fixed:
        SubElement(node, "freejoint")
    inertia = body.inertia
    SubElement(
        node, "inertial", pos=numbers(body.center), mass=f"{body.mass:.6g}",
        fullinertia=numbers((inertia[0, 0], inertia[1, 1], inertia[2, 2], inertia[0, 1],
                             inertia[0, 2], inertia[1, 2])),
    )  # fmt: skip
    _mesh(folder, assets, body.name, body.visual.vertices, body.visual.faces)
    SubElement(
        node, "geom", type="mesh", mesh=body.name, contype="0", conaffinity="0", group="2",
        rgba=numbers((*body.color, 1.0)),
    )  # fmt: skip
    _collisions(folder, assets, node, body.name, body.parts)


def _collisions(
    folder: Path, assets: Element, node: Element, name: str, parts: tuple[Hull, ...]
) -> None:
    for number, part in enumerate(parts):
        label = f"{name}_part{number:02d}"
        write_obj(folder / "meshes" / f"{label}.obj", part.vertices, part.faces)
        SubElement(assets, "mesh", name=label, file=f"{label}.obj")
        SubElement(node, "geom", type="mesh", mesh=label, group="3", friction="1 0.02 0.001")
