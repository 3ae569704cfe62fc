"""A folder with one URDF per object, one for the room, and their places."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from scenewright.io import write_json
from scenewright.io.atomic import write_text
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.body import Body
from scenewright.simulation.mesh_files import numbers, write_obj
from scenewright.simulation.solids import Hull, hull_of

PLACES = "scene.json"
ROOM = "room"
_MARGIN = 2.0
_THICK = 0.2


def write_urdf(folder: Path, scene: SimulationScene, *, name: str) -> None:
    """Writes the models into an existing empty folder.

    ``scene.json`` lists for each model its file, position, and whether it is fixed.

    Args:
        folder: The folder.
        scene: The bodies.
        name: Name of the scene.
    """
    (folder / "meshes").mkdir()
    rows = []
    for body in scene.bodies:
        file = f"{body.name}.urdf"
        _write_body(folder, file, body)
        rows.append({
            "name": body.name, "id": body.id, "label": body.label, "file": file,
            "position": body.position, "rotation": [0, 0, 0], "fixed": bool(body.fixed),
        })  # fmt: skip
    _write_room(folder, scene)
    rows.append({
        "name": ROOM, "id": None, "label": "", "file": f"{ROOM}.urdf", "position": [0, 0, 0],
        "rotation": [0, 0, 0], "fixed": True,
    })  # fmt: skip
    pairs = [list(pair) for pair in scene.apart]
    places = {"name": name, "axes": "z up, meters", "models": rows, "do_not_collide": pairs}
    write_json(folder / PLACES, places)


def _write_body(folder: Path, file: str, body: Body) -> None:
    root = Element("robot", name=body.name)
    link = SubElement(root, "link", name=body.name)
    inertial = SubElement(link, "inertial")
    SubElement(inertial, "origin", xyz=numbers(body.center), rpy="0 0 0")
    SubElement(inertial, "mass", value=f"{body.mass:.6g}")
    names = (("ixx", 0, 0), ("ixy", 0, 1), ("ixz", 0, 2), ("iyy", 1, 1), ("iyz", 1, 2),
             ("izz", 2, 2))  # fmt: skip
    SubElement(inertial, "inertia", {key: f"{body.inertia[i, j]:.6g}" for key, i, j in names})
    visual = Hull(body.visual.vertices.astype(np.float64), body.visual.faces.astype(np.int64))
    _geometry(folder, link, "visual", body.name, visual, color=(*body.color, 1.0))
    for number, part in enumerate(body.parts):
        _geometry(folder, link, "collision", f"{body.name}_part{number:02d}", part)
    _write(folder / file, root)


def _write_room(folder: Path, scene: SimulationScene) -> None:
    root = Element("robot", name=ROOM)
    link = SubElement(root, "link", name=ROOM)
    low, high = scene.bounds[0] - _MARGIN, scene.bounds[1] + _MARGIN
    corners = np.array([
        [x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1])
        for z in (scene.floor - _THICK, scene.floor)
    ])  # fmt: skip
    _geometry(folder, link, "collision", "floor", hull_of(corners))
    for name, visual, parts in scene.room:
        seen = Hull(visual.vertices.astype(np.float64), visual.faces.astype(np.int64))
        _geometry(folder, link, "visual", name, seen)
        for number, part in enumerate(parts):
            _geometry(folder, link, "collision", f"{name}_part{number:02d}", part)
    _write(folder / f"{ROOM}.urdf", root)


def _geometry(
    folder: Path,
    link: Element,
    kind: str,
    name: str,
    shape: Hull,
    *,
    color: tuple[float, ...] | None = None,
) -> None:
    write_obj(folder / "meshes" / f"{name}.obj", shape.vertices, shape.faces)
    node = SubElement(link, kind)
    SubElement(node, "origin", xyz="0 0 0", rpy="0 0 0")
    geometry = SubElement(node, "geometry")
    SubElement(geometry, "mesh", filename=f"meshes/{name}.obj")
    if color is not None:
        material = SubElement(node, "material", name=f"{name}_color")
        SubElement(material, "color", rgba=numbers(color))


def _write(path: Path, root: Element) -> None:
    indent(root)
    write_text(path, tostring(root, encoding="unicode") + "\n")
