"""A scene as bodies that stay at rest: what stands, on what, and what has to be fixed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenewright.core import ConventionError, Mesh, Scene
from scenewright.geometry.mesh_queries import distances_below
from scenewright.geometry.transforms import upright_frame
from scenewright.simulation.densities import density_of
from scenewright.simulation.solids import Hull, convex_parts, hull_of, mass_properties

_NEAR_FLOOR = 0.06
"""A body whose lowest point is this close to the floor stands on it, meters."""
_FOOT = 0.015
"""Height of the part of a body that is made flat where it stands, meters."""
_LARGEST_LIFT = 0.02
"""Largest distance that a body is lifted or lowered onto what it stands on, meters."""
_LEAST_MARGIN = 0.01
"""Smallest distance of the center of mass from the edge of the contact area, meters."""
_TOUCH = 1e-8
"""Shared volume below which bodies only touch, cubic meters."""
_SHELL = 0.05
"""Thickness of walls for collisions, meters."""
_LEAST_MASS = 0.01


@dataclass(frozen=True, eq=False)
class Body:
    """One object of a simulation.

    Attributes:
        id: Id of the instance.
        name: Name of its files and in the simulation, unique.
        label: Category; empty if unknown.
        visual: What is seen, relative to `position`, z up.
        parts: Convex parts for collisions, relative to `position`.
        position: (3,) meters, world with z up.
        mass: Kilograms.
        center: (3,) center of mass, relative to `position`.
        inertia: (3, 3) about the center of mass, kg m^2.
        fixed: Why it does not move; empty if it does.
    """

    id: int
    name: str
    label: str
    visual: Mesh
    parts: tuple[Hull, ...]
    position: NDArray[np.float64]
    mass: float
    center: NDArray[np.float64]
    inertia: NDArray[np.float64]
    fixed: str = ""

    def placed(self) -> list[Hull]:
        """The convex parts in the world."""
        return [Hull(part.vertices + self.position, part.faces) for part in self.parts]

    @property
    def color(self) -> NDArray[np.float64]:
        """(3,) mean color, 0 to 1."""
        colors = self.visual.colors_at_vertices()
        if colors is None or not len(colors):
            return np.full(3, 0.6)
        mean: NDArray[np.float64] = colors.astype(np.float64).mean(axis=0) / 255
        return mean


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

    A body that stands on the floor or on another one gets a flat bottom there. What hangs, would
    tip over, or stands inside of another body is fixed, and the notes say so. Mass is volume times
    a density by label.

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
    stood = _on_supports(bodies, floor)
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


def _on_supports(bodies: list[Body], floor: float) -> list[Body]:
    """The bodies, each set down on what it stands on, or fixed; lowest first."""
    order = sorted(bodies, key=lambda body: (_bottom(body), body.id))
    done: list[Body] = []
    for body in order:
        if abs(_bottom(body) - floor) <= _NEAR_FLOOR:
            done.append(_standing(_flattened(body, floor), floor))
            continue
        done.append(_on_others(body, done))
    return done


def _bottom(body: Body) -> float:
    return float(body.position[2]) + min(float(part.vertices[:, 2].min()) for part in body.parts)


def _on_others(body: Body, below: list[Body]) -> Body:
    """A body set down on the highest of those below it."""
    feet = _feet(body)
    best: tuple[float, Body] | None = None
    for other in below:
        top = _top_below(other, feet, limit=_bottom(body) + _NEAR_FLOOR)
        if np.isfinite(top) and (best is None or top > best[0]):
            best = top, other
    if best is None or abs(best[0] - _bottom(body)) > _NEAR_FLOOR:
        return replace(body, fixed="nothing is below it")
    lift = best[0] - _bottom(body)
    if abs(lift) > _LARGEST_LIFT:
        return replace(body, fixed=f"it stands inside of {best[1].name}")
    moved = _flattened(replace(body, position=body.position + np.array([0, 0, lift])), best[0])
    if _shared_volume(moved, best[1]) > _TOUCH:
        return replace(body, fixed=f"it stands inside of {best[1].name}")
    center = (moved.position + moved.center)[None]
    if not np.isfinite(_top_below(best[1], center, limit=best[0] + 1e-3)):
        return replace(moved, fixed=f"most of it is not above {best[1].name}")
    return _standing(moved, best[0])


def _feet(body: Body) -> NDArray[np.float64]:
    """(N, 3) the lowest vertices of a body, world."""
    points = np.concatenate([part.vertices for part in body.placed()])
    low: NDArray[np.float64] = points[points[:, 2] < points[:, 2].min() + _FOOT]
    return low


def _top_below(body: Body, points: NDArray[np.float64], *, limit: float) -> float:
    """Height of the highest surface of a body below points, not above a limit; -inf if none."""
    corners = np.concatenate([part.vertices[part.faces] for part in body.placed()])
    start = np.column_stack([points[:, :2], np.full(len(points), limit)])
    below = distances_below(start, corners)
    return limit - float(below.min()) if np.isfinite(below).any() else -np.inf


def _flattened(body: Body, height: float) -> Body:
    """A body whose lowest vertices lie on a level plane."""
    local = height - float(body.position[2])
    parts = []
    for part in body.parts:
        vertices = part.vertices.copy()
        low = vertices[:, 2] < max(local, _bottom(body) - float(body.position[2])) + _FOOT
        vertices[low, 2] = local
        parts.append(hull_of(vertices))
    return replace(body, parts=tuple(parts))


def _standing(body: Body, height: float) -> Body:
    """The body, fixed if it would tip over."""
    points = np.concatenate([part.vertices for part in body.placed()])
    feet = points[points[:, 2] < height + 1e-4, :2]
    center = (body.position + body.center)[:2]
    try:
        hull = ConvexHull(feet)
        margin = -float((hull.equations[:, :2] @ center + hull.equations[:, 2]).max())
    except (QhullError, ValueError):
        margin = -np.inf
    least = min(_LEAST_MARGIN, 0.05 * float(np.ptp(points[:, :2], axis=0).max()))
    return body if margin > least else replace(body, fixed="it would tip over")


def _shared_volume(body: Body, other: Body) -> float:
    return _common(body.placed(), other.placed())


def _common(ours: list[Hull], theirs: list[Hull]) -> float:
    """Volume that convex parts share, cubic meters."""
    from manifold3d import Manifold

    total = 0.0
    for a in ours:
        for b in theirs:
            low = np.maximum(a.vertices.min(axis=0), b.vertices.min(axis=0))
            high = np.minimum(a.vertices.max(axis=0), b.vertices.max(axis=0))
            if (high - low <= 0).any():
                continue
            shared = Manifold.hull_points(a.vertices) ^ Manifold.hull_points(b.vertices)
            total += float(shared.volume())
    return total


def _apart(
    bodies: list[Body], room: list[tuple[str, Mesh, tuple[Hull, ...]]]
) -> tuple[tuple[str, str], ...]:
    """Pairs that overlap at the start, of which one can move."""
    pairs = []
    for n, body in enumerate(bodies):
        for other in bodies[n + 1 :]:
            if not (body.fixed and other.fixed) and _shared_volume(body, other) > _TOUCH:
                pairs.append((body.name, other.name))
        for name, _, parts in room:
            if not body.fixed and _common(body.placed(), list(parts)) > _TOUCH:
                pairs.append((body.name, name))
    return tuple(pairs)
