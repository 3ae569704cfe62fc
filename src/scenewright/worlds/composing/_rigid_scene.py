"""The rigid bodies placed so far: collisions, first contact, and stable rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing import _contact
from scenewright.worlds.composing._body import Body, turned
from scenewright.worlds.composing.world import PlacedObject

TOUCH = 4e-4
"""Surfaces closer than this count as touching; meters."""
_OVERLAP = 1e-4
"""Share of the smaller volume that two bodies may overlap while composing."""
_NUDGE = 0.02
"""Rotation of the tipping test, radians: a body that sinks when tipped by it is unstable."""
_START = 1e-5
"""Penetration tolerated at the start of a fall, meters."""


class RigidScene:
    """The rigid bodies placed so far.

    Attributes:
        bodies: In the order of their instance ids, which start at 1.
    """

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self._low = np.empty((0, 3))
        self._high = np.empty((0, 3))

    def add(self, body: Body, *, supported_by: int | None = None) -> Body:
        """Adds a body at its pose and gives it the next instance id."""
        body.instance_id = len(self.bodies) + 1
        body.supported_by = supported_by
        self.bodies.append(body)
        self._low = np.vstack([self._low, body.bounds[0]])
        self._high = np.vstack([self._high, body.bounds[1]])
        return body

    def remove_last(self, count: int) -> None:
        """Removes the last `count` bodies."""
        keep = len(self.bodies) - count
        del self.bodies[keep:]
        self._low, self._high = self._low[:keep], self._high[:keep]

    def near(self, bounds: NDArray[np.float64], reach: float = 0.0) -> list[Body]:
        """Bodies whose bounds are within `reach` meters of a (2, 3) box."""
        apart = (self._low > bounds[1] + reach) | (self._high < bounds[0] - reach)
        return [self.bodies[i] for i in np.flatnonzero(~apart.any(axis=1))]

    def collides(self, body: Body) -> bool:
        """Whether a body overlaps another by more than touching."""
        return any(
            (body.manifold ^ other.manifold).volume()
            > _OVERLAP * min(body.solid.volume, other.solid.volume)
            for other in self.near(body.bounds, -1e-6)
        )

    def drop(self, body: Body, *, from_above: bool = True) -> Body | None:
        """Lets a body fall straight down to first contact.

        Args:
            body: The body at its start.
            from_above: Whether it falls from above everything; otherwise from its pose.

        Returns:
            The body at first contact, or None if there is nothing below it.
        """
        lower = self._below(body, from_above=from_above)
        if not lower:
            return None
        slack = 1e6 if from_above else _START
        gap = min(_contact.gap_below(body.down, other.up, slack) for other in lower)
        return None if gap >= _contact.NO_CONTACT else body.moved(0.0, 0.0, -gap)

    def _below(self, body: Body, *, from_above: bool) -> list[Body]:
        bounds = body.bounds.copy()
        bounds[0, 2] = -1e6
        if from_above:
            bounds[1, 2] = 1e6
        return self.near(bounds)

    def contacts(self, body: Body) -> list[tuple[Body, NDArray[np.float64]]]:
        """The bodies that support a body, and the (P, 3) corners of each contact."""
        touched = []
        for other in self.near(body.bounds, TOUCH):
            points = _contact.contact_points(body.down, other.up, TOUCH)
            if len(points):
                touched.append((other, points))
        return touched

    def contact_points(self, body: Body, reach: float) -> NDArray[np.float64]:
        """(P, 3) corners of the regions where a body is within `reach` of what is below it."""
        found = [
            _contact.contact_points(body.down, other.up, reach)
            for other in self.near(body.bounds, reach)
        ]
        return np.concatenate(found) if found else np.empty((0, 3))

    def rest(self, body: Body, *, from_above: bool = True) -> Body | None:
        """Drops a body and adds it if it is stable there and collides with nothing."""
        landed = self.drop(body, from_above=from_above)
        return None if landed is None else self.add_if_stable(landed)

    def add_if_stable(self, body: Body, *, base: float = 0.0) -> Body | None:
        """Adds a body at its pose if it is stable there and collides with nothing.

        Args:
            body: The body.
            base: Minimum stability margin as a share of the diagonal of the body.
        """
        contacts = self.contacts(body)
        if not contacts:
            return None
        points = np.concatenate([points for _, points in contacts])
        margin = stability(body.center_of_mass[:2], points[:, :2])
        is_stable = margin > body.safe_margin or (margin >= 0 and self.tipped(body) is None)
        is_narrow = margin < base * float(np.linalg.norm(np.ptp(body.bounds, axis=0)))
        if not is_stable or is_narrow or self.collides(body):
            return None
        return self.add(body, supported_by=_carrier(body, contacts).instance_id)

    def tipped(self, body: Body) -> Body | None:
        """A resting body tipped slightly toward a side to which it falls, or None if stable."""
        pivot = body.center_of_mass.copy()
        pivot[2] = body.bounds[0, 2]
        for angle in np.arange(8) * (np.pi / 4):
            axis = np.array([np.cos(angle), np.sin(angle), 0.0])
            after = self.drop(turned(body, axis * _NUDGE, pivot))
            if after is not None and after.center_of_mass[2] < body.center_of_mass[2] - 1e-6:
                return after
        return None

    def placed(self) -> tuple[PlacedObject, ...]:
        """All bodies as the objects of a world."""
        return tuple(
            PlacedObject(b.instance_id, b.model, b.pose, b.is_stuff, b.supported_by)
            for b in self.bodies
        )


def _carrier(body: Body, contacts: list[tuple[Body, NDArray[np.float64]]]) -> Body:
    """The supporting body: the one whose contact is nearest to the center of mass from above."""
    middle = body.center_of_mass[:2]
    reach = [float(np.linalg.norm(p[:, :2] - middle, axis=1).min()) for _, p in contacts]
    return contacts[int(np.argmin(reach))][0]


def stability(center: NDArray[np.float64], points: NDArray[np.float64]) -> float:
    """Stability margin: how far a center of mass is inside the hull of the contacts.

    Args:
        center: (2,) meters.
        points: (P, 2) contacts seen from above.

    Returns:
        Meters to the nearest side of the hull; outside it, minus the distance plus half a
        millimeter, so that a ball that touches in one point below its center counts as stable.
    """
    angles = np.arange(72) * (2 * np.pi / 72)
    sides = np.stack([np.cos(angles), np.sin(angles)])
    margin = float(((points - center) @ sides).max(axis=0).min())
    return margin if margin > 0 else margin + 5e-4
