"""The backend ``masks/parts``: parts of objects, and which of them belong together.

Depth edges bound the parts, which are small on purpose: fusion joins them to objects with the
evidence of all frames. The network of ``masks/tiny-rgbd`` says of every few frames which parts it
takes for one object.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Frame, MaskSet
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig
from scenewright.models.classical.depth_edges import find_regions
from scenewright.models.surfaces.grid import SurfaceGrid, depth_of, fit_surface_grid
from scenewright.models.surfaces.labels import collect_masks, label_pixels
from scenewright.models.tiny.design import OFFSETS
from scenewright.models.tiny.features import frame_features
from scenewright.models.tiny.grouping import add_pairs
from scenewright.models.tiny.tiny_rgbd import load_predictor

_LEAST_SIDE = 48
_LABEL_GAP = 0.05
_REFERENCE_PIXELS = 640 * 480
_LEAST_PAIRS = 2.0
"""Weight of the pairs of cells below which the network has no belief about two parts."""


class PartMasks:
    """Proposes masks that do not overlap, from color and depth, smaller than objects.

    Args:
        weights: Reference of the weights of the network, see `models.weights`.
        every: The network runs on every n-th frame.

    Raises:
        WeightsError: The weights are missing, damaged or belong to another network.
    """

    def __init__(self, weights: str = "builtin:masks-tiny-rgbd", *, every: int = 3) -> None:
        if every < 1:
            raise ConventionError("every", expected="1 or more", got=str(every))
        self.every = every
        self._config = DepthEdgeConfig(
            join_material=False, patch_color=0.2, plane_color=0.03, plane_area=0.1, min_area=200
        )
        self._predictor = load_predictor(weights, backend="masks/parts")
        self._position = 0

    def propose(self, frame: Frame) -> MaskSet:
        """Proposes masks; pixels without depth belong to none.

        Raises:
            CaptureError: The frame has no depth.
        """
        depth = depth_of(frame, backend="masks/parts")
        height, width = frame.camera.size
        step = max(1, round(width / self._config.grid_width))
        if min(height, width) // step < _LEAST_SIDE or not depth.any():
            return MaskSet.empty(height, width)
        grid = fit_surface_grid(frame, step=step)
        least_pixels = max(1.0, self._config.min_area * height * width / _REFERENCE_PIXELS)
        labels, scores = find_regions(grid, self._config, least_cells=least_pixels / step**2)
        if not len(scores):
            return MaskSet.empty(height, width)
        id_map = np.empty((height, width), np.int32)
        label_pixels(depth, labels, grid.planes, grid.rays_x, grid.rays_y, step, _LABEL_GAP, id_map)
        kept = np.flatnonzero(np.bincount(id_map.ravel())[1:] >= least_pixels)
        masks = collect_masks(id_map, scores, least_pixels)
        turn = self._position % self.every
        self._position += 1
        if turn or frame.image is None or not len(masks):
            return masks
        return replace(masks, affinity=self._affinity(grid, labels, len(scores), kept))

    def _affinity(
        self, grid: SurfaceGrid, labels: NDArray[np.int32], num: int, kept: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """(N, N) mean affinity of the cells of each pair of masks, NaN for those far apart."""
        affinities = self._predictor(frame_features(grid))
        rows, columns = affinities.shape[:2]
        coarse = np.ascontiguousarray(labels[::2, ::2][:rows, :columns])
        sums, counts = np.zeros((num, num), np.float32), np.zeros((num, num), np.float32)
        offsets = np.array(OFFSETS, np.int64)
        shares = (1 / np.abs(offsets).max(axis=1)).astype(np.float32)
        add_pairs(affinities, coarse, offsets, shares, sums, counts)
        sums, counts = sums[np.ix_(kept, kept)], counts[np.ix_(kept, kept)]
        known = counts >= _LEAST_PAIRS
        mean = np.where(known, sums / np.maximum(counts, 1e-6), np.nan)
        result: NDArray[np.float32] = np.clip(mean, 0, 1).astype(np.float32)
        return result
