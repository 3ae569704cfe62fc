"""A frame as a coarse grid of inverse depth, planes and colors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, Frame
from scenewright.models.surfaces import _kernels

_NOISE_RANGE = (2e-4, 5e-3)


@dataclass(frozen=True, eq=False)
class SurfaceGrid:
    """A coarse grid of a frame; each cell covers `step` x `step` pixels.

    Attributes:
        inverse: (h, w) float32 inverse meters, 0 = none.
        planes: (h, w, 3) float32 `m` with ``m . p = 1`` for points `p` of the cell's surface,
            camera frame; 0 = none.
        color: (h, w, 3) float32 lightness, red minus green, yellow minus blue; about 0 to 1.
        rays_x: (w,) float32 x of each column's ray at depth 1.
        rays_y: (h,) float32 y of each row's ray at depth 1.
        noise: Standard deviation of the sensor's inverse depth, 1/m.
    """

    inverse: NDArray[np.float32]
    planes: NDArray[np.float32]
    color: NDArray[np.float32]
    rays_x: NDArray[np.float32]
    rays_y: NDArray[np.float32]
    noise: float


def depth_of(frame: Frame, *, backend: str) -> NDArray[np.float32]:
    """(H, W) depth of a frame that must have one.

    Args:
        frame: Of a capture.
        backend: Name of the backend that needs depth.

    Raises:
        CaptureError: The frame has no depth.
    """
    if frame.depth is None:
        raise CaptureError(
            f"Frame '{frame.name}' for {backend}",
            expected="depth",
            got="none",
            do="Use a capture with depth, or masks/folder with masks made from the images.",
        )
    return frame.depth


def fit_surface_grid(
    frame: Frame, *, step: int, window: int = 4, window_gap: float = 0.025,
    noise: float | None = None,
) -> SurfaceGrid:  # fmt: skip
    """Fits the grid of a frame that has depth.

    Args:
        frame: Depth and, optionally, an image.
        step: Side of a cell, pixels.
        window: Half the side of the window for fitting planes, cells.
        window_gap: Largest depth difference within a window, as a share of the depth.
        noise: Sensor noise, 1/m; None estimates it from the frame.
    """
    assert frame.depth is not None
    height, width = frame.camera.size
    shape = (height // step, width // step)
    inverse = np.empty(shape, np.float32)
    _kernels.reduce_depth(frame.depth, step, window_gap, inverse)
    color = np.zeros((*shape, 3), np.float32)
    if frame.image is not None:
        _kernels.reduce_color(frame.image, step, color)
    fits = np.zeros((*shape, 3), np.float32)
    spread = np.full(shape, np.inf, np.float32)
    slack = _NOISE_RANGE[1] if noise is None else 3 * noise
    _kernels.fit_planes(inverse, window, window_gap, slack, fits, spread)
    noise = _estimate_noise(spread) if noise is None else noise
    rays_x = _kernels.rays_of(width, frame.camera.fx, frame.camera.cx, step)
    rays_y = _kernels.rays_of(height, frame.camera.fy, frame.camera.cy, step)
    planes = np.empty_like(fits)
    _kernels.choose_planes(inverse, fits, spread, window, noise, rays_x, rays_y, planes)
    return SurfaceGrid(inverse, planes, color, rays_x, rays_y, noise)


def _estimate_noise(spread: NDArray[np.float32]) -> float:
    """The median misfit of planes, because most windows show a single plane."""
    known = spread[np.isfinite(spread)]
    return float(np.clip(np.median(known), *_NOISE_RANGE)) if known.size else _NOISE_RANGE[1]
