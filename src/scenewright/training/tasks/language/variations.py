"""Variations of layouts: other places, colors, sizes and names, and fewer objects.

The truth is changed with what a scene shows, so that the answers of questions stay exact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.training.tasks.language.layouts import Layout
from scenewright.worlds.language.truth import WorldTruth

_COLORED = 0.5
_RESIZED = 0.5
_RENAMED = 0.6
_MOVED = 0.3
_SIZES = (0.75, 1.3)
_NOISE = 0.03
"""Largest standard deviation of the boxes that a scene shows, meters."""


def varied(layout: Layout, rng: np.random.Generator, *, most: int) -> Layout:
    """One variation of a layout with at most `most` objects."""
    found = _kept(layout, _chosen(layout.truth, rng, most))
    found = _turned(found, turns=int(rng.integers(4)), mirror=bool(rng.random() < 0.5))
    found = _renamed(found, rng)
    found = _recolored(found, rng)
    found = _moved(_resized(found, rng), rng)
    return _shaken(found, rng)


def _chosen(truth: WorldTruth, rng: np.random.Generator, most: int) -> NDArray[np.intp]:
    """Rows to keep: some objects, mostly with what they stand on and others of their name."""
    count = len(truth.id)
    if count <= most:
        return np.arange(count)
    row_of = {int(number): row for row, number in enumerate(truth.id)}
    kept: dict[int, None] = {}
    for row in rng.permutation(count).tolist():
        group = [row]
        support = row_of.get(int(truth.support[row]))
        if support is not None and rng.random() < 0.8:
            group.append(support)
        same = [one for one in range(count) if truth.labels[one] == truth.labels[row]]
        if rng.random() < 0.6:
            group.append(int(rng.choice(same)))
        for one in group:
            if len(kept) < most:
                kept[one] = None
    return np.sort(np.array(list(kept), np.intp))


def _kept(layout: Layout, rows: NDArray[np.intp]) -> Layout:
    truth = layout.truth
    return Layout(
        replace(
            truth, id=truth.id[rows], labels=tuple(truth.labels[row] for row in rows),
            is_target=truth.is_target[rows], low=truth.low[rows], high=truth.high[rows],
            sizes=truth.sizes[rows], colors=truth.colors[rows], support=truth.support[rows],
        ),
        layout.low[rows], layout.high[rows], layout.sizes[rows], layout.colors[rows],
    )  # fmt: skip


def _turned(layout: Layout, *, turns: int, mirror: bool) -> Layout:
    """Turned by quarters about the vertical, and mirrored."""

    def changed(
        low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        for _ in range(turns):
            low, high = (
                np.stack([-high[:, 1], low[:, 0], low[:, 2]], axis=1),
                np.stack([-low[:, 1], high[:, 0], high[:, 2]], axis=1),
            )
        if mirror:
            low, high = (
                np.stack([-high[:, 0], low[:, 1], low[:, 2]], axis=1),
                np.stack([-low[:, 0], high[:, 1], high[:, 2]], axis=1),
            )
        return low, high

    truth = layout.truth
    low, high = changed(truth.low, truth.high)
    place = np.array([[*truth.viewer, 0.0]])
    viewer = changed(place, place)[0][0, :2]
    seen = changed(layout.low, layout.high)
    return Layout(
        replace(truth, low=low, high=high, viewer=viewer), *seen, layout.sizes, layout.colors
    )


def _renamed(layout: Layout, rng: np.random.Generator) -> Layout:
    """With the names of some kinds of objects given to others as well."""
    truth = layout.truth
    names = sorted({
        label for row, label in enumerate(truth.labels) if truth.is_target[row]
    })  # fmt: skip
    if len(names) < 3:
        return layout
    other: dict[str, str] = {}
    while rng.random() < _RENAMED and len(other) < 3:
        first, second = rng.choice(names, 2, replace=False).tolist()
        other[first] = second
    labels = tuple(other.get(label, label) for label in truth.labels)
    return replace(layout, truth=replace(truth, labels=labels))


def _recolored(layout: Layout, rng: np.random.Generator) -> Layout:
    """With other colors for some objects, in the same shares."""
    true, seen = layout.truth.colors.copy(), layout.colors.copy()
    for row in np.flatnonzero(rng.random(len(true)) < _COLORED):
        order = rng.permutation(true.shape[1])
        true[row], seen[row] = true[row, order], seen[row, order]
    return replace(layout, truth=replace(layout.truth, colors=true), colors=seen)


def _resized(layout: Layout, rng: np.random.Generator) -> Layout:
    """With other sizes of some objects that carry nothing; their bottoms stay."""
    truth = layout.truth
    carries = np.isin(truth.id, truth.support)
    factors = np.exp(rng.uniform(np.log(_SIZES[0]), np.log(_SIZES[1]), len(truth.id)))
    factors[carries | (rng.random(len(factors)) >= _RESIZED)] = 1.0
    scale = factors[:, None]

    def changed(
        low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        base = (low + high) / 2
        base[:, 2] = low[:, 2]
        return base + (low - base) * scale, base + (high - base) * scale

    low, high = changed(truth.low, truth.high)
    seen = changed(layout.low, layout.high)
    return Layout(
        replace(truth, low=low, high=high, sizes=truth.sizes * scale), *seen,
        layout.sizes * scale, layout.colors,
    )  # fmt: skip


def _moved(layout: Layout, rng: np.random.Generator) -> Layout:
    """With some objects on the floor moved, together with what stands on them."""
    truth = layout.truth
    row_of = {int(number): row for row, number in enumerate(truth.id)}
    root = np.arange(len(truth.id))
    for row in range(len(root)):
        below = row
        for _ in range(8):
            under = row_of.get(int(truth.support[below]))
            if under is None:
                break
            below = under
        root[row] = below
    shifts = rng.normal(0, 0.7, (len(root), 3))
    shifts[:, 2] = 0
    shifts[rng.random(len(root)) >= _MOVED] = 0
    shift = shifts[root]
    return Layout(
        replace(truth, low=truth.low + shift, high=truth.high + shift),
        layout.low + shift, layout.high + shift, layout.sizes, layout.colors,
    )  # fmt: skip


def _shaken(layout: Layout, rng: np.random.Generator) -> Layout:
    """With noise on what the scene shows, in half of the cases."""
    spread = _NOISE * rng.random() * bool(rng.random() < 0.5)
    shift = rng.normal(0, spread, layout.low.shape)
    grown = rng.normal(0, spread / 2, layout.low.shape)
    scale = np.exp(rng.normal(0, spread, layout.sizes.shape))
    high = np.maximum(layout.high + shift + grown, layout.low + shift + 1e-3)
    return replace(layout, low=layout.low + shift, high=high, sizes=layout.sizes * scale)
