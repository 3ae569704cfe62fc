"""One picture of surfels, and its way back: the engine of the processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.core.checks import as_rigid
from scenewright.splats.rasterizer.arrays import (
    Floats,
    ImageGradients,
    Images,
    SurfelArrays,
    SurfelGradients,
)
from scenewright.splats.rasterizer.compositing import NUM_PLANES, draw_tiles, kernel_limits
from scenewright.splats.rasterizer.compositing_backward import NUM_GRADIENTS, walk_tiles
from scenewright.splats.rasterizer.harmonics import degree_of
from scenewright.splats.rasterizer.projection import project_surfels
from scenewright.splats.rasterizer.projection_backward import SLOT_SIZE, project_gradients
from scenewright.splats.rasterizer.tiles import TileLists

NEAR_SHARE = 0.005
"""Near distance in extents of a scene."""


@dataclass(frozen=True, eq=False)
class Viewpoint:
    """A camera as the kernels take it.

    Attributes:
        K: (4,) float64 fx, fy, and the principal point with pixel centres at integers.
        cam_from_world: (3, 4) float64.
        origin: (3,) float64 camera centre, world frame.
        size: Width and height, pixels.
    """

    K: NDArray[np.float64]
    cam_from_world: NDArray[np.float64]
    origin: NDArray[np.float64]
    size: tuple[int, int]

    @classmethod
    def of(cls, camera: Camera, world_from_cam: NDArray[np.float64]) -> Viewpoint:
        """The kernels' form of a camera with its pose.

        Raises:
            ConventionError: The camera has skew.
        """
        if camera.K[0, 1] != 0:
            raise ConventionError("Camera.K", expected="no skew", got=f"{camera.K[0, 1]:g}")
        pose = as_rigid("world_from_cam", world_from_cam)
        rotation = pose[:3, :3].T
        cam_from_world = np.concatenate([rotation, -rotation @ pose[:3, 3:]], axis=1)
        K = np.array([camera.fx, camera.fy, camera.cx - 0.5, camera.cy - 0.5])
        return cls(
            K,
            np.ascontiguousarray(cam_from_world),
            pose[:3, 3].copy(),
            (camera.width, camera.height),
        )


def near_plane(means: NDArray[np.floating[Any]]) -> float:
    """A near distance that grows with the scene: a share of the extent of its middle 96 %."""
    if not len(means):
        return 1.0
    low, high = np.quantile(means[:: max(1, len(means) // 20000)], (0.02, 0.98), axis=0)
    return max(float(np.linalg.norm(high - low)) * NEAR_SHARE, 1e-12)


@dataclass(frozen=True, eq=False)
class Rasterization:
    """A picture, and what its backward pass needs.

    Attributes:
        images: What the camera sees.
    """

    images: Images
    _arrays: SurfelArrays
    _viewpoint: Viewpoint
    _degree: int
    _records: Floats
    _boxes: NDArray[np.int32]
    _clamped: NDArray[np.uint8]
    _lists: TileLists
    _planes: Floats
    _features: Floats
    _background: Floats
    _limits: Floats

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(N,) whether a surfel touches the picture."""
        result: NDArray[np.bool_] = self._boxes[:, 1] > self._boxes[:, 0]
        return result

    def backward(self, gradients: ImageGradients) -> SurfelGradients:
        """Derivative of a loss with respect to the surfels, given that to the pictures.

        Args:
            gradients: Shaped like `images`.

        Raises:
            ShapeError: A gradient has another shape than its picture.
        """
        arrays, lists, view = self._arrays, self._lists, self._viewpoint
        slots = walk_tiles(
            self._records,
            self._boxes,
            self._features,
            lists.starts,
            lists.surfels,
            lists.slots,
            lists.turns,
            lists.across,
            self._planes,
            self._gradient_planes(gradients),
            self._background,
            self._limits,
        )
        d_means, d_quats, d_scales, d_opacities, d_sh, screen = project_gradients(
            arrays.means,
            arrays.quats,
            arrays.scales,
            arrays.sh,
            view.K,
            view.cam_from_world,
            view.origin,
            view.size,
            self._degree,
            lists.first_slot,
            slots,
            self._clamped,
        )
        features = None
        if self._features.shape[1]:
            features = _sum_slots(slots[:, SLOT_SIZE:], lists.first_slot)
        return SurfelGradients(
            d_means, d_quats, d_scales, d_opacities, d_sh, features, screen, self.visible
        )

    def _gradient_planes(self, gradients: ImageGradients) -> Floats:
        height, width = self._planes.shape[1:]
        dtype, num_features = self._planes.dtype, self._features.shape[1]
        planes = np.zeros((NUM_GRADIENTS + num_features, height, width), dtype)
        for name, first, depth in (
            ("color", 0, 3),
            ("depth_sum", 3, 0),
            ("alpha", 4, 0),
            ("normals", 5, 3),
            ("median", 8, 0),
            ("distortion", 9, 0),
            ("features", NUM_GRADIENTS, num_features),
        ):
            value = getattr(gradients, name)
            if value is None:
                continue
            shape = (height, width, depth) if depth else (height, width)
            if value.shape != shape:
                raise ShapeError(
                    f"ImageGradients.{name}", expected=f"{shape}", got=f"{value.shape}"
                )
            planes[first : first + max(depth, 1)] = np.moveaxis(value, -1, 0) if depth else value
        return planes


def _sum_slots(slots: Floats, first_slot: NDArray[np.int64]) -> Floats:
    sums = np.zeros((len(first_slot) - 1, slots.shape[1]), slots.dtype)
    filled = np.flatnonzero(np.diff(first_slot))
    if len(filled):
        sums[filled] = np.add.reduceat(slots, first_slot[filled], axis=0)
    return sums


def rasterize(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    near: float,
    far: float,
    sh_degree: int | None = None,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    features: Floats | None = None,
) -> Rasterization:
    """Draws surfels by exact intersection of rays and disks, with a screen-space low-pass filter.

    Huang et al., 2D Gaussian Splatting for Geometrically Accurate Radiance Fields, 2024. A pixel
    takes a surfel where its alpha is at least 1 / 255; a ray ends before its transmittance would
    fall below 1e-4. Surfels that reach to the camera's plane are not drawn. Float32 and float64
    arrays give pictures of their type; the first is much faster.

    Args:
        arrays: N surfels.
        camera: Without skew; the principal point may lie anywhere.
        world_from_cam: (4, 4).
        near: Centres and hits at this depth or nearer are left out, metres.
        far: Depth at which the distortion's m reaches 1, metres.
        sh_degree: Highest degree of color that is used; None takes all there is.
        background: RGB behind everything.
        features: (N, D) values that are blended like colors, or None.

    Raises:
        ShapeError: Arrays do not fit together.
        ConventionError: The camera has skew, or near and far are not in order.
    """
    if not 0 < near < far:
        raise ConventionError("near, far", expected="0 < near < far", got=f"{near:g}, {far:g}")
    check_shapes(arrays, features)
    view = Viewpoint.of(camera, world_from_cam)
    dtype = arrays.means.dtype
    highest = degree_of(arrays.sh)
    degree = highest if sh_degree is None else min(sh_degree, highest)
    records, boxes, clamped = project_surfels(
        *arrays, view.K, view.cam_from_world, view.origin, view.size, near, degree
    )
    lists = TileLists(boxes, np.ascontiguousarray(records[:, 8]), size=view.size)
    if features is None:
        features = np.zeros((len(arrays.means), 0), dtype)
    limits = kernel_limits(dtype, near=near, far=far)
    planes = draw_tiles(
        records,
        boxes,
        features,
        lists.starts,
        lists.surfels,
        lists.turns,
        lists.across,
        view.size,
        limits,
    )
    behind = np.asarray(background, dtype)
    return Rasterization(
        _images(planes, behind),
        arrays,
        view,
        degree,
        records,
        boxes,
        clamped,
        lists,
        planes,
        features,
        behind,
        limits,
    )


@njit(cache=True, nogil=True, parallel=True)
def _join_planes(planes: Floats, background: Floats) -> tuple[Floats, Floats, Floats]:
    """Color over the background and normals with their channels last, and alpha."""
    height, width = planes.shape[1:]
    color = np.empty((height, width, 3), planes.dtype)
    normals = np.empty((height, width, 3), planes.dtype)
    alpha = np.empty((height, width), planes.dtype)
    for y in prange(height):
        for x in range(width):
            passed = planes[0, y, x]
            alpha[y, x] = 1 - passed
            for c in range(3):
                color[y, x, c] = planes[2 + c, y, x] + passed * background[c]
                normals[y, x, c] = planes[6 + c, y, x]
    return color, normals, alpha


def _images(planes: Floats, background: Floats) -> Images:
    color, normals, alpha = _join_planes(planes, background)
    return Images(
        color=color,
        depth_sum=planes[5],
        alpha=alpha,
        normals=normals,
        median=planes[9],
        distortion=planes[13],
        features=np.moveaxis(planes[NUM_PLANES:], 0, -1) if len(planes) > NUM_PLANES else None,
    )


def check_shapes(arrays: SurfelArrays, features: Floats | None) -> None:
    """Raises `ShapeError` unless the arrays describe the same surfels in one floating type."""
    n = len(arrays.means)
    dtype = arrays.means.dtype
    given = {**arrays._asdict(), "features": features}
    for name, tail in (
        ("means", (3,)),
        ("quats", (4,)),
        ("scales", (2,)),
        ("opacities", ()),
        ("sh", None),
        ("features", None),
    ):
        value = given[name]
        if value is None:
            continue
        fits = len(value) == n and (tail is None or value.shape[1:] == tail)
        if not fits or value.dtype != dtype:
            raise ShapeError(
                f"surfel {name}",
                expected=f"{n} rows of {dtype}" + (f", each {tail}" if tail is not None else ""),
                got=f"{value.dtype} {value.shape}",
            )
