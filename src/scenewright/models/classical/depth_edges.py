"""The backend ``masks/depth-edges``: masks from depth steps, dents and color, without weights.

Surfaces are fitted to the depth picture and grouped into small even patches. Patches join where
their planes are one, then where the surface bulges towards the camera between them, then where both
are of one material; depth steps and dents part them. Convexity as the sign of one object follows
Stein et al. (CVPR 2014), the patches follow Felzenszwalb and Huttenlocher (IJCV 2004).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, Frame, MaskSet, UnknownNameError
from scenewright.models.classical import _borders, _patches, _surface
from scenewright.models.classical._finish import label_pixels
from scenewright.models.classical._merging import RegionGraph, merge_regions
from scenewright.models.classical._rules import BorderRules
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig
from scenewright.models.registry import closest

_NOISE_RANGE = (2e-4, 5e-3)
_FILL_RINGS = 6
_BACK_STEPS = 2
_REFERENCE_PIXELS = 640 * 480


class DepthEdgeMasks:
    """Proposes masks that do not overlap, from depth, and color where the frame has an image.

    Args:
        config: Settings.
        changes: Fields of the config to change.
    """

    def __init__(self, config: DepthEdgeConfig | None = None, **changes: Any) -> None:
        known = [field.name for field in fields(DepthEdgeConfig)]
        for name in changes:
            if name not in known:
                raise UnknownNameError(
                    f"Option '{name}' of backend 'masks/depth-edges'",
                    expected=f"one of {', '.join(known)}",
                    do=closest(name, known),
                )
        self.config = replace(config or DepthEdgeConfig(), **changes)

    def propose(self, frame: Frame) -> MaskSet:
        """Proposes masks; pixels without depth are in none.

        Raises:
            CaptureError: The frame has no depth.
        """
        if frame.depth is None:
            raise CaptureError(
                f"Frame '{frame.name}' for masks/depth-edges",
                expected="depth",
                got="none",
                do="Use a capture with depth, or masks/folder with masks made from the images.",
            )
        height, width = frame.camera.size
        step = max(1, round(width / self.config.grid_width))
        if min(height, width) // step < 2 * self.config.window + 1 or not frame.depth.any():
            return MaskSet.empty(height, width)
        grid = _fit_grid(frame, self.config, step=step)
        labels = _grow_patches(grid, self.config)
        num_patches = int(labels.max()) + 1
        if num_patches == 0:
            return MaskSet.empty(height, width)
        graph = _connect(grid, labels, self.config)
        least_pixels = max(1.0, self.config.min_area * height * width / _REFERENCE_PIXELS)
        rules = BorderRules(self.config, grid.noise, least_cells=least_pixels / step**2)
        for cost in (rules.flat_cost, rules.bulge_cost, rules.material_cost, rules.crumb_cost):
            graph = merge_regions(graph, cost)
        labels = np.where(labels >= 0, graph.region_of[labels], -1).astype(np.int32)
        id_map = np.empty((height, width), np.int32)
        label_pixels(
            frame.depth, labels, grid.planes, grid.rays_x, grid.rays_y, step,
            2 * self.config.window_gap, id_map,
        )  # fmt: skip
        return _collect(id_map, rules.scores(graph), least_pixels)


@dataclass(frozen=True, eq=False)
class _Grid:
    """The coarse picture: inverse depth, planes and colors of its cells, and their rays."""

    inverse: NDArray[np.float32]
    planes: NDArray[np.float32]
    color: NDArray[np.float32]
    rays_x: NDArray[np.float32]
    rays_y: NDArray[np.float32]
    noise: float


def _fit_grid(frame: Frame, config: DepthEdgeConfig, *, step: int) -> _Grid:
    assert frame.depth is not None
    height, width = frame.camera.size
    shape = (height // step, width // step)
    gap = config.window_gap
    inverse = np.empty(shape, np.float32)
    _surface.reduce_depth(frame.depth, step, gap, inverse)
    color = np.zeros((*shape, 3), np.float32)
    if frame.image is not None:
        _surface.reduce_color(frame.image, step, color)
    fits = np.zeros((*shape, 3), np.float32)
    spread = np.full(shape, np.inf, np.float32)
    slack = _NOISE_RANGE[1] if config.noise is None else 3 * config.noise
    _surface.fit_planes(inverse, config.window, gap, slack, fits, spread)
    noise = _estimate_noise(spread) if config.noise is None else config.noise
    rays_x = _surface.rays_of(width, frame.camera.fx, frame.camera.cx, step)
    rays_y = _surface.rays_of(height, frame.camera.fy, frame.camera.cy, step)
    planes = np.empty_like(fits)
    _surface.choose_planes(inverse, fits, spread, config.window, noise, rays_x, rays_y, planes)
    return _Grid(inverse, planes, color, rays_x, rays_y, noise)


def _estimate_noise(spread: NDArray[np.float32]) -> float:
    """The usual misfit of a plane: most windows see one."""
    known = spread[np.isfinite(spread)]
    return float(np.clip(np.median(known), *_NOISE_RANGE)) if known.size else _NOISE_RANGE[1]


def _grow_patches(grid: _Grid, config: DepthEdgeConfig) -> NDArray[np.int32]:
    """(h, w) patches from 0 on, -1 = none."""
    limits = np.array(
        [grid.noise, config.step, config.turn, config.patch_color, config.lightness], np.float32
    )
    weights = np.empty((*grid.inverse.shape, 2), np.float32)
    _patches.weigh_links(grid.planes, grid.color, grid.rays_x, grid.rays_y, limits, weights)
    order = np.empty(weights.size, np.int32)
    num_links = _patches.sort_links(weights.ravel(), order)
    labels = np.empty(grid.inverse.shape, np.int32)
    _patches.grow_patches(weights, order, num_links, config.looseness, config.patch_area, labels)
    _borders.fill_labels(
        labels, grid.inverse, grid.planes, grid.rays_x, grid.rays_y,
        config.window_gap, _FILL_RINGS,
    )  # fmt: skip
    return labels


def _connect(grid: _Grid, labels: NDArray[np.int32], config: DepthEdgeConfig) -> RegionGraph:
    regions = np.zeros((int(labels.max()) + 1, _borders.NUM_REGION_SUMS))
    _borders.measure_regions(labels, grid.planes, grid.color, grid.rays_x, grid.rays_y, regions)
    limits = np.array([grid.noise, config.step, config.lightness, _BACK_STEPS], np.float32)
    pairs = np.empty((2 * labels.size, 2), np.int32)
    sums = np.empty((2 * labels.size, _borders.NUM_BORDER_SUMS), np.float32)
    count = _borders.measure_borders(
        labels, grid.planes, grid.color, grid.rays_x, grid.rays_y, limits, pairs, sums
    )
    return RegionGraph.from_pixel_pairs(regions, pairs[:count], sums[:count])


def _collect(
    id_map: NDArray[np.int32], scores: NDArray[np.float64], least_pixels: float
) -> MaskSet:
    """Drops small masks and numbers the rest from 1 on, in the order of the regions."""
    areas = np.bincount(id_map.ravel(), minlength=len(scores) + 1)
    kept = areas >= least_pixels
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    kept_scores = scores[np.flatnonzero(kept) - 1]
    return MaskSet.from_id_map(
        numbers[id_map], scores={i + 1: float(s) for i, s in enumerate(kept_scores)}
    )
