"""Color and size of each object, without weights: shares of color words, and size words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FeatureColumn, InstanceTable, Scene
from scenewright.core.color_names import COLOR_WORDS, color_shares
from scenewright.language._class_words import USUAL_SIZES
from scenewright.language.lexicon import class_name

COLOR_FEATURE = "color-words"
"""Name of the feature column: square roots of the shares, so that rows have unit length."""
COLOR_MODEL = "describe/color-words"
_MIXED = 0.4
"""Share of the second color, relative to the first, from which both are named."""
_LARGE, _SMALL = 1.2, 1 / 1.2
_BY_LENGTH = ((0.25, "small"), (1.0, "medium-sized"), (np.inf, "large"))


def with_color_words(scene: Scene) -> Scene:
    """The scene with the colors of its objects as a feature column, `COLOR_FEATURE`.

    A row is zero where nothing of an object was seen in color. The column is saved with the scene;
    its squares are the shares in the order of `COLOR_WORDS`.
    """
    column = FeatureColumn(np.sqrt(object_colors(scene)).astype(np.float32), COLOR_MODEL)
    table = scene.instances
    features = {**table.features, COLOR_FEATURE: column}
    return replace(scene, instances=replace(table, features=features))


def object_colors(scene: Scene) -> NDArray[np.float64]:
    """(N, 12) share of each color word per object; zeros where its colors are unknown.

    They come from the feature column `COLOR_FEATURE` if the scene has one, else from colored
    points, meshes or surfels.
    """
    table = scene.instances
    column = table.features.get(COLOR_FEATURE)
    if column is not None and column.vectors.shape[1] == len(COLOR_WORDS):
        return column.vectors.astype(np.float64) ** 2
    shares = np.zeros((len(table), len(COLOR_WORDS)))
    for row, instance_id in enumerate(table.id.tolist()):
        colors = _mesh_colors(scene, instance_id)
        if colors is not None and len(colors):
            shares[row] = color_shares(colors)
    for ids, colors in _clouds(scene):
        order = np.argsort(ids, kind="stable")
        bounds = np.searchsorted(ids[order], np.stack([table.id, table.id + 1]))
        for row, (first, last) in enumerate(bounds.T):
            if last > first and not shares[row].any():
                shares[row] = color_shares(colors[order[first:last]])
    return shares


def color_phrase(shares: NDArray[np.float64]) -> str:
    """The color in words, such as ``brown`` or ``black and white``; "" if it is unknown."""
    if not shares.any():
        return ""
    first, second = np.argsort(-shares, kind="stable")[:2]
    if shares[second] >= _MIXED * shares[first] and shares[second] >= 0.25:
        return f"{COLOR_WORDS[first]} and {COLOR_WORDS[second]}"
    return COLOR_WORDS[first]


def size_ratios(labels: Sequence[str], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """How long each object is, relative to others of its class, or to what is usual.

    Args:
        labels: N labels; "" = unknown.
        lengths: (N,) longest extents, meters.

    Returns:
        (N,) ratios; 1 if nothing is known about its class.
    """
    names = np.array([class_name(label) for label in labels])
    ratios = np.ones(len(names))
    for row, name in enumerate(names):
        same = (names == name) & (np.arange(len(names)) != row)
        if name and same.any():
            ratios[row] = lengths[row] / np.median(lengths[same])
        elif name in USUAL_SIZES:
            ratios[row] = lengths[row] / USUAL_SIZES[name]
    return ratios


def size_word(ratio: float, length: float, *, is_named: bool) -> str:
    """``large``, ``small`` or ``medium-sized``.

    Args:
        ratio: See `size_ratios`.
        length: Longest extent, meters.
        is_named: Whether the class is known; otherwise the extent alone decides.
    """
    if not is_named:
        return next(word for limit, word in _BY_LENGTH if length < limit)
    if ratio > _LARGE:
        return "large"
    return "small" if ratio < _SMALL else "medium-sized"


def describe_objects(scene: Scene) -> list[tuple[str, str]]:
    """The color phrase and the size word of each object, in the order of the table."""
    table: InstanceTable = scene.instances
    lengths = table.size.max(axis=1) if len(table) else np.zeros(0)
    ratios = size_ratios(table.label, lengths)
    return [
        (color_phrase(row), size_word(ratio, length, is_named=bool(label)))
        for row, ratio, length, label in zip(
            object_colors(scene), ratios, lengths, table.label, strict=True
        )
    ]


def _mesh_colors(scene: Scene, instance_id: int) -> NDArray[np.uint8] | None:
    asset = scene.assets.get(instance_id)
    if asset is None or asset.mesh is None:
        return None
    return asset.mesh.colors_at_vertices()


def _clouds(scene: Scene) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
    """Instance ids and colors of points and surfels, where both are known."""
    found = []
    points = scene.points
    if points is not None and points.instance_id is not None and points.colors is not None:
        found.append((points.instance_id, points.colors))
    surfels = scene.surfels
    if surfels is not None and surfels.instance_id is not None:
        found.append((surfels.instance_id, surfels.base_colors()))
    return found
