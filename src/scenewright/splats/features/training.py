"""Contrastive training of one feature per surfel on frozen blending weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.features.contrast import contrastive_loss
from scenewright.splats.features.field import FeatureField
from scenewright.splats.lifting.votes import IdMap, check_id_maps
from scenewright.splats.rasterizer.weight_store import WeightStore

_LEAST_TEMPERATURE = 0.05


@dataclass(frozen=True)
class FeatureConfig:
    """Settings of the training of features; the weights of the terms are those of InstaScene."""

    dims: int = 16
    """Dimensions of a feature; 16 to 32 are sensible."""
    steps: int = 3000
    """Steps of the optimizer."""
    rate: float = 0.025
    """Step size of Adam."""
    pixels: int = 8192
    """Pixels per step; the published training uses 32768."""
    surfels: int = 8192
    """Surfels per step of the 3D term; the published training uses 32768."""
    cross_every: int = 10
    """Steps from one cross-view term to the next."""
    cross_views: int = 5
    """Consecutive views that the pixels of a cross-view term come from."""
    single_weight: float = 0.5
    """Weight of the term over the masks of one view."""
    cross_weight: float = 1.0
    """Weight of the term over the objects in several views."""
    surfel_weight: float = 2.5
    """Weight of the term over the objects that surfels belong to."""
    temperature: float = 0.5
    """Factor of the spread of a class, see `contrastive_loss`; the published training uses 1. With
    much lower ones the loss vanishes before the features of a class are alike."""
    unmasked_is_class: bool = True
    """Whether the pixels without mask form one more class of their view."""
    labeled_start: bool = True
    """Whether surfels of one object start from the same vector plus noise; the others start at
    random."""

    def __post_init__(self) -> None:
        for name in ("dims", "pixels", "surfels", "cross_every", "cross_views"):
            if getattr(self, name) < 1:
                got = str(getattr(self, name))
                raise ConventionError(f"FeatureConfig.{name}", expected="1 or more", got=got)
        for name in ("steps", "single_weight", "cross_weight", "surfel_weight"):
            if getattr(self, name) < 0:
                got = f"{getattr(self, name):g}"
                raise ConventionError(f"FeatureConfig.{name}", expected="0 or more", got=got)
        if not self.rate > 0:
            raise ConventionError("FeatureConfig.rate", expected="above 0", got=f"{self.rate:g}")
        if not self.temperature >= _LEAST_TEMPERATURE:
            raise ConventionError(
                "FeatureConfig.temperature",
                expected=f"{_LEAST_TEMPERATURE:g} or more",
                got=f"{self.temperature:g}",
            )


@dataclass(frozen=True, eq=False)
class TrainedFeatures:
    """Result of the training.

    Attributes:
        features: (N, D) float32 unit vectors.
        trained: (N,) bool; the others were never seen and keep their initial features.
        losses: (steps,) float32 weighted sum of the terms.
    """

    features: NDArray[np.float32]
    trained: NDArray[np.bool_]
    losses: NDArray[np.float32]


def train_features(
    store: WeightStore,
    id_maps: Sequence[IdMap],
    labels: NDArray[np.int32],
    *,
    view_masks: Sequence[IdMap] | None = None,
    config: FeatureConfig | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainedFeatures:
    """Learns features that are alike within an object and differ between objects.

    The loss has three terms (InstaScene, Yang et al., ICCV 2025, section 3.2): masks within one
    view, objects over consecutive views, and objects in space. Each id is a class regardless of its
    number, and surfels without object take no part in the third term.

    Args:
        store: The weights of F views and N surfels.
        id_maps: F id maps (H, W) with object ids that mean the same in all views; 0 = none.
        labels: (N,) int32 object of each surfel, 0 = none.
        view_masks: F id maps with ids that need not correspond between views; None uses
            `id_maps`.
        config: Settings; None uses the defaults.
        seed: Random seed of the initial features and of the samples.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ShapeError: Id maps or labels do not match the store, or it has no view.
    """
    config = config or FeatureConfig()
    check_id_maps(store, id_maps)
    if not len(store):
        raise ShapeError("weights", expected="at least one view", got="none")
    if labels.shape != (store.num_surfels,):
        raise ShapeError("labels", expected=f"({store.num_surfels},)", got=f"{labels.shape}")
    rng = np.random.default_rng(seed)
    field = FeatureField(starting_features(labels, config=config, seed=seed))
    objects = _LabeledPixels(store, id_maps, with_unmasked=False)
    masks = _LabeledPixels(store, view_masks or id_maps, with_unmasked=config.unmasked_is_class)
    labeled = _LabeledSurfels(store, labels)
    losses = np.zeros(config.steps, np.float32)
    order = np.zeros(0, np.int64)
    for step in range(config.steps):
        if not step % len(store):
            order = rng.permutation(len(store))
        view = int(order[step % len(store)])
        sample = masks.draw(view, config.pixels, rng)
        losses[step] = _pixel_term(field, sample, config, config.single_weight)
        losses[step] += _surfel_term(field, labeled.draw(view, config.surfels, rng), labels, config)
        if step % config.cross_every == 0:
            losses[step] += _cross_term(field, objects, config, rng)
        field.step(config.rate)
        if step % 50 == 49 or step + 1 == config.steps:
            progress("features", step + 1, config.steps, "steps")
    return TrainedFeatures(field.unit, field.trained, losses)


def starting_features(
    labels: NDArray[np.int32], *, config: FeatureConfig, seed: int
) -> NDArray[np.float32]:
    """(N, D) float32 initial unit vectors: one direction per object plus noise, or random
    directions."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((len(labels), config.dims), np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    if not config.labeled_start or not len(labels):
        return noise
    ids, number = np.unique(labels, return_inverse=True)
    direction = rng.standard_normal((len(ids), config.dims)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    start = np.where((labels > 0)[:, None], direction[number] + 0.3 * noise, noise)
    result: NDArray[np.float32] = start / np.linalg.norm(start, axis=1, keepdims=True)
    return result


@dataclass(frozen=True, eq=False)
class _Sample:
    """Pixels with their surfels, weights and classes, 0 to `num_classes` - 1."""

    ids: NDArray[np.int32]
    weights: NDArray[np.float32]
    classes: NDArray[np.int32]
    num_classes: int


class _LabeledPixels:
    """Pixels of id maps to sample from: those that show surfels and have an id."""

    def __init__(
        self, store: WeightStore, id_maps: Sequence[IdMap], *, with_unmasked: bool
    ) -> None:
        self._store = store
        self._pixels: list[NDArray[np.int32]] = []
        self._labels: list[NDArray[np.int32]] = []
        for view, picture in enumerate(id_maps):
            labels = store.sample(view, picture)
            is_shown = np.diff(store.views[view].pointers) > 0
            has_id = labels >= (0 if with_unmasked else 1)
            pixels = np.flatnonzero(is_shown & has_id).astype(np.int32)
            self._pixels.append(pixels)
            self._labels.append(labels[pixels])

    def __len__(self) -> int:
        return len(self._pixels)

    def draw(self, view: int, count: int, rng: np.random.Generator) -> _Sample:
        """Random pixels of one view, with replacement."""
        return self.draw_of(np.array([view]), count, rng)

    def draw_of(self, views: NDArray[np.integer], count: int, rng: np.random.Generator) -> _Sample:
        """Random pixels of several views, in proportion to their pixels, with replacement."""
        sizes = np.array([len(self._pixels[int(v)]) for v in views])
        if not sizes.sum():
            none = np.zeros((0, 1))
            return _Sample(none.astype(np.int32), none.astype(np.float32), np.zeros(0, np.int32), 0)
        parts = []
        for view, share in zip(views, rng.multinomial(count, sizes / sizes.sum()), strict=True):
            chosen = rng.integers(0, max(1, len(self._pixels[int(view)])), share)
            ids, weights = self._store.rows(int(view), self._pixels[int(view)][chosen])
            parts.append((ids, weights, self._labels[int(view)][chosen]))
        top = max(ids.shape[1] for ids, _, _ in parts)
        ids = np.concatenate([_widened(ids, top, -1) for ids, _, _ in parts])
        weights = np.concatenate([_widened(weights, top, 0) for _, weights, _ in parts])
        return _Sample(ids, weights, *compact(np.concatenate([labels for *_, labels in parts])))


def _widened(array: NDArray[Any], columns: int, fill: int) -> NDArray[Any]:
    """The array padded to a number of columns."""
    return np.pad(array, [(0, 0), (0, columns - array.shape[1])], constant_values=fill)


class _LabeledSurfels:
    """Surfels with an object to sample from, per view that shows them."""

    def __init__(self, store: WeightStore, labels: NDArray[np.int32]) -> None:
        self._ids = []
        for weights in store.views:
            is_seen = np.zeros(store.num_surfels, np.bool_)
            is_seen[weights.ids] = True
            self._ids.append(np.flatnonzero(is_seen & (labels > 0)).astype(np.int32))

    def draw(self, view: int, count: int, rng: np.random.Generator) -> NDArray[np.int32]:
        """Random surfels of one view: all, or `count` with replacement if there are more."""
        ids = self._ids[view]
        if len(ids) <= count:
            return ids
        return ids[rng.integers(0, len(ids), count)]


def compact(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Labels, 0 or more, renumbered without gaps in the same order, and how many there are."""
    table = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    table[labels] = 1
    num = int(table.sum())
    table = np.cumsum(table, dtype=np.int32) - 1
    return table[labels], num


def _pixel_term(
    field: FeatureField, sample: _Sample, config: FeatureConfig, weight: float
) -> float:
    if sample.num_classes < 2 or weight == 0:
        return 0.0  # a single class has no contrast
    features, lengths = field.draw(sample.ids, sample.weights)
    loss = contrastive_loss(
        features, sample.classes, num_classes=sample.num_classes, temperature=config.temperature
    )
    gradient = (weight * loss.gradient).astype(np.float32)
    field.add_pixel_gradient(gradient, features, lengths, ids=sample.ids, weights=sample.weights)
    return weight * loss.value


def _surfel_term(
    field: FeatureField,
    chosen: NDArray[np.int32],
    labels: NDArray[np.int32],
    config: FeatureConfig,
) -> float:
    weight = config.surfel_weight
    classes, num_classes = compact(labels[chosen])
    if num_classes < 2 or weight == 0:
        return 0.0
    loss = contrastive_loss(
        field.unit[chosen], classes, num_classes=num_classes, temperature=config.temperature
    )
    field.add_surfel_gradient((weight * loss.gradient).astype(np.float32), chosen)
    return weight * loss.value


def _cross_term(
    field: FeatureField, objects: _LabeledPixels, config: FeatureConfig, rng: np.random.Generator
) -> float:
    count = min(config.cross_views, len(objects))
    first = int(rng.integers(0, len(objects) - count + 1))
    sample = objects.draw_of(np.arange(first, first + count), config.pixels, rng)
    return _pixel_term(field, sample, config, config.cross_weight)
