"""The seen surface of an object, as dense oriented and colored points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from scenewright.core import Asset, PointCloud, Scene

GRAY = 160
"""Gray level of surface without a color."""
MOST_SAMPLES = 200_000
_REACH = 1.6
"""Surface farther from every hit than this many voxels was never hit."""
_LEAST_HITS = 10
"""Objects with fewer hits keep all of their surface."""


@dataclass(frozen=True, eq=False)
class SeenSurface:
    """Points on the seen surface.

    Attributes:
        points: (N, 3) float64 meters, world frame.
        normals: (N, 3) float64 unit normals, outward; zero where unknown.
        colors: (N, 3) uint8 RGB.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    colors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def thinned(self, spacing: float) -> SeenSurface:
        """The first sample of each cubic cell that faces into each octant.

        Both sides of a thin board stay.

        Args:
            spacing: Edge of a cell, meters.
        """
        if not len(self):
            return self
        cell = np.floor((self.points - self.points.min(axis=0)) / spacing).astype(np.int64)
        octant = (self.normals > 0) @ np.array([1, 2, 4])
        size = cell.max(axis=0) + 1
        key = 8 * ((cell[:, 0] * size[1] + cell[:, 1]) * size[2] + cell[:, 2]) + octant
        first = np.sort(np.unique(key, return_index=True)[1])
        return SeenSurface(self.points[first], self.normals[first], self.colors[first])

    def chosen(self, rows: NDArray[np.bool_]) -> SeenSurface:
        """Some of the points, by an (N,) mask."""
        return SeenSurface(self.points[rows], self.normals[rows], self.colors[rows])

    @classmethod
    def empty(cls) -> SeenSurface:
        """No points."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), np.uint8))

    @classmethod
    def joined(cls, parts: Sequence[SeenSurface]) -> SeenSurface:
        """The points of several surfaces, one or more."""
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.normals for part in parts]),
            np.concatenate([part.colors for part in parts]),
        )

    @classmethod
    def of_cloud(cls, cloud: PointCloud) -> SeenSurface:
        """The points of a cloud; without normals and colors, these are zero and gray."""
        shape = (len(cloud), 3)
        normals = np.zeros(shape) if cloud.normals is None else cloud.normals.astype(np.float64)
        colors = np.full(shape, GRAY, np.uint8) if cloud.colors is None else cloud.colors
        return cls(cloud.points.astype(np.float64), normals, colors)

    @classmethod
    def of_asset(
        cls,
        asset: Asset,
        *,
        spacing: float,
        within: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> SeenSurface:
        """Samples of the mesh of an asset; of its surfels if it has no mesh.

        Args:
            asset: Only what a camera saw of it is sampled, if that is known.
            spacing: Distance between samples, meters.
            within: (3,) lowest and highest corner of a box to which the samples of a mesh are
                restricted; None samples all.
        """
        if asset.mesh is None or not len(asset.mesh.faces):
            return cls._of_surfels(asset)
        vertices = asset.world_vertices()
        faces = asset.mesh.faces
        if asset.observed is not None:
            faces = faces[asset.observed[faces].all(axis=1)]
        if within is not None:
            corners = vertices[faces]
            reaches = (corners.max(axis=1) > within[0]) & (corners.min(axis=1) < within[1])
            faces = faces[reaches.all(axis=1)]
        colors = asset.mesh.colors_at_vertices()
        if colors is None:
            colors = np.full((len(vertices), 3), GRAY, np.uint8)
        samples = _sampled(vertices, faces, colors, spacing)
        if within is None:
            return samples
        outside = (samples.points <= within[0]) | (samples.points >= within[1])
        return samples.chosen(~np.any(outside, axis=1))

    @classmethod
    def _of_surfels(cls, asset: Asset) -> SeenSurface:
        points = asset.world_vertices()
        if asset.surfels is None:
            return cls(points, np.zeros_like(points), np.full(points.shape, GRAY, np.uint8))
        rotation = asset.world_from_asset[:3, :3] / asset.scale
        normals = asset.surfels.normals().astype(np.float64) @ rotation.T
        return cls(points, normals, asset.surfels.base_colors())


def seen_surface(scene: Scene, instance: int, *, spacing: float) -> SeenSurface:
    """What was seen of one object: its mesh if it has one, else its points.

    Args:
        scene: The scene.
        instance: Id of the object.
        spacing: Distance between samples of a mesh, meters.
    """
    asset, cloud = scene.assets.get(instance), scene.points
    hits = None
    if cloud is not None and cloud.instance_id is not None:
        hits = SeenSurface.of_cloud(cloud[cloud.instance_id == instance])
    if asset is not None and has_faces(asset):
        surface = SeenSurface.of_asset(asset, spacing=spacing)
        return surface if hits is None else _supported(surface, hits.points)
    if hits is not None:
        return hits
    if asset is not None:
        return SeenSurface.of_asset(asset, spacing=spacing)
    return SeenSurface.empty()


def _supported(surface: SeenSurface, hits: NDArray[np.float64]) -> SeenSurface:
    """The part of a surface that readings support.

    A distance field that several walls share closes what is narrower than its band, as the mouth of
    a vase; no pixel hit that lid. Hits lie in the voxels of a surface, where most have four others
    at the distance of a voxel.
    """
    hits = np.unique(hits, axis=0)  # Points that stand twice would be voxels of no size.
    if len(hits) < _LEAST_HITS:
        return surface
    tree = KDTree(hits)
    voxel = float(np.median(tree.query(hits, k=5)[0][:, 4]))
    distance = tree.query(surface.points, distance_upper_bound=_REACH * voxel)[0]
    return surface.chosen(np.isfinite(distance))


def has_faces(asset: Asset) -> bool:
    """Whether an asset has a mesh with faces."""
    return asset.mesh is not None and len(asset.mesh.faces) > 0


def _sampled(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    colors: NDArray[np.uint8],
    spacing: float,
) -> SeenSurface:
    """Samples on triangles, by area, one or more on each."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    doubled = np.linalg.norm(cross, axis=1)
    keep = doubled > 0
    a, b, c, faces = a[keep], b[keep], c[keep], faces[keep]
    normals, areas = cross[keep] / doubled[keep, None], doubled[keep] / 2
    share = min(1.0, MOST_SAMPLES / max(float((areas / spacing**2).sum()), 1.0))
    counts = np.maximum(np.ceil(share * areas / spacing**2).astype(np.int64), 1)
    face = np.repeat(np.arange(len(faces)), counts)
    # Low-discrepancy positions (Roberts, 2018), which start anew on each triangle.
    number = np.arange(len(face)) - np.repeat(np.cumsum(counts) - counts, counts)
    u = (0.5 + 0.7548776662466927 * number) % 1
    v = (0.5 + 0.5698402909980532 * number) % 1
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    weights = np.stack([1 - u - v, u, v], axis=1)
    corners = np.stack([a, b, c], axis=1)[face]
    points = (weights[:, :, None] * corners).sum(axis=1)
    mixed = (weights[:, :, None] * colors[faces[face]].astype(np.float64)).sum(axis=1)
    return SeenSurface(points, normals[face], np.rint(mixed).astype(np.uint8))
