"""Things that tip over until they lie still, and things that are pushed against others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.data.synthetic.composing import _contact
from scenewright.data.synthetic.composing._body import Body
from scenewright.data.synthetic.composing._stage import Stage, stability

_FIRST_TURN, _LAST_TURN = 0.15, 4e-4
"""Radians by which a body tips at once, at first and at last."""
_MAX_TURNS = 80


def turned(body: Body, turn: NDArray[np.float64], pivot: NDArray[np.float64]) -> Body:
    """A body turned about a point.

    Args:
        body: What.
        turn: (3,) rotation vector, radians, world frame.
        pivot: (3,) metres.
    """
    rotation = Rotation.from_rotvec(turn).as_matrix()
    pose = body.pose.copy()
    pose[:3, :3] = rotation @ body.pose[:3, :3]
    pose[:3, 3] = pivot + rotation @ (body.pose[:3, 3] - pivot)
    return body.at(pose)


def settle(stage: Stage, body: Body) -> Body | None:
    """Lets a body fall from above and tip over until it lies still.

    It turns about the contact nearest to its center of mass, always to the side to which it would
    fall, as long as that lowers the center; where it cannot sink further, it rests. This is
    how a slow body without friction of turning comes to lie: at a least potential energy.

    Returns:
        The resting body, which the stage does not hold yet, or None if there is nothing under it
        or it did not come to rest.
    """
    now = stage.drop(body)
    step = _FIRST_TURN
    for _ in range(_MAX_TURNS):
        if now is None:
            return None
        contacts = stage.contacts(now)
        if not contacts:
            return None
        points = np.concatenate([points for _, points in contacts])
        center = now.center_of_mass
        if stability(center[:2], points[:, :2]) > 0:
            return now
        if step < _LAST_TURN:
            return None
        pivot = _nearest_on_hull(points, center)
        out = center[:2] - pivot[:2]
        length = float(np.linalg.norm(out))
        if length < 1e-6:
            return now
        axis = np.array([-out[1], out[0], 0.0]) / length
        after = stage.drop(turned(now, axis * step, pivot))
        if after is not None and after.center_of_mass[2] < center[2] - 1e-9:
            now = after
        else:
            step *= 0.5
    return None


def _nearest_on_hull(points: NDArray[np.float64], center: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) the point of the segments between contacts that is nearest to the plumb line."""
    far = points[:, :2] - center[:2]
    angle = np.arctan2(far[:, 1], far[:, 0])
    nearest = int(np.linalg.norm(far, axis=1).argmin())
    # The two that bound the hull as seen from the center, which lies outside it.
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
    return best


def pushed(stage: Stage, body: Body, direction: NDArray[np.float64]) -> Body | None:
    """Slides a body along a horizontal direction to first contact.

    Args:
        stage: What is there.
        body: Where it starts; it must not be inside anything.
        direction: (2,) unit vector.

    Returns:
        The body where it touches, or None if nothing is in its way.
    """
    x, y = direction
    # The rows make the direction the new way down.
    turn = np.array([(0.0, 0.0, 1.0), (y, -x, 0.0), (-x, -y, 0.0)])
    here = _facing(body.triangles @ turn.T, down=True)
    reach = body.bounds.copy()
    ahead = np.array([x, y]) * 10.0
    reach[0, :2] += np.minimum(ahead, 0)
    reach[1, :2] += np.maximum(ahead, 0)
    gap = _contact.NO_CONTACT
    for other in stage.near(reach):
        there = _facing(other.triangles @ turn.T, down=False)
        gap = min(gap, _contact.gap_below(here, there, 1e-5))
    if gap >= _contact.NO_CONTACT:
        return None
    return body.moved(float(x * gap), float(y * gap), 0.0)


def _facing(triangles: NDArray[np.float64], *, down: bool) -> NDArray[np.float64]:
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    shadow = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    least = 1e-9 * np.linalg.norm(np.cross(u, v), axis=1)
    return np.ascontiguousarray(triangles[shadow < -least if down else shadow > least])
