"""True sentences about pairs of placed objects, from their surfaces."""

from __future__ import annotations

import itertools

import numpy as np

from scenewright.core import Relation, RelationTable
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._contact import covers

_CONTACT = 0.01
REACH = 0.3
"""Things nearer to each other than this, on the same carrier, are beside each other; metres."""


def relations(bodies: list[Body], *, reach: float = REACH) -> RelationTable:
    """Every ``on``, ``in`` and ``beside`` between objects; ``on`` also of objects and stuff.

    Args:
        bodies: In the order of their instance ids.
        reach: Metres.
    """
    by_id = {body.instance_id: body for body in bodies}
    found: list[Relation] = []
    for body in bodies:
        if body.supported_by is None:
            continue
        carrier = by_id[body.supported_by]
        inside = not carrier.is_stuff and is_inside(body, carrier)
        distance = gap(body, carrier, _CONTACT)
        word = "in" if inside else "on"
        found.append(Relation(body.instance_id, word, carrier.instance_id, 1.0, distance))
    things = [body for body in bodies if not body.is_stuff]
    for a, b in itertools.combinations(things, 2):
        if a.supported_by != b.supported_by or box_gap(a, b) >= reach:
            continue
        distance = gap(a, b, reach)
        if distance < reach:
            found.append(Relation(a.instance_id, "beside", b.instance_id, 1.0, distance))
            found.append(Relation(b.instance_id, "beside", a.instance_id, 1.0, distance))
    return RelationTable.from_rows(found)


def gap(a: Body, b: Body, reach: float) -> float:
    """Nearest distance of two surfaces, at most `reach`, metres."""
    # The nearest two corners bound the answer, and a short search is a fast one.
    bound = float(a.corner_tree.query(b.corner_tree.data, distance_upper_bound=reach)[0].min())
    search = min(reach, bound * (1 + 1e-9) + 1e-9)
    return max(float(a.manifold.min_gap(b.manifold, search)), 0.0)


def box_gap(a: Body, b: Body) -> float:
    """Distance of the boxes of two bodies, metres; never more than that of their surfaces."""
    apart = np.maximum(a.bounds[0] - b.bounds[1], b.bounds[0] - a.bounds[1])
    return float(np.linalg.norm(np.maximum(apart, 0)))


def is_inside(body: Body, carrier: Body) -> bool:
    """Whether a carrier roofs a thing that stands in it, or has walls all around it.

    A roof is anything of the carrier above the thing's center of mass, as in a shelf; walls are
    met from the center in each of eight level directions, as in a bowl or an open box.
    """
    center = body.center_of_mass
    if covers(carrier.triangles, center, np.array([0.0, 0.0, 1.0])):
        return True
    angles = np.arange(8) * (np.pi / 4)
    level = np.stack([np.cos(angles), np.sin(angles), np.zeros(8)], axis=1)
    return all(covers(carrier.triangles, center, ray) for ray in level)
