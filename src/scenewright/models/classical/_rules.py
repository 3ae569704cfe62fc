"""When two regions belong together: the costs of removing the border between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.models.classical._merging import RegionGraph
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig

_NEVER = 9.0
_SCORE_PRIOR = 20.0


class BorderRules:
    """Costs of borders, below 1 where a rule would remove the border; see `merge_regions`.

    Args:
        config: Configuration.
        noise: Sensor noise, 1/m.
        least_cells: Area of the smallest mask, grid pixels.
    """

    def __init__(self, config: DepthEdgeConfig, noise: float, *, least_cells: float) -> None:
        self._config = config
        self._least_cells = least_cells
        self._noise = noise

    def flat_cost(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(E,) cost, low for one plane: no step between the regions, and one plane fits both."""
        config = self._config
        step, _, contrast = _border_means(graph)
        color = _color_difference(graph, config.lightness)
        offset = self._plane_offset(graph)
        # Colors separate only large planes; a small one is the printed side of an object.
        hue = np.minimum(color, contrast) * (self._larger_surface(graph) > config.plane_area)
        cost: NDArray[np.float64] = np.maximum.reduce(
            [step / config.join_step, offset, hue / config.plane_color]
        )
        # Among planes that fit equally well, the most similar colors are merged first.
        return cost + 0.01 * color

    def bulge_cost(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(E,) cost, low for one convex solid: no step and no dent at the border."""
        config = self._config
        step, bend, contrast = _border_means(graph)
        color = _color_difference(graph, config.lightness)
        is_painted = (self._larger_surface(graph) > config.plane_area) & (
            np.abs(bend) < config.join_dent
        )
        hue = np.minimum(color, contrast) * is_painted
        cost: NDArray[np.float64] = np.maximum.reduce(
            [step / config.join_step, -bend / config.join_dent, hue / config.plane_color]
        )
        return cost

    def material_cost(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(E,) cost, low for parts of one piece of furniture: equal colors, no wall or floor."""
        config = self._config
        step, _, contrast = _border_means(graph)
        color = _color_difference(graph, config.lightness)
        surface = graph.regions[graph.pairs, 10]
        smaller, larger = surface.min(axis=1), surface.max(axis=1)
        cost: NDArray[np.float64] = np.maximum.reduce(
            [
                color / config.material_color,
                contrast / (1.5 * config.material_color),
                step / config.material_step,
            ]
        )
        excluded = (larger > config.material_area) | (smaller < config.material_ratio * larger)
        cost[excluded] = _NEVER
        return cost

    def fragment_cost(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(E,) cost, low for a region below the smallest mask and a neighbor without a step."""
        step, _, _ = _border_means(graph)
        color = _color_difference(graph, self._config.lightness)
        smaller = graph.regions[graph.pairs, 0].min(axis=1)
        cost: NDArray[np.float64] = step / self._config.material_step + 0.1 * color
        cost[smaller >= self._least_cells] = _NEVER
        return cost

    def scores(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(N,) how clearly each region is separated from its neighbors, in [0, 1].

        A region without neighbors gets 0.5: there is no evidence for or against its outline.
        """
        config = self._config
        step, bend, contrast = _border_means(graph)
        evidence = np.maximum.reduce(
            [step / config.join_step, -bend / config.join_dent, contrast / config.plane_color]
        )
        evidence = np.clip(evidence / 2, 0, 1)
        length = graph.borders[:, 0]
        total = np.full(len(graph.regions), _SCORE_PRIOR)
        good = np.full(len(graph.regions), _SCORE_PRIOR / 2)
        for side in range(2):
            np.add.at(total, graph.pairs[:, side], length)
            np.add.at(good, graph.pairs[:, side], length * evidence)
        scores: NDArray[np.float64] = np.clip(good / total, 0, 1)
        return scores

    def _plane_offset(self, graph: RegionGraph) -> NDArray[np.float64]:
        """(E,) distance of the planes of two regions, in units of what counts as one plane."""
        first, second = graph.regions[graph.pairs[:, 0]], graph.regions[graph.pairs[:, 1]]
        n, m = first[:, 0], second[:, 0]
        separate = plane_misfit(graph.regions)[graph.pairs].sum(axis=1)
        excess = plane_misfit(first + second) - separate
        # Two parallel planes at distance t have an excess of t^2 n m / (n + m).
        offset = np.sqrt(np.maximum(excess, 0) * (n + m) / (n * m))
        inverse = np.maximum(first[:, 3] / n, second[:, 3] / m)
        config = self._config
        distance: NDArray[np.float64] = offset / (
            config.plane_noise * self._noise + config.plane_step * inverse
        )
        return distance

    @staticmethod
    def _larger_surface(graph: RegionGraph) -> NDArray[np.float64]:
        larger: NDArray[np.float64] = graph.regions[graph.pairs, 10].max(axis=1)
        return larger


def plane_misfit(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of squared distances of the inverse depths of regions from their best planes.

    Args:
        sums: (N, 10 or more) float64 of `measure_regions`.

    Returns:
        (N,) float64, (1/m)^2.
    """
    n, sx, sy, sd, sxx, sxy, syy, sxd, syd, sdd = sums[:, :10].T
    cxx, cxy, cyy = sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n
    cxd, cyd, cdd = sxd - sx * sd / n, syd - sy * sd / n, sdd - sd * sd / n
    det = np.maximum(cxx * cyy - cxy * cxy, 1e-18)
    along_x, along_y = (cxd * cyy - cyd * cxy) / det, (cyd * cxx - cxd * cxy) / det
    misfit: NDArray[np.float64] = np.maximum(cdd - along_x * cxd - along_y * cyd, 0)
    return misfit


def _border_means(
    graph: RegionGraph,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean depth step, bend and color difference along each border."""
    means = graph.borders[:, 1:] / graph.borders[:, :1]
    return means[:, 0], means[:, 1], means[:, 2]


def _color_difference(graph: RegionGraph, lightness: float) -> NDArray[np.float64]:
    """(E,) difference of the regions' mean colors."""
    mean = graph.regions[:, 11:14] / graph.regions[:, :1] * (lightness, 1.0, 1.0)
    difference: NDArray[np.float64] = np.linalg.norm(
        mean[graph.pairs[:, 0]] - mean[graph.pairs[:, 1]], axis=1
    )
    return difference
