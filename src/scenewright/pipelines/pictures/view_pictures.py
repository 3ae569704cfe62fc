"""Pictures of surfels for viewing: color, depth, normals, ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenewright.core import Camera, PointCloud, Scene, SurfelCloud, Views, instance_color
from scenewright.core.palette import Color
from scenewright.geometry.quaternions import tangent_axes
from scenewright.pipelines.pictures.kinds import Kind
from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.meshing import scene_voxel
from scenewright.splats.rasterizer import SurfelArrays, blend_weights, near_plane
from scenewright.splats.rendering import OPAQUE, RenderedView, not_floating, render

SHEET_VIEWS = 6
"""Rows of a sheet of views."""
_CELL_WIDTH = 320
_GAP = 6
_HEADER = 26
_INK = (40, 42, 46)
_PAPER = (228, 228, 224)
_NEAR_TO_FAR = np.array(
    [
        (252, 253, 191), (254, 186, 116), (244, 105, 92), (192, 58, 118), (128, 37, 130),
        (67, 15, 117), (14, 11, 43),
    ],
    np.float64,
)  # fmt: skip
"""Colors of depth, near is light; brightness falls evenly, so it also reads in grayscale."""
_NOTHING = 0
_ID_SHARE = 0.65
_TOP = 8
_MOST_SAMPLES = 10
_REACH = 1.4
"""Radius of a disk in standard deviations, up to which points are placed on it."""


@dataclass(frozen=True, eq=False)
class DrawnView:
    """Surfels rendered from one camera.

    Attributes:
        view: Rendered color, depth and normals.
        ids: (H, W) int32 instance of each pixel, or None if the surfels have none.
        colors: Color of each instance (see `instance_colors`); others have that of their id.
    """

    view: RenderedView
    ids: NDArray[np.int32] | None
    colors: Mapping[int, Color] = field(default_factory=dict)

    def picture(self, kind: Kind, *, depth_range: tuple[float, float] | None = None) -> Image.Image:
        """One kind of picture.

        Args:
            kind: One of `KINDS`; without instances, ids are gray.
            depth_range: Depths of the lightest and the darkest color; None takes those of the
                picture.
        """
        if kind == "color":
            return Image.fromarray(_bytes(self.view.color))
        if kind == "depth":
            return Image.fromarray(color_depth(self.view.median_depth, limits=depth_range))
        if kind == "normals":
            is_there = (self.view.normals != 0).any(axis=2, keepdims=True)
            return Image.fromarray(_bytes(np.where(is_there, 0.5 + 0.5 * self.view.normals, 0)))
        ids = np.zeros(self.view.alpha.shape, np.int32) if self.ids is None else self.ids
        painted = color_ids(ids, self.view.color, self.colors)
        solid = self.view.alpha[..., None] >= OPAQUE
        return Image.fromarray(np.where(solid, painted, _bytes(self.view.color)))


def draw_view(
    surfels: SurfelCloud,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    near: float | None = None,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    colors: Mapping[int, Color] = MappingProxyType({}),
) -> DrawnView:
    """Renders surfels in every kind of picture.

    Args:
        surfels: Any number of surfels.
        camera: Camera without skew.
        world_from_cam: (4, 4).
        near: See `render`.
        background: RGB in [0, 1].
        colors: Color of each instance (see `instance_colors`); others have that of their id.
    """
    options = {"world_from_cam": world_from_cam, "near": near, "background": background}
    view = render(surfels, camera, **options)  # type: ignore[arg-type]
    if surfels.instance_id is None:
        return DrawnView(view, None, colors)
    ids = draw_ids(surfels, camera, world_from_cam=world_from_cam, near=near)
    return DrawnView(view, ids, colors)


def draw_ids(
    surfels: SurfelCloud,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    near: float | None = None,
) -> NDArray[np.int32]:
    """(H, W) int32 instance of each pixel, 0 = none.

    Args:
        surfels: Surfels with instances.
        camera: Camera without skew.
        world_from_cam: (4, 4).
        near: See `render`.
    """
    assert surfels.instance_id is not None
    blend = blend_weights(
        SurfelArrays.of(replace(surfels, sh=surfels.sh[:, :1])),
        camera,
        world_from_cam=world_from_cam,
        near=near_plane(surfels.means) if near is None else near,
        top=_TOP,
    )
    return render_id_map(surfels.instance_id, blend.ids, blend.weights, blend.alpha)


def color_depth(
    depth: NDArray[np.float32], *, limits: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, light where near and dark where far, black where there is none.

    Args:
        depth: (H, W), 0 = none.
        limits: Depths of the lightest and the darkest color; None takes those that hold 98 % of
            the picture.
    """
    there = depth > 0
    if not there.any():
        return np.zeros((*depth.shape, 3), np.uint8)
    low, high = np.quantile(depth[there], [0.01, 0.99]) if limits is None else limits
    share = np.clip((depth - low) / max(high - low, 1e-12), 0, 1)
    stops = np.linspace(0, 1, len(_NEAR_TO_FAR))
    picture = np.stack([np.interp(share, stops, c) for c in _NEAR_TO_FAR.T], axis=2)
    result: NDArray[np.uint8] = np.where(there[..., None], picture, _NOTHING).astype(np.uint8)
    return result


def color_ids(
    ids: NDArray[np.int32], color: NDArray[np.float32], colors: Mapping[int, Color]
) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: a color per instance, gray for none, over the brightness of the picture.

    Args:
        ids: (H, W), 0 = none.
        color: (H, W, 3) in [0, 1].
        colors: Color of each instance; others have that of their id.
    """
    known, inverse = np.unique(ids, return_inverse=True)
    palette = np.array([colors.get(i, instance_color(i)) for i in known.tolist()], np.float64)
    bright = color.mean(axis=2, keepdims=True) * 255
    painted = palette[inverse.reshape(ids.shape)] * _ID_SHARE + bright * (1 - _ID_SHARE)
    result: NDArray[np.uint8] = np.clip(painted, 0, 255).astype(np.uint8)
    return result


def sheet(rows: Sequence[tuple[str, Sequence[Image.Image]]], columns: Sequence[str]) -> Image.Image:
    """Pictures in a grid, with headings above the columns and a name beside each row.

    Args:
        rows: Name and pictures of each row, one per column.
        columns: Headings of the columns.
    """
    font = ImageFont.load_default(size=14)
    shrunk = [(name, [_fitted(picture) for picture in row]) for name, row in rows]
    heights = [max((p.height for p in row), default=0) for _, row in shrunk]
    width = _GAP + len(columns) * (_CELL_WIDTH + _GAP)
    paper = Image.new("RGB", (width, _HEADER + sum(heights) + _GAP * len(rows)), _PAPER)
    pen = ImageDraw.Draw(paper)
    for column, word in enumerate(columns):
        pen.text((_GAP + column * (_CELL_WIDTH + _GAP), 5), word, fill=_INK, font=font)
    top = _HEADER
    for (name, row), height in zip(shrunk, heights, strict=True):
        for column, picture in enumerate(row):
            paper.paste(picture, (_GAP + column * (_CELL_WIDTH + _GAP), top))
        pen.text(
            (_GAP + 6, top + 4), name, fill=(255, 255, 255), font=font,
            stroke_width=2, stroke_fill=_INK,
        )  # fmt: skip
        top += height + _GAP
    return paper


def spread(positions: Sequence[int], *, count: int = SHEET_VIEWS) -> list[int]:
    """At most `count` of some positions, evenly spaced."""
    if len(positions) <= count:
        return list(positions)
    chosen = np.linspace(0, len(positions) - 1, count).round().astype(int)
    return [positions[int(i)] for i in chosen]


def fitted_views_sheet(
    surfels: SurfelCloud, views: Views, photos: Iterator[tuple[int, NDArray[np.uint8]]]
) -> Image.Image:
    """Photographs beside the rendered views.

    Args:
        surfels: The fitted surfels.
        views: Their cameras.
        photos: Index of a view and its (H, W, 3) photograph.
    """
    rows = []
    for number, photo in photos:
        drawn = draw_view(
            surfels, views.camera(number), world_from_cam=views.world_from_cam[number]
        )
        kinds: tuple[Kind, ...] = ("color", "depth", "normals")
        pictures = [Image.fromarray(photo), *(drawn.picture(kind) for kind in kinds)]
        rows.append((views.name[number], pictures))
    return sheet(rows, ("photograph", "surfels", "depth", "normals"))


def surfel_points(surfels: SurfelCloud, *, least_opacity: float = 0.3) -> PointCloud:
    """Points spread over the disks, so that walls with few large surfels get as dense as the rest.

    Points are a few voxels of the scene's mesh apart, see `scene_voxel`, and have the color, normal
    and instance of their surfel.

    Args:
        surfels: Any number of surfels.
        least_opacity: Fainter surfels are skipped.
    """
    solid = surfels[surfels.opacities >= least_opacity]
    if not len(solid):
        return PointCloud(np.zeros((0, 3), np.float32))
    spacing = 2 * scene_voxel(solid)
    count = np.clip(np.ceil(2 * _REACH * solid.scales / spacing), 1, _MOST_SAMPLES).astype(np.int64)
    number = count[:, 0] * count[:, 1]
    owner = np.repeat(np.arange(len(solid)), number)
    sample = np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
    steps = np.stack([sample // count[owner, 1], sample % count[owner, 1]], axis=1)
    local = _REACH * (2 * steps + 1 - count[owner]) / count[owner] * solid.scales[owner]
    u, v = np.moveaxis(tangent_axes(solid.quats), 2, 0)
    points = solid.means[owner] + local[:, :1] * u[owner] + local[:, 1:] * v[owner]
    ids = solid.instance_id
    kept = _one_per_cell(points, np.zeros(len(owner)) if ids is None else ids[owner], spacing)
    points, owner = points[kept], owner[kept]
    return PointCloud(
        points.astype(np.float32),
        solid.base_colors()[owner],
        solid.normals()[owner],
        None if ids is None else ids[owner],
    )


def _one_per_cell(
    points: NDArray[np.float32], ids: NDArray[Any], spacing: float
) -> NDArray[np.int64]:
    """Ascending indices of the first point of each instance in each cell."""
    cells = np.floor((points - points.min(axis=0)) / spacing).astype(np.int64)
    extent = cells.max(axis=0) + 1
    flat = (cells[:, 0] * extent[1] + cells[:, 1]) * extent[2] + cells[:, 2]
    flat = flat * (int(ids.max(initial=0)) + 1) + ids.astype(np.int64)
    return np.sort(np.unique(flat, return_index=True)[1])


def facing_normals(cloud: PointCloud, views: Views) -> PointCloud:
    """Points with normals that face the cameras."""
    if cloud.normals is None or not len(views):
        return cloud
    middle = views.centers.mean(axis=0)
    away = np.einsum("ij,ij->i", cloud.normals, cloud.points - middle) > 0
    normals = np.where(away[:, None], -cloud.normals, cloud.normals).astype(np.float32)
    return replace(cloud, normals=normals)


def preview_scene(scene: Scene) -> Scene:
    """A scene with points for the preview: sampled on its surfels, or else its points.

    Surfels that only float in front of the cameras are left out.
    """
    if scene.surfels is None:
        return scene
    surfels = scene.surfels
    if scene.views is not None:
        surfels = surfels[not_floating(surfels, scene.views)]
    cloud = surfel_points(surfels)
    if not len(cloud):
        # A fit that was stopped early may have faint surfels only.
        cloud = surfel_points(surfels, least_opacity=0.0)
    if scene.views is not None:
        cloud = facing_normals(cloud, scene.views)
    return replace(scene, points=cloud)


def _fitted(picture: Image.Image) -> Image.Image:
    height = max(round(picture.height * _CELL_WIDTH / picture.width), 1)
    if picture.width == _CELL_WIDTH:
        return picture
    smooth = Image.Resampling.BOX if picture.width > _CELL_WIDTH else Image.Resampling.BICUBIC
    return picture.resize((_CELL_WIDTH, height), smooth)


def _bytes(color: NDArray[np.floating]) -> NDArray[np.uint8]:
    result: NDArray[np.uint8] = (np.clip(color, 0, 1) * 255 + 0.5).astype(np.uint8)
    return result
