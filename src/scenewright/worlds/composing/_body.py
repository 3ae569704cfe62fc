"""A rigid body while a world is composed: its solid and its pose."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from scenewright.worlds.composing import _contact
from scenewright.worlds.objects.manifolds import as_manifold
from scenewright.worlds.objects.model import ObjectModel


class Solid:
    """The union of the parts of an object in the object frame, measured once.

    Args:
        model: The object.

    Attributes:
        manifold: The union as a manifold.
        vertices: (V, 3) float64, meters.
        triangles: (F, 3, 3) float64 corners of each face.
        volume: Cubic meters.
        center_of_mass: (3,) meters, at uniform density.
    """

    def __init__(self, model: ObjectModel) -> None:
        self.manifold: Any = as_manifold(model)
        mesh = self.manifold.to_mesh64()
        vertices = np.asarray(mesh.vert_properties, np.float64)[:, :3]
        faces = np.asarray(mesh.tri_verts, np.int64)
        self.vertices = vertices
        self.triangles: NDArray[np.float64] = np.ascontiguousarray(vertices[faces])
        a, b, c = self.triangles[:, 0], self.triangles[:, 1], self.triangles[:, 2]
        sixfold = np.einsum("fi,fi->f", a, np.cross(b, c))
        self.volume = float(sixfold.sum() / 6)
        center = (sixfold[:, None] * (a + b + c)).sum(axis=0) / (4 * sixfold.sum())
        self.center_of_mass: NDArray[np.float64] = center


class Body:
    """A solid at a pose; moving it makes a new body.

    Args:
        model: The object.
        pose: (4, 4) world_from_object, rigid.
        solid: Its solid, if it has been made already.
        is_stuff: Whether it is floor, wall or ceiling.
    """

    def __init__(
        self,
        model: ObjectModel,
        pose: NDArray[np.float64],
        *,
        solid: Solid | None = None,
        is_stuff: bool = False,
    ) -> None:
        self.model = model
        self.pose = pose
        self.solid = Solid(model) if solid is None else solid
        self.is_stuff = is_stuff
        self.supported_by: int | None = None
        self.instance_id = 0

    def at(self, pose: NDArray[np.float64]) -> Body:
        """The same object at another pose."""
        return Body(self.model, pose, solid=self.solid, is_stuff=self.is_stuff)

    def moved(self, x: float, y: float, z: float) -> Body:
        """The same object, translated in the world frame."""
        pose = self.pose.copy()
        pose[:3, 3] += (x, y, z)
        return self.at(pose)

    @functools.cached_property
    def _faces(self) -> tuple[NDArray[np.float64], ...]:
        """All triangles, those that face down, those that face up, and the bounds of all."""
        found: tuple[NDArray[np.float64], ...] = _contact.placed(self.solid.triangles, self.pose)
        return found

    @property
    def triangles(self) -> NDArray[np.float64]:
        """(F, 3, 3) corners, world frame."""
        return self._faces[0]

    @property
    def down(self) -> NDArray[np.float64]:
        """(N, 3, 3) the triangles that face down."""
        return self._faces[1]

    @property
    def up(self) -> NDArray[np.float64]:
        """(N, 3, 3) the triangles that face up."""
        return self._faces[2]

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner, world frame."""
        return self._faces[3]

    @functools.cached_property
    def center_of_mass(self) -> NDArray[np.float64]:
        """(3,) world frame."""
        center: NDArray[np.float64] = (
            self.pose[:3, :3] @ self.solid.center_of_mass + self.pose[:3, 3]
        )
        return center

    @functools.cached_property
    def corner_tree(self) -> cKDTree:
        """Search tree of the vertices, world frame."""
        return cKDTree(self.solid.vertices @ self.pose[:3, :3].T + self.pose[:3, 3])

    @property
    def safe_margin(self) -> float:
        """Stability margin from which on the body is stable without a tipping test, meters."""
        return 0.02 * float(np.linalg.norm(np.ptp(self.bounds, axis=0)))

    @functools.cached_property
    def manifold(self) -> Any:
        """The solid in the world frame."""
        return self.solid.manifold.transform(self.pose[:3])


def upright(x: float, y: float, z: float, heading: float) -> NDArray[np.float64]:
    """(4, 4) pose with a rotation of `heading` radians about the vertical, and a translation."""
    c, s = np.cos(heading), np.sin(heading)
    pose = np.eye(4)
    pose[:2, :2] = (c, -s), (s, c)
    pose[:3, 3] = x, y, z
    return pose


def turned(body: Body, turn: NDArray[np.float64], pivot: NDArray[np.float64]) -> Body:
    """A body rotated about a point.

    Args:
        body: The body.
        turn: (3,) rotation vector, radians, world frame.
        pivot: (3,) fixed point, meters.
    """
    rotation = Rotation.from_rotvec(turn).as_matrix()
    pose = body.pose.copy()
    pose[:3, :3] = rotation @ body.pose[:3, :3]
    pose[:3, 3] = pivot + rotation @ (body.pose[:3, 3] - pivot)
    return body.at(pose)
