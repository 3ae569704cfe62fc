"""From labeled surfels to objects that can be used one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    Box3D,
    ConventionError,
    MaskSet,
    Mesh,
    StateGrid,
    SurfelCloud,
    Views,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.geometry.boxes import fit_box, trimmed
from scenewright.geometry.mesh_parts import split_meshes
from scenewright.geometry.surface_nets import NetSurface
from scenewright.splats.extraction.instance_images import ObjectPictures
from scenewright.splats.extraction.state_grids import (
    MARGIN,
    RESOLUTION,
    StateCounts,
    grid_frame,
)
from scenewright.splats.features.selection import point_groups
from scenewright.splats.meshing.bounded import fuse_pictures, spread_labels
from scenewright.splats.meshing.cleaning import kept_faces, largest_parts
from scenewright.splats.meshing.surface_images import SurfacePicture
from scenewright.splats.meshing.surfel_mesh import scene_reach, scene_voxel
from scenewright.splats.rasterizer.rendering import Engine

_LABEL_REACH = 3.0
"""Voxels along z between a vertex and the depth whose id it takes."""
_KEPT_BYTES = 1_000_000_000
"""Pictures that take no more are drawn once and kept."""
_BYTES_PER_PIXEL = 11
_FAIR_PART = 0.1
"""Share of the largest connected group of surfels that a group needs to count for the box."""
_DIRECTIONS = 200
_CONE_DEG = 30.0


@dataclass(frozen=True)
class ObjectConfig:
    """How objects are taken out of surfels."""

    voxel_size: float | None = None
    """Edge of a voxel of the meshes, metres; None takes a share of the extent of the scene."""
    depth_ratio: float = 1.0
    """See `SurfacePictures`."""
    resolution: int = RESOLUTION
    """Cells along the edge of an object's state grid."""
    margin: float = MARGIN
    """Edge of that grid in longest sides of the object."""
    least_surfels: int = 20
    """Instances with fewer surfels become no objects."""
    least_pixels: int = 20
    """Pixels of an object in a view that sees it."""
    least_faces: int = 50
    """Connected parts of a mesh with fewer faces are floaters."""
    most_parts: int = 3
    """Connected parts that the mesh of an object may have."""
    meshes: bool = True
    """Whether objects get meshes."""
    grids: bool = True
    """Whether objects get state grids."""
    engine: Engine = "numba"
    """What draws."""

    def __post_init__(self) -> None:
        for name in ("resolution", "least_surfels", "least_pixels", "least_faces", "most_parts"):
            if getattr(self, name) < 1:
                got = str(getattr(self, name))
                raise ConventionError(f"ObjectConfig.{name}", expected="1 or more", got=got)
        if not self.margin >= 1:
            got = f"{self.margin:g}"
            raise ConventionError("ObjectConfig.margin", expected="1 or more", got=got)


@dataclass(frozen=True, eq=False)
class SplatObject:
    """One object.

    Attributes:
        id: Its instance id.
        score: Mean score of its surfels, 1 if they have none.
        surfels: Its own.
        box: Upright box around them, strays left out (see `main_groups`).
        asset: Its mesh, or None if no view shows enough of it, or none was asked for.
        grid: The space around it, or None if none was asked for.
        num_frames: Views that see it.
        direction_share: Share of all directions, from its middle, that lie within 30 degrees of
            the direction to a view that sees it.
    """

    id: int
    score: float
    surfels: SurfelCloud
    box: Box3D
    asset: Asset | None
    grid: StateGrid | None
    num_frames: int
    direction_share: float


@dataclass(frozen=True, eq=False)
class ObjectSet:
    """All objects of a scene, and the scene without them.

    Attributes:
        objects: By rising id.
        background: The surfels that belong to none of them.
        masks: The objects in each of the F views; ids are instance ids.
    """

    objects: tuple[SplatObject, ...]
    background: SurfelCloud
    masks: tuple[MaskSet, ...]

    def __len__(self) -> int:
        return len(self.objects)

    def by_id(self, instance: int) -> SplatObject:
        """The object with an id.

        Raises:
            ConventionError: There is none.
        """
        for thing in self.objects:
            if thing.id == instance:
                return thing
        known = ", ".join(str(thing.id) for thing in self.objects[:10])
        raise ConventionError("object", expected=f"one of the ids {known}", got=str(instance))


def remove_instances(surfels: SurfelCloud, instances: Sequence[int] | None = None) -> SurfelCloud:
    """The surfels without those of some objects, or without those of any if none are named.

    Args:
        surfels: With instances.
        instances: Ids.

    Raises:
        ConventionError: The surfels know nothing about instances, or an id has no surfel.
    """
    ids = surfels.instance_id
    if ids is None:
        raise ConventionError(
            "surfels", expected="instance ids", got="none", do="Decompose the scene first."
        )
    if instances is None:
        return surfels[ids == 0]
    strangers = sorted(set(instances) - set(np.unique(ids).tolist()) | ({0} & set(instances)))
    if strangers:
        raise ConventionError("instances", expected="ids of surfels", got=f"{strangers[:10]}")
    return surfels[~np.isin(ids, list(instances))]


def build_objects(
    surfels: SurfelCloud,
    views: Views,
    *,
    config: ObjectConfig | None = None,
    up: NDArray[np.float64] | None = None,
    limits: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> ObjectSet:
    """Takes every instance out of a scene as an object of its own.

    Every view is drawn once if the pictures fit into a gigabyte; else once for masks and grids, and
    twice more for the meshes.

    Args:
        surfels: The whole scene, with instances.
        views: Cameras to see it from.
        config: None takes the defaults.
        up: (3,) unit vector against gravity, or None if unknown; boxes stand upright on it.
        limits: See `StateCounts`.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The surfels know nothing about instances, or there is no view.
    """
    config = config or ObjectConfig()
    if not len(views):
        raise ConventionError("views", expected="at least one", got="none")
    drawn = ObjectPictures(
        surfels, views, depth_ratio=config.depth_ratio, engine=config.engine, progress=progress
    )
    is_small = views.size.prod(axis=1).sum() * _BYTES_PER_PIXEL <= _KEPT_BYTES
    pictures = list(drawn) if is_small else drawn
    ids = surfels.instance_id
    assert ids is not None  # ObjectPictures has refused it
    counts = np.bincount(ids)
    present = [i for i in range(1, len(counts)) if counts[i] >= config.least_surfels]
    parts = {i: surfels[ids == i] for i in present}
    cores = {i: part[main_groups(part.means)] for i, part in parts.items()}
    frames = {
        i: grid_frame(core, resolution=config.resolution, margin=config.margin)
        for i, core in cores.items()
    }
    states = StateCounts(frames if config.grids else {}, limits=limits)
    seen = _Sightings(present, config.least_pixels)
    for picture in pictures:
        states.add(picture)
        seen.add(picture)
    assets = _meshes(surfels, views, pictures, config) if config.meshes and present else {}
    objects = [
        SplatObject(
            i,
            _score(part),
            part,
            _box(cores[i], up),
            assets.get(i),
            states.grid(i, part) if config.grids else None,
            len(seen.eyes[i]),
            direction_share(cores[i].means.mean(axis=0, dtype=np.float64), np.array(seen.eyes[i])),
        )
        for i, part in parts.items()
    ]
    return ObjectSet(tuple(objects), surfels[~np.isin(ids, present)], tuple(seen.masks))


class _Sightings:
    """Which views see which objects, and where."""

    def __init__(self, instances: list[int], least_pixels: int) -> None:
        self._instances = instances
        self._least_pixels = least_pixels
        self.masks: list[MaskSet] = []
        self.eyes: dict[int, list[NDArray[np.float64]]] = {i: [] for i in instances}

    def add(self, picture: SurfacePicture) -> None:
        assert picture.ids is not None
        ids = np.where(np.isin(picture.ids, self._instances), picture.ids, 0).astype(np.int32)
        self.masks.append(MaskSet.from_id_map(ids))
        counts = np.bincount(ids.ravel())
        for i in self._instances:
            if i < len(counts) and counts[i] >= self._least_pixels:
                self.eyes[i].append(picture.world_from_cam[:3, 3])


def main_groups(means: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) which surfels lie in a connected group that is a fair part of the whole.

    The others are strays: they keep their instance, but do not stretch its box.
    """
    group = point_groups(means)
    counts = np.bincount(group)
    result: NDArray[np.bool_] = counts[group] >= _FAIR_PART * counts.max()
    return result


def direction_share(middle: NDArray[np.float64], eyes: NDArray[np.float64]) -> float:
    """Share of all directions from a point that lie within 30 degrees of that to an eye.

    Args:
        middle: (3,) metres.
        eyes: (F, 3) metres; F may be 0.
    """
    if not len(eyes):
        return 0.0
    towards = eyes - middle
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-12)
    z = 1 - (2 * np.arange(_DIRECTIONS) + 1) / _DIRECTIONS
    angle = np.arange(_DIRECTIONS) * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z * z)
    sphere = np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    best = (sphere @ towards.T).max(axis=1)
    return float((best >= np.cos(np.radians(_CONE_DEG))).mean())


def _meshes(
    surfels: SurfelCloud, views: Views, pictures: Iterable[SurfacePicture], config: ObjectConfig
) -> dict[int, Asset]:
    """The surface of the whole scene, cut along the borders of the instances."""
    voxel = scene_voxel(surfels) if config.voxel_size is None else config.voxel_size
    reach = scene_reach(surfels, views)
    surface = fuse_pictures(pictures, voxel_size=voxel, max_depth=reach)
    keep = kept_faces(
        surface.faces, len(surface.vertices), most_parts=len(surface.faces) + 1,
        least_faces=config.least_faces,
    )  # fmt: skip
    solid = NetSurface(surface.vertices, surface.colors, surface.voxel, surface.faces[keep])
    labels = spread_labels(surface.vertices, pictures, reach=_LABEL_REACH * voxel)
    result = {}
    for i, asset in split_meshes(solid, labels).items():
        assert asset.mesh is not None  # that is what a surface is cut into
        mesh = largest_parts(
            asset.mesh, most_parts=config.most_parts, least_faces=config.least_faces
        )
        if len(mesh.faces):
            result[i] = _centered(mesh, asset)
    return result


def _centered(mesh: Mesh, asset: Asset) -> Asset:
    """A mesh in the frame of an asset with its middle as the origin of its frame."""
    vertices = Asset(mesh, asset.world_from_asset).world_vertices()
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    placement = np.eye(4)
    placement[:3, 3] = middle
    local = (vertices - middle).astype(np.float32)
    return Asset(Mesh(local, mesh.faces, mesh.vertex_colors), placement)


def _score(part: SurfelCloud) -> float:
    return 1.0 if part.instance_score is None else float(part.instance_score.mean())


def _box(part: SurfelCloud, up: NDArray[np.float64] | None) -> Box3D:
    """The box of the centres; its fit has a smallest extent in metres, so it works at size one."""
    points = trimmed(part.means)
    middle = points.mean(axis=0, dtype=np.float64)
    size = max(float(np.ptp(points, axis=0).max()), float(part.scales.max()))
    box = fit_box((points - middle) / size, up=up)
    return Box3D(box.center * size + middle, box.size * size, box.rotation)
