"""Texture of the surface: how much the lightness of images changes within a voxel.

Colors of voxels are means of many pixels, so they say nothing about print, weave or grain finer
than a voxel. The contrast measured here is that of pixels whose points are a fixed length apart,
so it hardly depends on the distance and the resolution of the camera.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core.frame import Frame
from scenewright.geometry.surface_volume import GROWTH, SurfaceVolume, grown

UNKNOWN_TEXTURE: Final = -1.0
"""Contrast of a voxel that no image has shown."""
_LENGTH: Final = 0.012
"""Distance of the points whose pixels are compared, on a surface seen from the front, meters."""
_MOST_PIXELS: Final = 24
"""Largest distance of these pixels; nearer surfaces are compared over a shorter length."""
_SAME_SURFACE: Final = 0.03
"""Largest difference of their depths, as a share of the depth."""
_NUM_ROWS: Final = 40
"""Number of rows of pixels of a frame that are compared; the next frame takes the rows below."""
_NUM_COLUMNS: Final = 200
"""Number of pixels of each row, about."""
_DARK: Final = 0.2
"""Added to the sum of two lightness values, since contrasts in the dark are mostly noise."""


class SurfaceTexture:
    """Sums of contrasts per surface slot of the map.

    Attributes:
        sums: (S, 2) float32 sum of the contrasts seen, and their number.
    """

    def __init__(self) -> None:
        self.sums = np.zeros((0, 2), np.float32)
        self._num_frames = 0

    def add(self, frame: Frame, volume: SurfaceVolume) -> None:
        """Adds a frame that `volume` has lifted just before; nothing if it has no color."""
        self.reserve(volume.num_slots)
        if frame.image is None or frame.depth is None:
            return
        height, width = frame.depth.shape
        rows, columns = max(1, round(height / _NUM_ROWS)), max(1, round(width / _NUM_COLUMNS))
        add_contrasts(
            frame.image, frame.depth, volume.voxel_of_pixel, volume.slot_of_voxel.reshape(-1),
            min(frame.camera.fx, frame.camera.fy) * _LENGTH,
            self._num_frames % rows, rows, columns, self.sums,
        )  # fmt: skip
        self._num_frames += 1

    def reserve(self, num_slots: int) -> None:
        """Grows the tables to `num_slots` voxels."""
        have = len(self.sums)
        if num_slots > have:
            self.sums = grown(self.sums, max(num_slots, int(have * GROWTH)), 0)

    def contrast(self, slots: NDArray[np.integer]) -> NDArray[np.float32]:
        """(M,) mean contrast of the given slots, `UNKNOWN_TEXTURE` where none was measured."""
        total, count = self.sums[slots].T
        mean = np.where(count > 0, total / np.maximum(count, 1), np.float32(UNKNOWN_TEXTURE))
        return mean.astype(np.float32)


@njit(cache=True, nogil=True)
def add_contrasts(
    image: Any, depth: Any, voxel_of_pixel: Any, slot_of_voxel: Any, reach: float,
    first_row: int, rows: int, columns: int, sums: Any,
) -> None:  # fmt: skip
    """Adds the contrasts of one frame: lightness of pixels against those right and below.

    The contrast of two pixels is the difference of their lightness, divided by the sum (plus
    0.2), between 0 and 1. That of a pixel is the mean of both directions.

    Args:
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) meters, 0 = no reading.
        voxel_of_pixel: (H, W) int32 voxel address that each pixel hits, negative = none.
        slot_of_voxel: (B * 512,) int32 slot of each voxel, -1 = none.
        reach: Distance of compared pixels in pixels, times the depth in meters.
        first_row: First row that is compared.
        rows: Distance of two rows that are compared.
        columns: Distance of two pixels in such a row that are compared.
        sums: (S, 2) float32 sum and number of contrasts, added to.
    """
    height, width = depth.shape
    for v in range(first_row, height, rows):
        for u in range(0, width, columns):
            if voxel_of_pixel[v, u] < 0:
                continue
            slot = slot_of_voxel[voxel_of_pixel[v, u]]
            if slot < 0:
                continue
            z = depth[v, u]
            step = min(max(int(reach / z + 0.5), 1), _MOST_PIXELS)
            right, below = u + step, v + step
            if right >= width or below >= height:
                continue
            limit = _SAME_SURFACE * z
            if abs(depth[v, right] - z) > limit or abs(depth[below, u] - z) > limit:
                continue
            here = _lightness(image, v, u)
            first, second = _lightness(image, v, right), _lightness(image, below, u)
            contrast = abs(first - here) / (first + here + 765 * _DARK)
            contrast += abs(second - here) / (second + here + 765 * _DARK)
            sums[slot, 0] += np.float32(0.5 * contrast)
            sums[slot, 1] += 1


@njit(cache=True, nogil=True, inline="always")
def _lightness(image: Any, v: int, u: int) -> float:
    """Sum of the three channels of a pixel."""
    return float(image[v, u, 0]) + float(image[v, u, 1]) + float(image[v, u, 2])
