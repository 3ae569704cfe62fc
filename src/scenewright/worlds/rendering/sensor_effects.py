"""What several simulated depth sensors have in common."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from scenewright.core import Camera, ConventionError
from scenewright.worlds.rendering.renderer import View


class DepthCamera(Protocol):
    """A simulated depth sensor of any kind, registered with the view it observes."""

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """The depth that the sensor reports for a true view.

        Args:
            view: True depth, and the image, since readings depend on brightness and texture.
            camera: Intrinsics of the view.
            rng: Source of all random numbers.

        Returns:
            (H, W) float32 meters along +z, 0 = no reading.
        """
        ...


def check_numbers(sensor: object, names: tuple[str, ...], *, most: float = np.inf) -> None:
    """Raises unless the named fields of a sensor are numbers from 0 to `most`."""
    expected = "0 or more" if np.isinf(most) else f"0 to {most:g}"
    for name in names:
        value = getattr(sensor, name)
        if not 0 <= value <= most:
            what = f"{type(sensor).__name__}.{name}"
            raise ConventionError(what, expected=expected, got=f"{value:g}")


def check_positive(sensor: object, names: tuple[str, ...]) -> None:
    """Raises unless the named fields of a sensor are above 0."""
    for name in names:
        value = getattr(sensor, name)
        if not value > 0:
            what = f"{type(sensor).__name__}.{name}"
            raise ConventionError(what, expected="above 0", got=f"{value:g}")


def gray_levels(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) float32 luma of an image (ITU-R BT.601), 0 to 1."""
    weights = np.array([0.299, 0.587, 0.114], np.float32) / np.float32(255)
    levels: NDArray[np.float32] = image @ weights
    return levels


def facing_cosines(depth: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """(H, W) float32 cosine between normal and ray; 1 where a neighbor has no depth."""
    facing = np.empty(depth.shape, np.float32)
    _facing(depth, camera.fx, camera.fy, camera.cx, camera.cy, facing)
    return facing


@numba.njit(cache=True, nogil=True)
def _facing(depth: Any, fx: float, fy: float, cx: float, cy: float, out: Any) -> None:
    """Cosine between normal and ray of each pixel, from the depth of its neighbors.

    Args:
        depth: (H, W) float32 meters, 0 = none.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: Principal point, pixels.
        cy: Principal point, pixels.
        out: (H, W) float32, output; 1 where a neighbor has no depth.
    """
    height, width = depth.shape
    for r in range(height):
        up, down = max(r - 1, 0), min(r + 1, height - 1)
        y = (r + 0.5 - cy) / fy
        for c in range(width):
            left, right = max(c - 1, 0), min(c + 1, width - 1)
            out[r, c] = 1
            z = depth[r, c]
            if z <= 0 or min(depth[r, left], depth[r, right], depth[up, c], depth[down, c]) <= 0:
                continue
            x = (c + 0.5 - cx) / fx
            # One pixel along x moves the point (x z, y z, z) by z / fx sideways and by the slope
            # along the ray; likewise along y. The normal is the cross product of both.
            slope_x = (depth[r, right] - depth[r, left]) / (right - left) * fx / z
            slope_y = (depth[down, c] - depth[up, c]) / (down - up) * fy / z
            nx, ny, nz = -slope_x, -slope_y, 1 + slope_x * x + slope_y * y
            length = np.sqrt((nx * nx + ny * ny + nz * nz) * (x * x + y * y + 1))
            out[r, c] = abs(nx * x + ny * y + nz) / length


def uniform_blobs(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth random field with values distributed uniformly over [0, 1)."""
    coarse = rng.standard_normal((shape[0] // 4 + 2, shape[1] // 4 + 2), np.float32)
    field = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)[: shape[0], : shape[1]]
    smooth = ndimage.uniform_filter(field, 5)
    even: NDArray[np.float32] = special.ndtr((smooth - smooth.mean()) / smooth.std())
    return even


def normal_waves(
    shape: tuple[int, ...], cell: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Smooth random field with mean near 0 and standard deviation near 1.

    Args:
        shape: (H, W).
        cell: Distance of its independent values, pixels.
        rng: Source of all random numbers.
    """
    size = tuple(math.ceil(length / cell) + 1 for length in shape)
    coarse = rng.standard_normal(size, np.float32)
    # Bilinear interpolation shrinks the variance to (2/3)^2 on average.
    return stretched(coarse, shape) * np.float32(1.5)


def stretched(field: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A coarse field interpolated bilinearly to (H, W); its corners are those of the image."""
    result: NDArray[np.float32] = field
    for axis, length in enumerate(shape[:2]):
        at = np.linspace(0, result.shape[axis] - 1, length, dtype=np.float32)
        low = np.minimum(at.astype(np.int64), max(result.shape[axis] - 2, 0))
        share = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        high = np.minimum(low + 1, result.shape[axis] - 1)
        result = result.take(low, axis) * (1 - share) + result.take(high, axis) * share
    return result
