"""The backend ``masks/tiny-rgbd``: a small network on color and depth, trained on synthetic worlds.

The network predicts for each cell which of its neighbors belong to the same object. Its affinities
are blended with the regions of depth edges, which locate borders better, and cells are then grouped
by both. It runs on numpy alone, so it is part of the base install.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from scenewright.core import Frame, MaskSet
from scenewright.models.cards import CARDS
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig
from scenewright.models.classical.depth_edges import find_regions
from scenewright.models.surfaces.grid import depth_of, fit_surface_grid
from scenewright.models.surfaces.labels import collect_masks, label_pixels
from scenewright.models.tiny.design import OFFSETS
from scenewright.models.tiny.features import frame_features
from scenewright.models.tiny.grouping import (
    GroupingConfig,
    blend_surfaces,
    group_cells,
    spread_labels,
)
from scenewright.models.tiny.network import AffinityPredictor
from scenewright.models.weights import resolve_weights

_GRID_WIDTH = 320
"""Approximate number of columns of the feature grid, as in training."""
_LEAST_SIDE = 48
"""Grids with a shorter side than this, in cells, get no masks."""
_LABEL_GAP = 0.05
_REFERENCE_PIXELS = 640 * 480


class TinyRgbdMasks:
    """Proposes masks that do not overlap, from color and depth.

    Args:
        weights: Reference of the weights, see `models.weights`.
        join: Mean affinity above which two regions merge; lower values give larger masks.
        edge_share: Weight of the regions that ``masks/depth-edges`` finds, from 0 (the network
            alone) to 1.
        min_area: Area of the smallest mask, pixels of a 640 x 480 frame.

    Raises:
        WeightsError: The weights are missing, damaged or belong to another network.
    """

    def __init__(
        self,
        weights: str = "builtin:masks-tiny-rgbd",
        *,
        join: float = GroupingConfig.join,
        edge_share: float = 0.3,
        min_area: float = 60.0,
    ) -> None:
        self.config = GroupingConfig(join=join)
        self.edge_share = edge_share
        self.min_area = min_area
        self._edges = DepthEdgeConfig()
        self._predictor = load_predictor(weights, backend="masks/tiny-rgbd")

    def propose(self, frame: Frame) -> MaskSet:
        """Proposes masks; pixels without depth belong to none.

        Raises:
            CaptureError: The frame has no depth.
        """
        depth = depth_of(frame, backend="masks/tiny-rgbd")
        height, width = frame.camera.size
        step = max(1, round(width / _GRID_WIDTH))
        if min(height, width) // step < _LEAST_SIDE or not depth.any():
            return MaskSet.empty(height, width)
        grid = fit_surface_grid(frame, step=step)
        affinities = self._predictor(frame_features(grid))
        scale = height * width / _REFERENCE_PIXELS
        if self.edge_share > 0:
            least_cells = max(1.0, self._edges.min_area * scale) / step**2
            surfaces, _ = find_regions(grid, self._edges, least_cells=least_cells)
            rows, columns = affinities.shape[:2]
            coarse = np.ascontiguousarray(surfaces[::2, ::2][:rows, :columns])
            blend_surfaces(affinities, coarse, np.array(OFFSETS, np.int64), self.edge_share)
        regions, scores = group_cells(affinities, self.config)
        labels = np.empty(grid.inverse.shape, np.int32)
        spread_labels(
            regions, grid.planes, grid.inverse, grid.color, grid.rays_x, grid.rays_y, labels
        )
        id_map = np.empty((height, width), np.int32)
        label_pixels(depth, labels, grid.planes, grid.rays_x, grid.rays_y, step, _LABEL_GAP, id_map)
        return collect_masks(id_map, scores, max(1.0, self.min_area * scale))


def load_predictor(weights: str, *, backend: str) -> AffinityPredictor:
    """The network with some weights; the same weights are read once.

    Args:
        weights: Reference of the weights, see `models.weights`.
        backend: Name of the backend, for messages.

    Raises:
        WeightsError: The weights are missing, damaged or belong to another network.
    """
    facts = CARDS[backend]
    local = resolve_weights(
        weights,
        backend=backend,
        license_name=facts.weights_license if weights == facts.weights else None,
        sha256=facts.weights_sha256 if weights == facts.weights else None,
    )
    return _load(local.path)


@functools.lru_cache(maxsize=2)
def _load(path: Path) -> AffinityPredictor:
    return AffinityPredictor.from_file(path)
