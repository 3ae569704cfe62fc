"""Densification: surfels are added where images need detail, and removed where they show nothing.

After 3D Gaussian splatting (Kerbl et al., 2023) with the thresholds of 2D Gaussian splatting (Huang
et al., 2024). The published removal of surfels that are large in the image never takes effect, and
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.quaternions import tangent_axes
from scenewright.splats.fitting.config import DensifyConfig
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.rasterizer.arrays import SurfelGradients

_CUT_SHIFT, _CUT_SHRINK = 0.5, 0.6
"""Offset of the halves along the axis of a surfel, and their width, both in the width of the
surfel: together they differ from the original Gaussian by about a tenth of its height."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Gradients of projected centers since the last round.

    Attributes:
        pull: (N,) float32 sum of the lengths of the gradients of the projected centers.
        seen: (N,) int32 number of steps in which a surfel was visible.
    """

    pull: NDArray[np.float32]
    seen: NDArray[np.int32]

    @classmethod
    def zeros(cls, count: int) -> Statistics:
        """Statistics before the first step."""
        return cls(np.zeros(count, np.float32), np.zeros(count, np.int32))

    def add(self, gradients: SurfelGradients) -> None:
        """Adds one step, in place."""
        np.add(self.pull, gradients.screen, out=self.pull, where=gradients.visible)
        np.add(self.seen, 1, out=self.seen, where=gradients.visible)

    @property
    def mean_pull(self) -> NDArray[np.float32]:
        """(N,) mean over the steps in which a surfel was visible; 0 if there are none."""
        result: NDArray[np.float32] = np.divide(
            self.pull, np.maximum(self.seen, 1), dtype=np.float32
        )
        return result


@dataclass(frozen=True, eq=False)
class Round:
    """Result of one round of densification.

    Attributes:
        surfels: All surfels after the round: first those that stayed, then the new ones.
        stayed: (S,) former indices of those that stayed.
        num_doubled: Number of cloned surfels.
        num_split: Number of split surfels.
        num_removed: Number of surfels that were removed without successor.
    """

    surfels: RawSurfels
    stayed: NDArray[np.intp]
    num_doubled: int
    num_split: int
    num_removed: int


def densify(
    surfels: RawSurfels,
    statistics: Statistics,
    config: DensifyConfig,
    *,
    extent: float,
    remove_large: bool,
    rng: np.random.Generator,
) -> Round:
    """Clones, splits and removes surfels.

    Args:
        surfels: Before the round; not changed.
        statistics: Since the last round.
        config: Thresholds.
        extent: Extent of the scene.
        remove_large: Whether surfels larger than `max_extent` are removed.
        rng: Random generator for the positions of split surfels.
    """
    largest = surfels.scales.max(axis=1)
    keep = surfels.opacities >= config.min_opacity
    if remove_large:
        keep &= largest <= config.max_extent * extent
    chosen = _strongest(
        np.where(keep, statistics.mean_pull, 0),
        threshold=config.gradient,
        room=min(config.max_surfels - int(keep.sum()), int(config.growth * len(surfels))),
    )
    is_split = chosen & (config.keeps_picture | (largest > config.split_extent * extent))
    is_doubled = chosen & ~is_split
    stayed = np.flatnonzero(keep & ~is_split)
    parents = surfels[is_split]
    if config.keeps_picture:
        halves = _cut(parents)
    else:
        halves = _halves(parents, shrink=config.split_shrink, rng=rng)
    return Round(
        surfels[stayed].joined(surfels[is_doubled]).joined(halves),
        stayed,
        num_doubled=int(is_doubled.sum()),
        num_split=int(is_split.sum()),
        num_removed=int((~keep).sum()),
    )


def _strongest(pull: NDArray[np.floating], *, threshold: float, room: int) -> NDArray[np.bool_]:
    """Marks values at or above the threshold, at most the `room` largest."""
    chosen: NDArray[np.bool_] = pull >= threshold
    if room < int(chosen.sum()):
        chosen = np.zeros(len(pull), np.bool_)
        if room > 0:
            chosen[np.argsort(-pull, kind="stable")[:room]] = True
    return chosen


def _halves(parents: RawSurfels, *, shrink: float, rng: np.random.Generator) -> RawSurfels:
    """Two smaller surfels for each, at positions drawn from the Gaussian of the parent."""
    twice = parents[np.repeat(np.arange(len(parents)), 2)]
    offsets = rng.standard_normal((len(twice), 2)).astype(np.float32) * twice.scales
    tangents = tangent_axes(twice.quats)
    moved = twice.means + np.einsum("nk,nik->ni", offsets, tangents)
    return twice.with_arrays(
        means=moved.astype(np.float32),
        log_scales=twice.log_scales - np.float32(np.log(shrink)),
    )


def _cut(parents: RawSurfels) -> RawSurfels:
    """Two surfels for each, side by side along its longer axis."""
    twice = parents[np.repeat(np.arange(len(parents)), 2)]
    rows = np.arange(len(twice))
    longer = twice.scales.argmax(axis=1)
    axis = tangent_axes(twice.quats)[rows, :, longer]
    side = np.where(rows % 2 == 0, _CUT_SHIFT, -_CUT_SHIFT) * twice.scales[rows, longer]
    log_scales = twice.log_scales.copy()
    log_scales[rows, longer] += np.float32(np.log(_CUT_SHRINK))
    means = twice.means + side[:, None] * axis
    return twice.with_arrays(means=means.astype(np.float32), log_scales=log_scales)


def lower_opacities(surfels: RawSurfels, limit: float) -> RawSurfels:
    """The surfels with opacities above a limit set to it."""
    logits = np.minimum(surfels.logits, np.float32(np.log(limit / (1 - limit))))
    return surfels.with_arrays(logits=logits)
