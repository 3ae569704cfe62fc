"""Labeled surfels become separate objects with box, mesh, masks and state grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Asset, Box3D, ConventionError, MaskSet, Mesh, SurfelCloud, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.geometry.boxes import fit_box, trimmed
from scenewright.geometry.mesh_parts import split_meshes
from scenewright.geometry.state_grids import StateCounts, grid_frame
from scenewright.geometry.surface_nets import NetSurface
from scenewright.splats.extraction.config import ObjectConfig
from scenewright.splats.extraction.instance_images import InstanceImages
from scenewright.splats.extraction.object_set import ObjectSet, SplatObject
from scenewright.splats.features.selection import point_groups
from scenewright.splats.meshing.bounded import fuse_images, spread_labels
from scenewright.splats.meshing.cleaning import kept_faces, largest_parts
from scenewright.splats.meshing.scene_extent import scene_reach, scene_voxel
from scenewright.splats.meshing.surface_images import SurfaceImage

_LABEL_REACH = 3.0
"""Distance along z, voxels, between a vertex and the depth whose id it takes."""
_KEPT_BYTES = 1_000_000_000
"""Images that need no more memory are drawn once and kept."""
_BYTES_PER_PIXEL = 11
SOLID = 0.5
"""Opacity above which a surfel counts as opaque."""
_MIN_GROUP_SHARE = 0.1
"""Size of a connected group of surfels, relative to the largest, from which it counts for the
box."""
_DIRECTIONS = 200
_CONE_DEG = 30.0


def build_objects(
    surfels: SurfelCloud,
    views: Views,
    *,
    config: ObjectConfig | None = None,
    up: NDArray[np.float64] | None = None,
    limits: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> ObjectSet:
    """Extracts every instance of a scene as a separate object.

    Every view is drawn once if the images fit into a gigabyte; otherwise once for masks and grids,
    and twice more for the meshes.

    Args:
        surfels: The whole scene, with instance ids.
        views: Cameras to draw it from.
        config: Settings; None uses the defaults.
        up: (3,) unit vector against gravity, or None if unknown; boxes are upright along it.
        limits: See `StateCounts`.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The surfels have no instance ids, or there is no view.
    """
    config = config or ObjectConfig()
    if not len(views):
        raise ConventionError("views", expected="at least one", got="none")
    drawn = InstanceImages(
        surfels, views, depth_ratio=config.depth_ratio, engine=config.engine, progress=progress
    )
    is_small = views.size.prod(axis=1).sum() * _BYTES_PER_PIXEL <= _KEPT_BYTES
    pictures = list(drawn) if is_small else drawn
    ids = surfels.instance_id
    assert ids is not None  # checked by InstanceImages
    counts = np.bincount(ids)
    present = [i for i in range(1, len(counts)) if counts[i] >= config.least_surfels]
    parts = {i: surfels[ids == i] for i in present}
    cores = {i: part[main_groups(part.means)] for i, part in parts.items()}
    frames = {
        i: grid_frame(core.means, resolution=config.resolution, margin=config.margin)
        for i, core in cores.items()
    }
    states = StateCounts(frames if config.grids else {}, limits=limits)
    seen = _Sightings(present, config.least_pixels)
    for picture in pictures:
        assert picture.ids is not None  # drawn by InstanceImages
        states.add(
            picture.depth,
            picture.ids,
            camera=picture.camera,
            world_from_cam=picture.world_from_cam,
        )
        seen.add(picture)
    assets = _object_meshes(surfels, views, pictures, config) if config.meshes and present else {}
    objects = [
        SplatObject(
            i,
            _mean_score(part),
            part,
            _upright_box(cores[i], up),
            assets.get(i),
            states.grid(i, part.means[part.opacities > SOLID]) if config.grids else None,
            len(seen.centers[i]),
            direction_share(
                cores[i].means.mean(axis=0, dtype=np.float64), np.array(seen.centers[i])
            ),
        )
        for i, part in parts.items()
    ]
    return ObjectSet(tuple(objects), surfels[~np.isin(ids, present)], tuple(seen.masks))


class _Sightings:
    """Which views see which objects: masks per view, and camera centers per object."""

    def __init__(self, instances: list[int], least_pixels: int) -> None:
        self._instances = instances
        self._least_pixels = least_pixels
        self.masks: list[MaskSet] = []
        self.centers: dict[int, list[NDArray[np.float64]]] = {i: [] for i in instances}

    def add(self, picture: SurfaceImage) -> None:
        """Adds the masks and the camera center of one view."""
        assert picture.ids is not None
        ids = np.where(np.isin(picture.ids, self._instances), picture.ids, 0).astype(np.int32)
        self.masks.append(MaskSet.from_id_map(ids))
        counts = np.bincount(ids.ravel())
        for i in self._instances:
            if i < len(counts) and counts[i] >= self._least_pixels:
                self.centers[i].append(picture.world_from_cam[:3, 3])


def main_groups(means: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) bool, which surfels lie in a connected group that is not much smaller than the largest.

    The others are outliers: they keep their instance id, but do not enlarge its box.

    Args:
        means: (N, 3) centers of the surfels of one object.
    """
    group = point_groups(means)
    counts = np.bincount(group)
    result: NDArray[np.bool_] = counts[group] >= _MIN_GROUP_SHARE * counts.max()
    return result


def direction_share(middle: NDArray[np.float64], centers: NDArray[np.float64]) -> float:
    """Share of all directions from a point that lie within 30 degrees of that to a camera.

    Args:
        middle: (3,) the point, meters.
        centers: (F, 3) camera centers, meters; F may be 0.
    """
    if not len(centers):
        return 0.0
    towards = centers - middle
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-12)
    z = 1 - (2 * np.arange(_DIRECTIONS) + 1) / _DIRECTIONS
    angle = np.arange(_DIRECTIONS) * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z * z)
    sphere = np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    best = (sphere @ towards.T).max(axis=1)
    return float((best >= np.cos(np.radians(_CONE_DEG))).mean())


def _object_meshes(
    surfels: SurfelCloud, views: Views, pictures: Iterable[SurfaceImage], config: ObjectConfig
) -> dict[int, Asset]:
    """Mesh of each object: the surface of the whole scene, cut at the borders of the instances."""
    voxel = scene_voxel(surfels) if config.voxel_size is None else config.voxel_size
    reach = scene_reach(surfels, views)
    surface = fuse_images(pictures, voxel_size=voxel, max_depth=reach)
    keep = kept_faces(
        surface.faces, len(surface.vertices), most_parts=len(surface.faces) + 1,
        least_faces=config.least_faces,
    )  # fmt: skip
    solid = NetSurface(surface.vertices, surface.colors, surface.voxel, surface.faces[keep])
    labels = spread_labels(surface.vertices, pictures, reach=_LABEL_REACH * voxel)
    result = {}
    for i, asset in split_meshes(solid, labels).items():
        if i == 0:
            continue
        assert asset.mesh is not None  # `split_meshes` makes nothing else
        mesh = largest_parts(
            asset.mesh, most_parts=config.most_parts, least_faces=config.least_faces
        )
        if len(mesh.faces):
            result[i] = _centered(Asset(mesh, asset.world_from_asset), mesh)
    return result


def _centered(asset: Asset, mesh: Mesh) -> Asset:
    """The same mesh with the center of its bounds as the origin of its frame."""
    vertices = asset.world_vertices()
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    placement = np.eye(4)
    placement[:3, 3] = middle
    local = (vertices - middle).astype(np.float32)
    return Asset(Mesh(local, mesh.faces, mesh.vertex_colors), placement)


def _mean_score(part: SurfelCloud) -> float:
    """Mean instance score of surfels, 1 if they have none."""
    return 1.0 if part.instance_score is None else float(part.instance_score.mean())


def _upright_box(part: SurfelCloud, up: NDArray[np.float64] | None) -> Box3D:
    """The box of the centers, fitted at unit size since the fit has a least extent in meters."""
    points = trimmed(part.means)
    middle = points.mean(axis=0, dtype=np.float64)
    size = max(float(np.ptp(points, axis=0).max()), float(part.scales.max()))
    box = fit_box((points - middle) / size, up=up)
    return Box3D(box.center * size + middle, box.size * size, box.rotation)
