"""The backend ``masks/depth-edges``: masks from depth steps, dents and color, without weights.

Planes are fitted to the depth image and grouped into small uniform patches. Patches merge where
they lie on one plane, then where the surface between them is convex, then where both have the same
material; depth steps and dents separate them. Convexity as the criterion for one object follows
Stein et al. (CVPR 2014), the patches follow Felzenszwalb and Huttenlocher (IJCV 2004).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet
from scenewright.models.classical import _borders, _links
from scenewright.models.classical._merging import RegionGraph, merge_regions
from scenewright.models.classical._rules import BorderRules
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig
from scenewright.models.surfaces.grid import SurfaceGrid, depth_of, fit_surface_grid
from scenewright.models.surfaces.labels import collect_masks, label_pixels
from scenewright.models.surfaces.patches import grow_patches, sort_links

_FILL_RINGS = 6
_BACK_STEPS = 2
_REFERENCE_PIXELS = 640 * 480


class DepthEdgeMasks:
    """Proposes masks that do not overlap, from depth and, if the frame has an image, color.

    Args:
        config: Configuration; None takes the defaults.
        changes: Fields of the configuration to change.
    """

    CONFIG: ClassVar[type[DepthEdgeConfig]] = DepthEdgeConfig

    def __init__(self, config: DepthEdgeConfig | None = None, **changes: Any) -> None:
        self.config = replace(config or DepthEdgeConfig(), **changes)

    def propose(self, frame: Frame) -> MaskSet:
        """Proposes masks; pixels without depth belong to none.

        Raises:
            CaptureError: The frame has no depth.
        """
        depth = depth_of(frame, backend="masks/depth-edges")
        height, width = frame.camera.size
        step = max(1, round(width / self.config.grid_width))
        if min(height, width) // step < 2 * self.config.window + 1 or not depth.any():
            return MaskSet.empty(height, width)
        grid = fit_surface_grid(
            frame,
            step=step,
            window=self.config.window,
            window_gap=self.config.window_gap,
            noise=self.config.noise,
        )
        least_pixels = max(1.0, self.config.min_area * height * width / _REFERENCE_PIXELS)
        labels, scores = find_regions(grid, self.config, least_cells=least_pixels / step**2)
        if not len(scores):
            return MaskSet.empty(height, width)
        id_map = np.empty((height, width), np.int32)
        label_pixels(
            depth, labels, grid.planes, grid.rays_x, grid.rays_y, step,
            2 * self.config.window_gap, id_map,
        )  # fmt: skip
        return collect_masks(id_map, scores, least_pixels)


def find_regions(
    grid: SurfaceGrid, config: DepthEdgeConfig, *, least_cells: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Groups the cells of a grid into regions separated by steps, dents and colors.

    Args:
        grid: The frame as a grid of planes.
        config: Configuration.
        least_cells: Area of the smallest mask, cells.

    Returns:
        (h, w) int32 regions from 0 on, -1 = none; and (N,) float64 scores in [0, 1].
    """
    labels = _grow_patches(grid, config)
    if int(labels.max()) < 0:
        return labels, np.zeros(0)
    graph = _connect(grid, labels, config)
    rules = BorderRules(config, grid.noise, least_cells=least_cells)
    material = (rules.material_cost,) if config.join_material else ()
    for cost in (rules.flat_cost, rules.bulge_cost, *material, rules.fragment_cost):
        graph = merge_regions(graph, cost)
    regions = np.where(labels >= 0, graph.region_of[labels], -1).astype(np.int32)
    return regions, rules.scores(graph)


def _grow_patches(grid: SurfaceGrid, config: DepthEdgeConfig) -> NDArray[np.int32]:
    """(h, w) int32 patches from 0 on, -1 = none."""
    limits = np.array(
        [grid.noise, config.step, config.turn, config.patch_color, config.lightness], np.float32
    )
    weights = np.empty((*grid.inverse.shape, 2), np.float32)
    _links.weigh_links(grid.planes, grid.color, grid.rays_x, grid.rays_y, limits, weights)
    order = np.empty(weights.size, np.int32)
    num_links = sort_links(weights.ravel(), order)
    labels = np.empty(grid.inverse.shape, np.int32)
    grow_patches(weights, order, num_links, config.looseness, config.patch_area, labels)
    _borders.fill_labels(
        labels, grid.inverse, grid.planes, grid.rays_x, grid.rays_y,
        config.window_gap, _FILL_RINGS,
    )  # fmt: skip
    return labels


def _connect(grid: SurfaceGrid, labels: NDArray[np.int32], config: DepthEdgeConfig) -> RegionGraph:
    regions = np.zeros((int(labels.max()) + 1, _borders.NUM_REGION_SUMS))
    _borders.measure_regions(labels, grid.planes, grid.color, grid.rays_x, grid.rays_y, regions)
    limits = np.array([grid.noise, config.step, config.lightness, _BACK_STEPS], np.float32)
    pairs = np.empty((2 * labels.size, 2), np.int32)
    sums = np.empty((2 * labels.size, _borders.NUM_BORDER_SUMS), np.float32)
    count = _borders.measure_borders(
        labels, grid.planes, grid.color, grid.rays_x, grid.rays_y, limits, pairs, sums
    )
    return RegionGraph.from_pixel_pairs(regions, pairs[:count], sums[:count])
