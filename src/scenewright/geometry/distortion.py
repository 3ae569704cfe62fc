"""Lens distortion, and its removal from images.

Models and parameter order are those of COLMAP (its page "Camera Models"). A ray is given by the
(x, y) where it meets the plane z = 1; a lens moves it to a distorted (x, y), which focal lengths
and principal point map to the image. Pixel centers lie at half integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, ShapeError, UnknownNameError
from scenewright.geometry._lens_models import LENS_MODELS as LENS_MODELS
from scenewright.geometry._lens_models import Array, LensModel
from scenewright.geometry.indices import clamped_index

Value = TypeVar("Value", bound=np.generic)

_STEPS = 40
"""Newton steps; a dozen are enough except near the limits of a model's range."""
_DIFFERENCE = 1e-6
_MAX_ZOOM = 2.0
_WIDEST = np.tan(np.deg2rad(55.0))
"""Largest half field of view of an undistorted fisheye image; beyond it, a flat image is mostly
stretched corners."""
_LEAST_ZOOM = 0.5
_STEEPEST = 1.55
"""Largest angle from the axis that is considered, radians; the plane z = 1 ends at 1.57."""
_ROWS = 64


def _find(model: str) -> LensModel:
    if model not in LENS_MODELS:
        raise UnknownNameError(
            f"There is no camera model '{model}'", expected=f"one of {', '.join(LENS_MODELS)}"
        )
    return LENS_MODELS[model]


@dataclass(frozen=True)
class Lens:
    """A camera with lens distortion; equal lenses compare equal and have the same hash.

    Attributes:
        model: A name in `LENS_MODELS`.
        focal: (fx, fy), pixels.
        center: (cx, cy), pixels; 0.5 is the center of the first column or row.
        coefficients: Distortion coefficients of the model, dimensionless.
        width: Image width, pixels.
        height: Image height, pixels.
    """

    model: str
    focal: tuple[float, float]
    center: tuple[float, float]
    coefficients: tuple[float, ...]
    width: int
    height: int

    def __post_init__(self) -> None:
        wanted = _find(self.model).coefficients
        if len(self.coefficients) != len(wanted):
            raise ShapeError(
                f"Coefficients of a camera model {self.model}",
                expected=f"{len(wanted)} numbers ({', '.join(wanted) or 'none'})",
                got=f"{len(self.coefficients)}",
            )
        numbers = (*self.focal, *self.center, *self.coefficients)
        if not (np.isfinite(numbers).all() and min(self.focal) > 0):
            raise ConventionError(
                f"A camera model {self.model}",
                expected="finite numbers and positive focal lengths",
                got=", ".join(f"{number:g}" for number in numbers),
            )

    @classmethod
    def from_params(
        cls, model: str, params: Sequence[float] | Array, *, width: int, height: int
    ) -> Lens:
        """Builds a lens from COLMAP's list of parameters, such as f, cx, cy, k.

        Raises:
            UnknownNameError: There is no such model.
            ShapeError: The number of parameters does not match the model.
            ConventionError: A number is not finite, or a focal length is not positive.
        """
        kind, values = _find(model), [float(value) for value in params]
        if len(values) != len(kind.params):
            raise ShapeError(
                f"Parameters of a camera model {model}",
                expected=f"{len(kind.params)} numbers ({', '.join(kind.params)})",
                got=f"{len(values)}",
            )
        n = kind.focals
        focal, center = (values[0], values[n - 1]), (values[n], values[n + 1])
        return cls(model, focal, center, tuple(values[n + 2 :]), width, height)

    @property
    def is_straight(self) -> bool:
        """Whether it has no distortion, so that images need no undistortion."""
        kind = LENS_MODELS[self.model]
        if kind.angular or self.model == "EUCM":
            return False
        return not any(self.coefficients)

    @property
    def pinhole(self) -> Camera:
        """The pinhole camera with the same focal lengths and principal point."""
        size = {"width": self.width, "height": self.height}
        return Camera.from_focal(*self.focal, *self.center, **size)

    def resized(self, width: int, height: int) -> Lens:
        """The same lens for an image resized to `width` x `height` pixels."""
        x, y = width / self.width, height / self.height
        focal = (self.focal[0] * x, self.focal[1] * y)
        center = (self.center[0] * x, self.center[1] * y)
        return replace(self, focal=focal, center=center, width=width, height=height)


def _to_angles(x: Array, y: Array) -> tuple[Array, Array]:
    radius = np.hypot(x, y)
    scale = np.divide(np.arctan(radius), radius, out=np.ones_like(radius), where=radius > 1e-12)
    return x * scale, y * scale


def _from_angles(x: Array, y: Array) -> tuple[Array, Array]:
    angle = np.hypot(x, y)
    # At a right angle and beyond, a ray never meets the plane in front of the camera.
    tangent = np.tan(np.where(angle < np.pi / 2, angle, np.nan))
    scale = np.divide(tangent, angle, out=np.ones_like(angle), where=~(angle <= 1e-12))
    return x * scale, y * scale


def distort(lens: Lens, rays: Array) -> Array:
    """(..., 2) distorted coordinates of rays.

    Args:
        lens: Its focal lengths and size are ignored.
        rays: (..., 2) x and y on the plane z = 1.
    """
    model = LENS_MODELS[lens.model]
    x, y = rays[..., 0], rays[..., 1]
    if model.angular:
        x, y = _to_angles(x, y)
    return np.stack(model.bend(lens.coefficients, x, y), axis=-1)


def undistort(lens: Lens, bent: Array) -> Array:
    """(..., 2) rays that a lens distorts to the given coordinates; NaN where there is none.

    Uses the closed form if there is one, otherwise Newton's method with a numeric Jacobian.

    Args:
        lens: Its focal lengths and size are ignored.
        bent: (..., 2) distorted coordinates.
    """
    model = LENS_MODELS[lens.model]
    target_x, target_y = bent[..., 0], bent[..., 1]
    if model.undo is not None:
        return np.stack(model.undo(lens.coefficients, target_x, target_y), axis=-1)
    x, y = _solve(model, lens.coefficients, target_x, target_y)
    return np.stack(_from_angles(x, y) if model.angular else (x, y), axis=-1)


def _solve(
    model: LensModel, factors: tuple[float, ...], target_x: Array, target_y: Array
) -> tuple[Array, Array]:
    x, y = target_x.copy(), target_y.copy()
    h = _DIFFERENCE
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            bent_x, bent_y = model.bend(factors, x, y)
            right = model.bend(factors, x + h, y)
            left = model.bend(factors, x - h, y)
            down = model.bend(factors, x, y + h)
            above = model.bend(factors, x, y - h)
            xx, yx = ((r - s) / (2 * h) for r, s in zip(right, left, strict=True))
            xy, yy = ((r - s) / (2 * h) for r, s in zip(down, above, strict=True))
            miss_x, miss_y = target_x - bent_x, target_y - bent_y
            area = xx * yy - xy * yx
            step_x = (yy * miss_x - xy * miss_y) / area
            step_y = (xx * miss_y - yx * miss_x) / area
            # Bounded steps keep the search on the side of the fold that it started on.
            length = np.hypot(step_x, step_y)
            leash = 0.5 * (0.1 + np.hypot(x, y))
            share = np.where(length > leash, leash / length, 1.0)
            x, y = x + share * step_x, y + share * step_y
            if not (length > 1e-14).any():
                break
        bent_x, bent_y = model.bend(factors, x, y)
        solved = np.hypot(bent_x - target_x, bent_y - target_y) < 1e-9
    return np.where(solved, x, np.nan), np.where(solved, y, np.nan)


def lens_pixels(lens: Lens, rays: Array) -> Array:
    """(..., 2) distorted image positions (column, row) of rays (..., 2) on the plane z = 1."""
    return distort(lens, rays) * lens.focal + lens.center


def lens_rays(lens: Lens, pixels: Array) -> Array:
    """(..., 2) rays on the plane z = 1 of distorted image positions (column, row)."""
    return undistort(lens, (pixels - lens.center) / lens.focal)


def lens_reach(lens: Lens) -> float:
    """Radius on the plane z = 1 up to which the distorted radius of a lens increases.

    Beyond it the polynomial folds back and no longer describes the lens.
    """
    radii = np.tan(np.linspace(0, _STEEPEST, 512))
    angles = np.arange(8) * np.pi / 4
    rays = radii[:, None, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(distort(lens, rays), axis=-1)
        grows = (np.diff(lengths, axis=0) > 0).all(axis=1)
    return float(radii[-1] if grows.all() else radii[int(np.argmin(grows))])


def undistorted_camera(lens: Lens) -> Camera:
    """The pinhole camera of the undistorted image of a lens.

    It has the size and principal point of the lens, and its focal length, unless some pixels would
    then lie outside the distorted image: the focal length is raised by the smallest factor (at most
    2) that leaves no empty pixels. A fisheye lens sees more than a flat image can show; its camera
    gets the widest view without empty pixels, within 55 degrees from the axis and at no less than
    half the focal length.
    """
    pinhole = lens.pinhole
    if lens.is_straight:
        return pinhole
    low = 1.0
    if LENS_MODELS[lens.model].angular or lens.model == "EUCM":
        sides = np.maximum(lens.center, np.subtract((lens.width, lens.height), lens.center))
        low = max(_LEAST_ZOOM, float((sides / lens.focal).max() / _WIDEST))
    zoom = _least_zoom(lens, low, max(low, _MAX_ZOOM))
    focal = (zoom * lens.focal[0], zoom * lens.focal[1])
    return Camera.from_focal(*focal, *lens.center, width=lens.width, height=lens.height)


def _least_zoom(lens: Lens, low: float, high: float) -> float:
    """The smallest factor on the focal length that keeps every pixel in the distorted image."""
    columns, rows = np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5
    border = np.concatenate(
        [np.stack(np.broadcast_arrays(columns, y), axis=-1) for y in (0.5, lens.height - 0.5)]
        + [np.stack(np.broadcast_arrays(x, rows), axis=-1) for x in (0.5, lens.width - 0.5)]
    )
    rays = (border - lens.center) / lens.focal
    farthest = float(np.linalg.norm(rays, axis=1).max())
    reach, size = lens_reach(lens), (lens.width, lens.height)

    def fits(zoom: float) -> bool:
        pixels = lens_pixels(lens, rays / zoom)
        return farthest / zoom <= reach and bool(((pixels >= 0) & (pixels <= size)).all())

    if fits(low):
        return low
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def undistortion_map(lens: Lens, camera: Camera) -> NDArray[np.float32]:
    """Position in the distorted image that each pixel of a pinhole camera shows.

    Args:
        lens: Lens of the distorted image.
        camera: Camera with the same axis and any size, such as that of `undistorted_camera`.

    Returns:
        (H, W, 2) float32 positions (column, row); NaN outside the field of view of the lens.
    """
    height, width = camera.size
    source = np.empty((height, width, 2), np.float32)
    reach, size = lens_reach(lens), (lens.width, lens.height)
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(height) + 0.5 - camera.cy) / camera.fy
    for start in range(0, height, _ROWS):
        rays = np.stack(np.meshgrid(x, y[start : start + _ROWS]), axis=-1)
        with np.errstate(invalid="ignore"):
            pixels = lens_pixels(lens, rays)
            seen = ((pixels >= 0) & (pixels <= size)).all(axis=-1)
        seen &= np.hypot(rays[..., 0], rays[..., 1]) <= reach
        source[start : start + _ROWS] = np.where(seen[..., None], pixels, np.nan)
    return source


def resample_image(image: NDArray[np.uint8], source: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(H, W, C) uint8, sampled bilinearly at the positions of a map; 0 where they are NaN.

    Args:
        image: (h, w, C) uint8.
        source: (H, W, 2) float32 positions (column, row), NaN = none.
    """
    result = np.empty((*source.shape[:2], image.shape[2]), np.uint8)
    _bilinear(np.ascontiguousarray(image), np.ascontiguousarray(source), result)
    return result


def resample_nearest(picture: NDArray[Value], source: NDArray[np.float32]) -> NDArray[Value]:
    """(H, W) values of the nearest pixels at the positions of a map; 0 where they are NaN.

    For depth and ids, which must not be interpolated: the mean of two depths is no surface.

    Args:
        picture: (h, w).
        source: (H, W, 2) float32 positions (column, row), NaN = none.
    """
    known = np.isfinite(source[..., 0])
    # Position 3.7 lies in pixel 3; the far edge belongs to the last pixel.
    columns = np.minimum(source[..., 0][known].astype(np.int64), picture.shape[1] - 1)
    rows = np.minimum(source[..., 1][known].astype(np.int64), picture.shape[0] - 1)
    result = np.zeros(source.shape[:2], picture.dtype)
    result[known] = picture[rows, columns]
    return result


@njit(cache=True, nogil=True, parallel=True)
def _bilinear(
    image: NDArray[np.uint8], source: NDArray[np.float32], result: NDArray[np.uint8]
) -> None:
    height, width, channels = image.shape
    half = np.float32(0.5)
    for v in prange(source.shape[0]):
        for u in range(source.shape[1]):
            x, y = source[v, u, 0] - half, source[v, u, 1] - half
            if not (np.isfinite(x) and np.isfinite(y)):
                for c in range(channels):
                    result[v, u, c] = 0
                continue
            x = min(max(x, np.float32(0)), np.float32(width - 1))
            y = min(max(y, np.float32(0)), np.float32(height - 1))
            left, top = clamped_index(x, 0, width - 1), clamped_index(y, 0, height - 1)
            right, below = min(left + 1, width - 1), min(top + 1, height - 1)
            a, b = x - np.float32(left), y - np.float32(top)
            for c in range(channels):
                upper = image[top, left, c] + a * (
                    np.float32(image[top, right, c]) - np.float32(image[top, left, c])
                )
                lower = image[below, left, c] + a * (
                    np.float32(image[below, right, c]) - np.float32(image[below, left, c])
                )
                result[v, u, c] = np.uint8(upper + b * (lower - upper) + half)
