"""The errors of depth cameras and of tracked poses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from scenewright.core import Camera, ConventionError
from scenewright.worlds.rendering.renderer import View

_SENSOR_WIDTH = 640
"""Picture width that the sensor's figures are given for, pixels."""


@dataclass(frozen=True)
class DepthSensor:
    """A structured-light depth camera.

    Noise is normal in inverse depth, so it grows with the square of the distance, as measured for
    such cameras (Khoshelham and Elberink, 2012; Nguyen, Izadi and Lovell, 2012). The pictures are
    read a little beside the true pixel (Handa et al., ICRA 2014), which lets surfaces bleed over
    edges. Everything that is random comes from the generator that is given.

    Attributes:
        noise: Standard deviation of the inverse depth, 1/m; a good camera has about 0.001.
        grain: Width over which that noise is alike, pixels of a 640-wide picture.
        disparity_step: Smallest step of inverse depth that is told apart, 1/m.
        bleeding: Standard deviation of the sideways reading error, pixels of a 640-wide picture.
        shadow: Share of the pixels beside a clearly nearer surface that are lost.
        grazing: Cosine between surface and ray below which readings are lost more and more.
        dark_loss: Share of the pixels lost on black material; none is lost on mid gray.
        dropout: Share of the picture that is lost in blots.
        max_depth: Farther surfaces give no reading, metres.
        min_depth: Nearer surfaces give no reading, metres.
    """

    noise: float = 0.0012
    grain: float = 1.0
    disparity_step: float = 0.0025
    bleeding: float = 0.6
    shadow: float = 0.6
    grazing: float = 0.12
    dark_loss: float = 0.5
    dropout: float = 0.004
    max_depth: float = 8.0
    min_depth: float = 0.35

    def __post_init__(self) -> None:
        for name in ("noise", "grain", "disparity_step", "bleeding", "grazing"):
            if not getattr(self, name) >= 0:
                raise ConventionError(
                    f"DepthSensor.{name}", expected="0 or more", got=f"{getattr(self, name):g}"
                )
        for name in ("shadow", "dark_loss", "dropout"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConventionError(
                    f"DepthSensor.{name}", expected="0 to 1", got=f"{getattr(self, name):g}"
                )

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """What the sensor reports where the truth is `view`.

        Args:
            view: True depth, and the image (dark material reflects too little).
            camera: Intrinsics of the view.
            rng: Source of everything random.

        Returns:
            (H, W) float32 metres along +z, 0 = no reading.
        """
        scale = camera.width / _SENSOR_WIDTH
        true = view.depth
        rows, columns = _shaken(true.shape, self.bleeding * scale, rng)
        depth = true[rows, columns].astype(np.float64)
        seen = (depth > 0) & (true > 0)
        inverse = np.where(seen, 1 / np.maximum(depth, 1e-3), 0.0)
        white = rng.standard_normal(true.shape, np.float32)
        grain = ndimage.gaussian_filter(white, 0.5 * self.grain * scale)
        inverse += self.noise * grain / max(float(grain.std()), 1e-9)
        if self.disparity_step > 0:
            inverse = np.round(inverse / self.disparity_step) * self.disparity_step
        result = np.where(inverse > 0, 1 / np.maximum(inverse, 1e-4), 0.0)
        lost = self._lost(view, camera, rng)
        lost |= (result > self.max_depth) | (result < self.min_depth)
        return np.where(seen & ~lost, result, 0.0).astype(np.float32)

    def _lost(self, view: View, camera: Camera, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Pixels without a reading."""
        chance = rng.random(view.depth.shape, np.float32)
        lost = _beside_nearer(view.depth) & (chance < self.shadow)
        facing = np.empty(view.depth.shape, np.float32)
        _facing(view.depth, camera.fx, camera.fy, camera.cx, camera.cy, facing)
        share = 1 - facing / max(self.grazing, 1e-6)
        lost |= rng.random(chance.shape, np.float32) < share
        lightness = view.image.max(axis=2).astype(np.float32) / 255
        darkness = np.clip(1 - lightness / 0.15, 0, 1) * self.dark_loss
        blots = _blots(chance.shape, rng)
        lost |= blots < darkness
        if self.dropout > 0:
            lost |= _blots(chance.shape, rng) < self.dropout
        return lost


def _shaken(
    shape: tuple[int, ...], spread: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column that each pixel is read at."""
    rows, columns = np.indices(shape)
    rows = rows + np.rint(spread * rng.standard_normal(shape, np.float32)).astype(np.int64)
    columns = columns + np.rint(spread * rng.standard_normal(shape, np.float32)).astype(np.int64)
    return np.clip(rows, 0, shape[0] - 1), np.clip(columns, 0, shape[1] - 1)


def _beside_nearer(depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels with a surface nearer by over 4 % within a pixel's distance."""
    near = np.where(depth > 0, depth, np.inf)
    lowest = ndimage.minimum_filter(near, size=3)
    shadowed: NDArray[np.bool_] = (lowest < near * 0.96) & (depth > 0)
    return shadowed


@numba.njit(cache=True, nogil=True)
def _facing(depth: Any, fx: float, fy: float, cx: float, cy: float, out: Any) -> None:
    """Cosine between each surface and its ray, from the neighbors' depth.

    Args:
        depth: (H, W) float32 metres, 0 = none.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: Principal point, pixels.
        cy: Principal point, pixels.
        out: (H, W) float32, written; 1 where it cannot be told.
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
            # Along x the point (x z, y z, z) moves by z / fx sideways and by the slope along the
            # ray; likewise along y. The normal is the cross product of both moves.
            slope_x = (depth[r, right] - depth[r, left]) / (right - left) * fx / z
            slope_y = (depth[down, c] - depth[up, c]) / (down - up) * fy / z
            nx, ny, nz = -slope_x, -slope_y, 1 + slope_x * x + slope_y * y
            length = np.sqrt((nx * nx + ny * ny + nz * nz) * (x * x + y * y + 1))
            out[r, c] = abs(nx * x + ny * y + nz) / length


def _blots(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth random field with values spread evenly over [0, 1)."""
    coarse = rng.standard_normal((shape[0] // 4 + 2, shape[1] // 4 + 2), np.float32)
    field = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)[: shape[0], : shape[1]]
    smooth = ndimage.uniform_filter(field, 5)
    even: NDArray[np.float32] = special.ndtr((smooth - smooth.mean()) / smooth.std())
    return even
