"""A scene as bodies that stay at rest: what stands, on what, and what has to be fixed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh, Scene
from scenewright.geometry.transforms import upright_frame
from scenewright.simulation.body import Body
from scenewright.simulation.densities import density_of
from scenewright.simulation.solids import Hull, convex_parts, hull_of, mass_properties
from scenewright.simulation.standing import TOUCH, common_volume, on_supports

_SHELL = 0.05
"""Thickness of walls for collisions, meters."""
_LEAST_MASS = 0.01


@dataclass(frozen=True, eq=False)
class SimulationScene:
    """Bodies, the room, and what a simulator has to know.

    Attributes:
        bodies: The objects.
        room: Parts of the room but the floor: name, what is seen, and its convex parts, world.
        floor: Height of the floor, meters.
        bounds: (2, 2) extent of the floor along x and y.
        floor_visual: What is seen of the floor, world; None if no floor was seen.
        apart: Pairs of names that overlap at the start, so that they must not collide.
        level_from_world: (3, 3) rotation from the scene's world to z up.
        notes: What was decided, a sentence each.
    """

    bodies: tuple[Body, ...]
    room: tuple[tuple[str, Mesh, tuple[Hull, ...]], ...]
    floor: float
    bounds: NDArray[np.float64]
    floor_visual: Mesh | None
    apart: tuple[tuple[str, str], ...]
    level_from_world: NDArray[np.float64]
    notes: tuple[str, ...]


def simulation_scene(scene: Scene) -> SimulationScene:
    """Turns the objects of a scene into bodies.

    A body that stands on the floor or on another one gets a flat bottom there (see `standing`).
    What hangs, would tip over, stands inside of another body, or is built in is fixed, and the
    notes say so. Mass is volume times a density by label.

    Args:
        scene: With meshes. Those of whole objects give better bodies (`scenewright complete`).

    Raises:
        ConventionError: No object has a mesh, or lengths are not in meters.
        MissingExtraError: A mesh has to be decomposed, and CoACD is not installed.
    """
    if not scene.is_metric:
        raise ConventionError(
            "scene to simulate", expected="lengths in meters", got="an arbitrary unit"
        )
    turn = upright_frame(np.array([0.0, 0.0, 1.0]) if scene.up is None else scene.up).T
    notes: list[str] = []
    bodies = _bodies(scene, turn, notes)
    if not bodies:
        raise ConventionError(
            "scene to simulate", expected="an object with a mesh", got="none",
            do="Run 'scenewright complete' on it first.",
        )  # fmt: skip
    floor, floor_visual = _floor(scene, turn, bodies)
    stood = on_supports(bodies, floor)
    room = _room(scene, turn)
    notes += [f"{body.name} is fixed: {body.fixed}" for body in stood if body.fixed]
    points = np.concatenate([part.vertices for body in stood for part in body.placed()])
    if floor_visual is not None:
        points = np.concatenate([points, floor_visual.vertices])
    bounds = np.stack([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])
    return SimulationScene(
        tuple(stood), tuple(room), floor, bounds, floor_visual, _apart(stood, room), turn,
        tuple(notes),
    )  # fmt: skip


def _bodies(scene: Scene, turn: NDArray[np.float64], notes: list[str]) -> list[Body]:
    bodies = []
    unknown: list[str] = []
    for row in scene.instances:
        asset = scene.assets.get(row.id)
        if row.role != "object" or asset is None or asset.mesh is None or not len(asset.mesh.faces):
            continue
        name = f"object_{row.id:03d}" + (f"_{_word(row.label)}" if row.label else "")
        vertices = asset.world_vertices() @ turn.T
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        local, faces = vertices - middle, asset.mesh.faces
        if asset.is_whole:
            solid = mass_properties(local, faces)
            parts = convex_parts(local, faces)
        else:
            hull = hull_of(local)
            solid, parts = mass_properties(hull.vertices, hull.faces), [hull]
            notes.append(f"{name} is not whole; its convex hull stands for it")
        density, is_known = density_of(row.label)
        if not is_known:
            unknown.append(name)
        mass = max(density * solid.volume, _LEAST_MASS)
        scale = mass / max(solid.volume, 1e-12)
        visual = replace(asset.mesh, vertices=local.astype(np.float32))
        bodies.append(Body(
            row.id, name, row.label, visual, tuple(parts), middle, mass, solid.center,
            scale * solid.inertia,
        ))  # fmt: skip
    if unknown:
        density, _ = density_of("")
        shown = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        notes.append(f"density {density:g} kg/m^3 for objects without a known label: {shown}")
    return bodies


def _word(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_") or "unnamed"


def _floor(
    scene: Scene, turn: NDArray[np.float64], bodies: list[Body]
) -> tuple[float, Mesh | None]:
    """Height of the floor, and what is seen of it."""
    for row in scene.instances:
        asset = scene.assets.get(row.id)
        if row.role == "floor" and asset is not None and asset.mesh is not None:
            vertices = asset.world_vertices() @ turn.T
            visual = replace(asset.mesh, vertices=vertices.astype(np.float32))
            return float(np.median(vertices[:, 2])), visual
    lowest = min(float(part.vertices[:, 2].min()) for body in bodies for part in body.placed())
    return lowest, None


def _room(scene: Scene, turn: NDArray[np.float64]) -> list[tuple[str, Mesh, tuple[Hull, ...]]]:
    """Walls as slabs behind their surface."""
    room: list[tuple[str, Mesh, tuple[Hull, ...]]] = []
    inside = np.zeros(3) if scene.bounds is None else turn @ scene.bounds.mean(axis=0)
    for row in scene.instances:
        asset = scene.assets.get(row.id)
        if row.role not in ("wall", "ceiling") or asset is None or asset.mesh is None:
            continue
        vertices = asset.world_vertices() @ turn.T
        if len(vertices) < 4:
            continue
        middle = vertices.mean(axis=0)
        normal = np.linalg.svd((vertices - middle)[:: max(len(vertices) // 5000, 1)],
                               full_matrices=False)[2][2]  # fmt: skip
        if (inside - middle) @ normal > 0:
            normal = -normal
        flat = vertices - np.outer((vertices - middle) @ normal, normal)
        slab = hull_of(np.concatenate([flat, flat + _SHELL * normal]))
        visual = replace(asset.mesh, vertices=vertices.astype(np.float32))
        room.append((f"{row.role}_{row.id:03d}", visual, (slab,)))
    return room


def _apart(
    bodies: list[Body], room: list[tuple[str, Mesh, tuple[Hull, ...]]]
) -> tuple[tuple[str, str], ...]:
    """Pairs that overlap at the start, of which one can move."""
    pairs = []
    for n, body in enumerate(bodies):
        for other in bodies[n + 1 :]:
            if (
                not (body.fixed and other.fixed)
                and common_volume(body.placed(), other.placed()) > TOUCH
            ):
                pairs.append((body.name, other.name))
        for name, _, parts in room:
            if not body.fixed and common_volume(body.placed(), list(parts)) > TOUCH:
                pairs.append((body.name, name))
    return tuple(pairs)
