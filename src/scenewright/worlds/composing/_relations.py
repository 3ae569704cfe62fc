"""Relations between placed objects, from their exact surfaces."""

from __future__ import annotations

import itertools

import numpy as np

from scenewright.core import Relation, RelationTable
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._contact import covers

_CONTACT = 0.01
REACH = 0.3
"""Objects on the same carrier that are closer than this are beside each other; meters."""


def relations(bodies: list[Body], *, reach: float = REACH) -> RelationTable:
    """All ``on``, ``in`` and ``beside`` relations of objects; ``on`` also with stuff.

    Args:
        bodies: In the order of their instance ids.
        reach: Maximum distance of ``beside``, meters.
    """
    by_id = {body.instance_id: body for body in bodies}
    found: list[Relation] = []
    for body in bodies:
        if body.supported_by is None:
            continue
        carrier = by_id[body.supported_by]
        inside = not carrier.is_stuff and is_inside(body, carrier)
        distance = gap(body, carrier, _CONTACT)
        predicate = "in" if inside else "on"
        found.append(Relation(body.instance_id, predicate, carrier.instance_id, 1.0, distance))
    objects = [body for body in bodies if not body.is_stuff]
    for a, b in itertools.combinations(objects, 2):
        if a.supported_by != b.supported_by or box_gap(a, b) >= reach:
            continue
        distance = gap(a, b, reach)
        if distance < reach:
            found.append(Relation(a.instance_id, "beside", b.instance_id, 1.0, distance))
            found.append(Relation(b.instance_id, "beside", a.instance_id, 1.0, distance))
    return RelationTable.from_rows(found)


def gap(a: Body, b: Body, reach: float) -> float:
    """Distance between two surfaces, at most `reach`, meters."""
    # The distance of the nearest vertices is an upper bound, which makes the search faster.
    bound = float(a.corner_tree.query(b.corner_tree.data, distance_upper_bound=reach)[0].min())
    search = min(reach, bound * (1 + 1e-9) + 1e-9)
    return max(float(a.manifold.min_gap(b.manifold, search)), 0.0)


def box_gap(a: Body, b: Body) -> float:
    """Distance between the bounding boxes of two bodies, meters; a lower bound of `gap`."""
    apart = np.maximum(a.bounds[0] - b.bounds[1], b.bounds[0] - a.bounds[1])
    return float(np.linalg.norm(np.maximum(apart, 0)))


def is_inside(body: Body, carrier: Body) -> bool:
    """Whether a body is inside its carrier: under a roof, or surrounded by walls.

    A roof is any part of the carrier above the center of mass of the body, as in a shelf; walls
    are hit from the center in all of eight horizontal directions, as in a bowl or an open box.
    """
    center = body.center_of_mass
    if covers(carrier.triangles, center, np.array([0.0, 0.0, 1.0])):
        return True
    angles = np.arange(8) * (np.pi / 4)
    level = np.stack([np.cos(angles), np.sin(angles), np.zeros(8)], axis=1)
    return all(covers(carrier.triangles, center, ray) for ray in level)
