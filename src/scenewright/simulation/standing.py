"""Which bodies stand on what, and how their collision shapes are made to touch it.

A scan is not exact: a leg ends above the floor, a cup sinks into the table. What is seen stays
where it was scanned; the collision shapes are cut and stretched at the plane that carries the body.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenewright.geometry.mesh_queries import distances_below
from scenewright.simulation.body import Body
from scenewright.simulation.solids import Hull, hull_of

TOUCH = 1e-8
"""Shared volume below which bodies only touch, cubic meters."""
_NEAR_FLOOR = 0.06
"""A body whose lowest point is this close to the floor stands on it, and parts that end this close
to it reach down to it, meters."""
_NEAR_OTHER = 0.03
"""The same of parts of a body that stands on another one, meters."""
_FOOT = 0.015
"""Height of the part of a body that is made flat where it stands, meters."""
_DEEPEST = 0.3
"""A body may sink into what carries it by this share of its height, or by `_NEAR_FLOOR`."""
_HIGHEST_BUMP = 0.03
"""Height of bumps of a carrier that a body is cut above, meters."""
_MOST_CUT, _LARGEST_LIFT = 0.4, 0.03
"""A body of which more than this share of the height would be cut is lifted instead, at most by
this, meters."""
_LEAST_MARGIN = 0.01
"""Smallest distance of the center of mass from the edge of the contact area, meters."""
_SAMPLES = 12
"""Points per side between the feet of a body at which its carrier is looked for."""
_GAP, _STEEPEST = 0.018, 0.1
"""How far the surface of the carrier may be off the plane there, meters, and per mean width of the
feet: a body that sinks by less hardly turns."""
_LEAST_THICKNESS = 0.002
"""Thinner remains of a part that was cut vanish, meters."""
_NARROWED = (1.0, 0.95, 0.9, 0.85)
"""Widths that are tried for a body that another one touches from the side."""
_BUILT_IN = frozenset(
    {"wall", "floor", "ceiling", "window", "door", "curtain", "blind", "radiator"}
)
"""Labels of what belongs to the room, and never moves."""


def on_supports(bodies: list[Body], floor: float) -> list[Body]:
    """The bodies, each standing on the floor or on another one, or fixed; lowest first.

    Args:
        bodies: Where they were scanned, z up.
        floor: Height of the floor, meters.
    """
    done: list[Body] = []
    for body in sorted(bodies, key=lambda body: (_bottom(body), body.id)):
        if body.label.casefold() in _BUILT_IN:
            done.append(replace(body, fixed="it is built in"))
        elif _bottom(body) - floor <= _NEAR_FLOOR:
            done.append(_standing(_set_on(body, floor, reach=_NEAR_FLOOR), floor))
        else:
            done.append(_on_others(body, done))
    return done


def _bottom(body: Body) -> float:
    return float(body.position[2]) + min(float(part.vertices[:, 2].min()) for part in body.parts)


def _on_others(body: Body, below: list[Body]) -> Body:
    """A body that stands on the highest of those below it, or is fixed."""
    low = _bottom(body)
    tall = max(float(part.vertices[:, 2].max()) for part in body.placed()) - low
    limit = low + max(_NEAR_FLOOR, _DEEPEST * tall)
    feet = _feet(body)
    best: tuple[float, Body] | None = None
    for other in below:
        top = _top_below(other, feet, limit=limit)
        if np.isfinite(top) and (best is None or top > best[0]):
            best = top, other
    if best is None or low - best[0] > _NEAR_FLOOR:
        return replace(body, fixed="nothing is below it")
    height, carrier = best
    moved = _set_on(body, height, reach=_NEAR_OTHER)
    # Bumps of the carrier between the feet lift the plane.
    bump = _shared(moved.placed(), carrier.placed())[1]
    if height < bump <= height + _HIGHEST_BUMP:
        height = bump
    # Of something flat, such as a plate, a cut would leave nothing: it is lifted.
    if _MOST_CUT * tall < height - low <= _LARGEST_LIFT:
        body = replace(body, position=body.position + np.array([0, 0, height - low]))
    moved = _set_on(body, height, reach=_NEAR_OTHER)
    center = (moved.position + moved.center)[None]
    if not np.isfinite(_top_below(carrier, center, limit=height + 1e-3)):
        return replace(body, fixed=f"most of it is not above {carrier.name}")
    for width in _NARROWED:
        narrow = _narrowed(moved, width)
        if common_volume(narrow.placed(), carrier.placed()) <= TOUCH:
            return _standing(narrow, height, carrier)
    return replace(body, fixed=f"it stands inside of {carrier.name}")


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


def _set_on(body: Body, height: float, *, reach: float) -> Body:
    """A body whose collision parts are cut at a level plane, and reach down to it.

    Args:
        body: A body near the plane.
        height: Of the plane, meters.
        reach: Parts that end at most this far above it are stretched down to it, meters.
    """
    local = height - float(body.position[2])
    parts = [cut for part in body.parts if (cut := _cut(part, local)) is not None]
    if not parts:
        return body
    low = min(float(part.vertices[:, 2].min()) for part in parts)
    stretched = []
    for part in parts:
        bottom = float(part.vertices[:, 2].min())
        # The lowest part always reaches down, else the body would hover.
        if bottom - local > reach and bottom > low + 1e-9:
            stretched.append(part)
            continue
        vertices = part.vertices.copy()
        vertices[vertices[:, 2] < bottom + _FOOT, 2] = local
        stretched.append(hull_of(vertices))
    return replace(body, parts=tuple(stretched))


def _cut(part: Hull, height: float) -> Hull | None:
    """What is above a level plane; None if hardly anything is."""
    top = float(part.vertices[:, 2].max())
    if top - height < _LEAST_THICKNESS:
        return None
    if float(part.vertices[:, 2].min()) >= height:
        return part
    ends = np.concatenate([part.faces[:, [0, 1]], part.faces[:, [1, 2]], part.faces[:, [2, 0]]])
    a, b = part.vertices[ends[:, 0]], part.vertices[ends[:, 1]]
    crosses = (a[:, 2] < height) & (b[:, 2] > height)
    a, b = a[crosses], b[crosses]
    share = (height - a[:, 2]) / (b[:, 2] - a[:, 2])
    crossings = a + share[:, None] * (b - a)
    crossings[:, 2] = height
    above = part.vertices[part.vertices[:, 2] >= height]
    return hull_of(np.concatenate([above, crossings]))


def _narrowed(body: Body, width: float) -> Body:
    """A body whose collision parts are narrower, about its middle."""
    if width == 1:
        return body
    points = np.concatenate([part.vertices for part in body.parts])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = np.array([width, width, 1.0])
    parts = tuple(Hull(middle + scale * (p.vertices - middle), p.faces) for p in body.parts)
    return replace(body, parts=parts)


def _standing(body: Body, height: float, carrier: Body | None = None) -> Body:
    """The body, fixed if it would tip over: off its feet, or off what is below them.

    Args:
        body: A body whose feet are at a level plane.
        height: Of the plane, meters.
        carrier: What the body stands on; None for the floor, which is below everything.
    """
    points = np.concatenate([part.vertices for part in body.placed()])
    feet = points[points[:, 2] < height + 1e-4, :2]
    center = (body.position + body.center)[:2]
    least = min(_LEAST_MARGIN, 0.05 * float(np.ptp(points[:, :2], axis=0).max()))
    stands = _margin(feet, center) > least
    if stands and carrier is not None:
        stands = _margin(_carried(feet, height, carrier), center) > 0
    return body if stands else replace(body, fixed="it would tip over")


def _margin(feet: NDArray[np.float64], center: NDArray[np.float64]) -> float:
    """Distance of a point from the edge of the hull of others, negative outside, meters."""
    try:
        hull = ConvexHull(feet)
    except (QhullError, ValueError):
        return -np.inf
    return -float((hull.equations[:, :2] @ center + hull.equations[:, 2]).max())


def _carried(feet: NDArray[np.float64], height: float, carrier: Body) -> NDArray[np.float64]:
    """(N, 2) points between the feet of a body below which there is the surface of its carrier."""
    hull = ConvexHull(feet)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    low, high = feet.min(axis=0), feet.max(axis=0)
    x, y = np.meshgrid(*(low + steps[:, None] * (high - low)).T)
    points = np.column_stack([x.ravel(), y.ravel()])
    between = (points @ hull.equations[:, :2].T + hull.equations[:, 2] <= 0).all(axis=1)
    points = points[between]
    corners = np.concatenate([part.vertices[part.faces] for part in carrier.placed()])
    gap = min(_GAP, _STEEPEST * float((high - low).mean()))
    start = np.column_stack([points, np.full(len(points), height + gap)])
    carried: NDArray[np.float64] = points[distances_below(start, corners) <= 2 * gap]
    return carried


def common_volume(ours: list[Hull], theirs: list[Hull]) -> float:
    """Volume that convex parts share, cubic meters.

    Args:
        ours: Convex parts of one body, world.
        theirs: Those of another one.
    """
    return _shared(ours, theirs)[0]


def _shared(ours: list[Hull], theirs: list[Hull]) -> tuple[float, float]:
    """Volume that convex parts share, and the height of its top; -inf if they share none."""
    from manifold3d import Manifold

    total, top = 0.0, -np.inf
    for a in ours:
        for b in theirs:
            low = np.maximum(a.vertices.min(axis=0), b.vertices.min(axis=0))
            high = np.minimum(a.vertices.max(axis=0), b.vertices.max(axis=0))
            if (high - low <= 0).any():
                continue
            shared = Manifold.hull_points(a.vertices) ^ Manifold.hull_points(b.vertices)
            if not shared.is_empty():
                total += float(shared.volume())
                top = max(top, float(shared.bounding_box()[5]))
    return total, top
