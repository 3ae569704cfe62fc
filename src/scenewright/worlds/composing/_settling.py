"""Bodies that topple until they come to rest, and bodies pushed until they touch others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing import _contact
from scenewright.worlds.composing._body import Body, turned
from scenewright.worlds.composing._rigid_scene import TOUCH, RigidScene, stability

_FIRST_TURN, _LAST_TURN = 0.15, 4e-4
"""Largest and smallest rotation of a toppling body per step, radians."""
_MAX_TURNS = 50


def settle(scene: RigidScene, body: Body, *, lowest: float = -np.inf) -> Body | None:
    """Lets a body fall from above and topple until it comes to rest.

    The body rotates about the contacts nearest to its center of mass, toward the side to which it
    would fall, as long as that lowers the center; it rests at a minimum of potential energy.
    Rotations start large and shrink, and with them the distance at which a surface counts as
    touched, so that a body that rolls on two others at once does not oscillate.

    Args:
        scene: The other bodies.
        body: The body at its start, in any orientation.
        lowest: Gives up when the center of mass falls below this height, meters.

    Returns:
        The body at rest, not yet part of the scene, or None if it did not come to rest.
    """
    now = scene.drop(body)
    size = float(np.linalg.norm(np.ptp(body.bounds, axis=0)))
    step = _FIRST_TURN
    for _ in range(_MAX_TURNS):
        if now is None or now.center_of_mass[2] < lowest:
            return None
        points = scene.contact_points(now, max(TOUCH, 0.1 * step * size))
        if not len(points):
            return None
        center = now.center_of_mass
        margin = stability(center[:2], points[:, :2])
        if margin > 0:
            if step > _LAST_TURN:
                step *= 0.4
                continue
            after = None if margin > now.safe_margin else scene.tipped(now)
            if after is None:
                return now
            now, step = after, _FIRST_TURN / 4
            continue
        pivot = _nearest_on_hull(points, center)
        out = center[:2] - pivot[:2]
        length = float(np.linalg.norm(out))
        after = None
        if length > 1e-6:
            axis = np.array([-out[1], out[0], 0.0]) / length
            after = scene.drop(turned(now, axis * step, pivot))
        if after is not None and after.center_of_mass[2] < center[2] - 1e-9:
            now = after
        elif step > _LAST_TURN:
            step *= 0.4
        else:
            return now if length > 1e-6 and _leans(scene, now, points, out / length) else None
    return None


def _leans(
    scene: RigidScene, body: Body, below: NDArray[np.float64], out: NDArray[np.float64]
) -> bool:
    """Whether a body leans on another at its side steeply enough to be held by friction.

    Like a ladder: the center of mass must be between foot and head, and with a friction
    coefficient of about 0.5 at the foot it stays if it rises at least as far as it reaches out.

    Args:
        scene: The other bodies.
        body: The leaning body.
        below: (P, 3) contacts with what is below it.
        out: (2,) unit vector toward the side to which it would fall.
    """
    beside = side_contacts(body, scene.near(body.bounds, TOUCH), out, TOUCH)
    if not len(beside):
        return False
    both = np.concatenate([below, beside])
    if stability(body.center_of_mass[:2], both[:, :2]) <= 0:
        return False
    foot, head = below.mean(axis=0), beside.mean(axis=0)
    return bool(head[2] - foot[2] >= np.linalg.norm(head[:2] - foot[:2]))


def _facing_down(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) rotation that maps a horizontal direction to straight down."""
    x, y = direction
    turn = np.eye(4)
    turn[:3, :3] = (0.0, 0.0, 1.0), (-y, x, 0.0), (-x, -y, 0.0)
    return turn


def side_contacts(
    body: Body, others: Sequence[Body], direction: NDArray[np.float64], reach: float
) -> NDArray[np.float64]:
    """(P, 3) points where a body touches others beside it.

    Args:
        body: The body.
        others: The bodies that it may touch.
        direction: (2,) unit vector toward that side.
        reach: Maximum distance along `direction` that counts as touching, meters.
    """
    turn = _facing_down(direction)
    facing = _contact.placed(body.triangles, turn)[1]
    found = [np.empty((0, 3))]
    for other in others:
        opposing = _contact.placed(other.triangles, turn)[2]
        found.append(_contact.contact_points(facing, opposing, reach) @ turn[:3, :3])
    points: NDArray[np.float64] = np.concatenate(found)
    return points


def _nearest_on_hull(
    points: NDArray[np.float64], center: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(3,) the point on the hull of the contacts, seen from above, nearest to the center."""
    far = points[:, :2] - center[:2]
    angle = np.arctan2(far[:, 1], far[:, 0])
    nearest = int(np.linalg.norm(far, axis=1).argmin())
    # The two that bound the hull as seen from the center, which is outside it.
    spread = (angle - angle[nearest] + np.pi) % (2 * np.pi) - np.pi
    candidates = points[[int(spread.argmin()), nearest, int(spread.argmax())]]
    best = candidates[1]
    for k in (0, 2):
        a, b = candidates[k], candidates[1]
        along = b[:2] - a[:2]
        share = float(np.clip((center[:2] - a[:2]) @ along / max(along @ along, 1e-18), 0, 1))
        point = a + share * (b - a)
        if np.linalg.norm(point[:2] - center[:2]) < np.linalg.norm(best[:2] - center[:2]):
            best = point
    return np.asarray(best, np.float64)


def pushed(scene: RigidScene, body: Body, direction: NDArray[np.float64]) -> Body | None:
    """Slides a body along a horizontal direction to first contact.

    Args:
        scene: The other bodies.
        body: The body at its start; it must not intersect others.
        direction: (2,) unit vector.

    Returns:
        The body at first contact, or None if nothing is in that direction.
    """
    x, y = direction
    pose = _facing_down(direction)
    facing = _contact.placed(body.triangles, pose)[1]
    swept = body.bounds.copy()
    ahead = np.array([x, y]) * 10.0
    swept[0, :2] += np.minimum(ahead, 0)
    swept[1, :2] += np.maximum(ahead, 0)
    gap = _contact.NO_CONTACT
    for other in scene.near(swept):
        opposing = _contact.placed(other.triangles, pose)[2]
        gap = min(gap, _contact.gap_below(facing, opposing, 1e-5))
    if gap >= _contact.NO_CONTACT:
        return None
    return body.moved(float(x * gap), float(y * gap), 0.0)
