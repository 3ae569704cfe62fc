"""The rasterizer of the CPU: images of surfels, and their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.core.checks import as_rigid
from scenewright.splats.rasterizer.arrays import (
    DrawSettings,
    Floats,
    ImageGradients,
    Images,
    SurfelArrays,
    SurfelGradients,
)
from scenewright.splats.rasterizer.columns import (
    GRADIENT_ALPHA,
    GRADIENT_COLOR,
    GRADIENT_DEPTH,
    GRADIENT_DISTORTION,
    GRADIENT_MEDIAN,
    GRADIENT_NORMAL,
    IMAGE_COLOR,
    IMAGE_DEPTH,
    IMAGE_DISTORTION,
    IMAGE_MEDIAN,
    IMAGE_NORMAL,
    IMAGE_TRANSMITTANCE,
    NUM_GRADIENTS,
    NUM_PLANES,
    RECORD_DEPTH,
    SLOT_SIZE,
)
from scenewright.splats.rasterizer.compositing import composite_tiles, kernel_constants
from scenewright.splats.rasterizer.compositing_backward import composite_tiles_backward
from scenewright.splats.rasterizer.harmonics import degree_of
from scenewright.splats.rasterizer.projection import project_surfels
from scenewright.splats.rasterizer.projection_backward import project_surfels_backward
from scenewright.splats.rasterizer.tiles import TileLists

NEAR_SHARE = 0.005
"""Near distance, as a share of the extent of the scene."""


@dataclass(frozen=True, eq=False)
class Viewpoint:
    """A camera with its pose, as the kernels take it.

    Attributes:
        K: (4,) float64 fx, fy, and the principal point with pixel centers at integers.
        cam_from_world: (3, 4) float64.
        origin: (3,) float64 camera center, world frame.
        size: Width and height, pixels.
    """

    K: NDArray[np.float64]
    cam_from_world: NDArray[np.float64]
    origin: NDArray[np.float64]
    size: tuple[int, int]

    @classmethod
    def of(cls, camera: Camera, world_from_cam: NDArray[np.float64]) -> Viewpoint:
        """Converts a camera and its pose.

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
    """A near distance that scales with the scene: a share of the extent of its middle 96 %.

    Args:
        means: (N, 3) centers of the surfels.
    """
    if not len(means):
        return 1.0
    low, high = np.quantile(means[:: max(1, len(means) // 20000)], (0.02, 0.98), axis=0)
    return max(float(np.linalg.norm(high - low)) * NEAR_SHARE, 1e-12)


@dataclass(frozen=True, eq=False)
class Rasterization:
    """Images of surfels, with what the backward pass needs.

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
    _constants: Floats

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(N,) bool, whether the bounding box of a surfel touches the image."""
        result: NDArray[np.bool_] = self._boxes[:, 1] > self._boxes[:, 0]
        return result

    def backward(self, gradients: ImageGradients) -> SurfelGradients:
        """Gradient of a loss with respect to the surfels, from that with respect to the images.

        Args:
            gradients: Shaped like `images`.

        Raises:
            ShapeError: A gradient does not have the shape of its image.
        """
        arrays, lists, view = self._arrays, self._lists, self._viewpoint
        slots = composite_tiles_backward(
            self._records,
            self._boxes,
            self._features,
            lists.starts,
            lists.surfels,
            lists.slots,
            lists.schedule,
            lists.across,
            self._planes,
            self._gradient_planes(gradients),
            self._background,
            self._constants,
        )
        d_means, d_quats, d_scales, d_opacities, d_sh, screen = project_surfels_backward(
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
        """(10 + D, H, W) gradients in the order of `columns.GRADIENT_*`; zeros for None."""
        height, width = self._planes.shape[1:]
        dtype, num_features = self._planes.dtype, self._features.shape[1]
        planes = np.zeros((NUM_GRADIENTS + num_features, height, width), dtype)
        for name, first, depth in (
            ("color", GRADIENT_COLOR, 3),
            ("depth_sum", GRADIENT_DEPTH, 0),
            ("alpha", GRADIENT_ALPHA, 0),
            ("normals", GRADIENT_NORMAL, 3),
            ("median", GRADIENT_MEDIAN, 0),
            ("distortion", GRADIENT_DISTORTION, 0),
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
    """(N, D) sums over the slots of each surfel."""
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
    settings: DrawSettings,
    features: Floats | None = None,
) -> Rasterization:
    """Draws surfels by exact ray-splat intersection, with a low-pass filter on the screen.

    Huang et al., 2D Gaussian Splatting for Geometrically Accurate Radiance Fields, 2024. A surfel
    contributes to a pixel where its alpha is at least 1 / 255; a ray ends before its transmittance
    would fall below 1e-4. Surfels that reach the plane of the camera are culled. Float32 and
    float64 arrays give images of their type; float32 is much faster.

    Args:
        arrays: N surfels.
        camera: Without skew; the principal point may lie anywhere.
        world_from_cam: (4, 4).
        settings: Near and far distance, degree of the harmonics, background.
        features: (N, D) values that are blended like colors, or None.

    Raises:
        ShapeError: The shapes of the arrays do not match.
        ConventionError: The camera has skew.
    """
    check_shapes(arrays, features)
    view = Viewpoint.of(camera, world_from_cam)
    dtype = arrays.means.dtype
    highest = degree_of(arrays.sh)
    degree = highest if settings.sh_degree is None else min(settings.sh_degree, highest)
    records, boxes, clamped = project_surfels(
        *arrays, view.K, view.cam_from_world, view.origin, view.size, settings.near, degree
    )
    lists = TileLists(boxes, np.ascontiguousarray(records[:, RECORD_DEPTH]), size=view.size)
    if features is None:
        features = np.zeros((len(arrays.means), 0), dtype)
    constants = kernel_constants(dtype, near=settings.near, far=settings.far)
    planes = composite_tiles(
        records,
        boxes,
        features,
        lists.starts,
        lists.surfels,
        lists.schedule,
        lists.across,
        view.size,
        constants,
    )
    background = np.asarray(settings.background, dtype)
    return Rasterization(
        _images(planes, background),
        arrays,
        view,
        degree,
        records,
        boxes,
        clamped,
        lists,
        planes,
        features,
        background,
        constants,
    )


@njit(cache=True, nogil=True, parallel=True)
def _join_planes(planes: Floats, background: Floats) -> tuple[Floats, Floats, Floats]:
    """Color with the background, normals, both with channels last, and alpha."""
    height, width = planes.shape[1:]
    color = np.empty((height, width, 3), planes.dtype)
    normals = np.empty((height, width, 3), planes.dtype)
    alpha = np.empty((height, width), planes.dtype)
    for y in prange(height):
        for x in range(width):
            transmittance = planes[IMAGE_TRANSMITTANCE, y, x]
            alpha[y, x] = 1 - transmittance
            for c in range(3):
                color[y, x, c] = planes[IMAGE_COLOR + c, y, x] + transmittance * background[c]
                normals[y, x, c] = planes[IMAGE_NORMAL + c, y, x]
    return color, normals, alpha


def _images(planes: Floats, background: Floats) -> Images:
    color, normals, alpha = _join_planes(planes, background)
    return Images(
        color=color,
        depth_sum=planes[IMAGE_DEPTH],
        alpha=alpha,
        normals=normals,
        median=planes[IMAGE_MEDIAN],
        distortion=planes[IMAGE_DISTORTION],
        features=np.moveaxis(planes[NUM_PLANES:], 0, -1) if len(planes) > NUM_PLANES else None,
    )


def check_shapes(arrays: SurfelArrays, features: Floats | None) -> None:
    """Checks that the arrays describe the same surfels in one floating type.

    Raises:
        ShapeError: They do not.
    """
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
