"""Colors of generated surfaces: from the picture where it is seen, from its mirror image and from
its neighbors elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt, map_coordinates
from scipy.spatial import cKDTree

from scenewright.models.generators.tiny.inputs import Crop

Floats = NDArray[np.float64]

_PITCHES = np.deg2rad(np.arange(5, 61, 5))
"""Angles of the camera above the horizon that are tried."""
_STEP = 0.5
_START = 1.5
"""Voxels along the way to the camera that do not count as hiding a point: its own surface."""
_RASTER = 32
_NEAREST, _SOFT = 40, 0.05
"""Number of seen points whose colors are mixed, and the distance, in edges of the cube, below which
they count about alike: single ones hold light and noise."""
_MIRROR_REACH, _MIRRORED = 0.06, 0.25
"""Largest distance between a hidden point and the mirror image of a seen one, in edges of the cube,
and the share of its color."""
_HALF_COVERED = 128
_SEAM = 0.03
"""Distance from what is seen, in edges of the cube, over which its colors fade out."""
_DARK = 0.02
_MOST_LIGHT = 2.0
"""Of a picture, per color that is expected."""


def camera_pitch(
    shapes: Sequence[NDArray[np.bool_]], turns: Sequence[Floats], crops: Sequence[Crop]
) -> float:
    """The angle of the camera above the horizon at which shapes look most like their masks.

    Args:
        shapes: (r, r, r) canonical voxels of each object.
        turns: (3, 3) rotation of each from its cube to the scene cube.
        crops: The crop of each.
    """
    scores = np.zeros(len(_PITCHES))
    for shape, turn, crop in zip(shapes, turns, crops, strict=True):
        points = ((np.argwhere(shape) + 0.5) / len(shape) - 0.5) @ turn.T
        mask = _raster_of(crop)
        if mask is None:
            continue
        for index, pitch in enumerate(_PITCHES):
            drawn = _drawn(points @ _screen(float(pitch)).T)
            scores[index] += (drawn & mask).sum() / max((drawn | mask).sum(), 1)
    return float(_PITCHES[int(scores.argmax())])


def painted(
    vertices: Floats,
    shape: NDArray[np.bool_],
    turn: Floats,
    crop: Crop,
    *,
    pitch: float,
    heading: float,
    expected: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(V, 3) RGB in [0, 1] of the vertices of an object.

    What is seen has the colors of the picture. What is not has the expected ones, in the light of
    what is seen, mixed with those of its mirror image in the object where that is seen, and of what
    is seen beside it.

    Args:
        vertices: (V, 3) in the cube of the object.
        shape: (r, r, r) voxels of that cube.
        turn: (3, 3) rotation from that cube to the scene cube.
        crop: The crop of the object.
        pitch: Angle of the camera above the horizon.
        heading: Radians from the x axis of the cube to that of the object, whose left half mirrors
            the right one.
        expected: (k, k, k, 3) RGB of the surface in the cells of the cube.
    """
    screen = (vertices @ turn.T) @ _screen(pitch).T
    colors, is_covered = _picked(screen, crop)
    towards = np.array([0.0, -np.cos(pitch), np.sin(pitch)]) @ turn
    is_seen = is_covered & ~_hidden(vertices, shape, towards)
    if not is_seen.any():
        fill = crop.image[crop.masks[..., 0] >= _HALF_COVERED]
        mean = fill.mean(axis=0) / 255 if len(fill) else np.full(3, 0.6)
        return np.tile(mean, (len(vertices), 1)).astype(np.float32)
    hidden = ~is_seen
    colors[hidden] = _guessed(vertices, colors, hidden, _mirror(heading), expected)
    return np.clip(colors, 0, 1).astype(np.float32)


def _guessed(
    vertices: Floats,
    colors: Floats,
    hidden: NDArray[np.bool_],
    mirror: Floats,
    expected: NDArray[np.float32],
) -> Floats:
    """(H, 3) colors of hidden vertices: those that are expected, in the light of what is seen, with
    a share of what is seen of the other half of the object; no seam where they begin."""
    seen = ~hidden
    known, values = cKDTree(vertices[seen]), colors[seen]
    there = _expected_at(vertices, expected)
    light = values.mean(axis=0) / np.maximum(there[seen].mean(axis=0), _DARK)
    found = there[hidden] * np.minimum(light, _MOST_LIGHT)
    opposite, far = _near(known, values, vertices[hidden] @ mirror)
    found += np.where(far < _MIRROR_REACH, _MIRRORED, 0)[:, None] * (opposite - found)
    beside, distance = _near(known, values, vertices[hidden])
    near: Floats = np.exp(-distance / _SEAM)[:, None]
    result: Floats = found + near * (beside - found)
    return result


def _near(known: cKDTree, values: Floats, points: Floats) -> tuple[Floats, Floats]:
    """(P, 3) means of the values near points, and (P,) the distance to the nearest."""
    count = min(_NEAREST, known.n)
    distance, rows = (each.reshape(len(points), count) for each in known.query(points, k=count))
    weights = 1 / (distance + _SOFT)
    means = (weights[..., None] * values[rows]).sum(axis=1) / weights.sum(axis=1)[:, None]
    return means, distance[:, 0]


def _mirror(heading: float) -> Floats:
    """(3, 3) reflection that exchanges left and right of an object."""
    across = np.array([np.cos(heading), np.sin(heading), 0.0])
    result: Floats = np.eye(3) - 2 * np.outer(across, across)
    return result


def _expected_at(vertices: Floats, expected: NDArray[np.float32]) -> Floats:
    """(V, 3) colors of cells, between their centers linearly."""
    places = (vertices + 0.5).T * len(expected) - 0.5
    return np.stack(
        [map_coordinates(expected[..., c], places, order=1, mode="nearest") for c in range(3)],
        axis=1,
        dtype=np.float64,
    )


def _screen(pitch: float) -> Floats:
    """(2, 3) from the scene cube to the picture: right, and up."""
    return np.array([[1.0, 0.0, 0.0], [0.0, np.sin(pitch), np.cos(pitch)]])


def _raster_of(crop: Crop) -> NDArray[np.bool_] | None:
    """The mask of a crop within its box, on a small square; None without a mask."""
    mask = crop.masks[..., 0] >= _HALF_COVERED
    if not mask.any():
        return None
    rows, columns = np.nonzero(mask)
    return _drawn(np.stack([columns, -rows], axis=1).astype(np.float64))


def _drawn(points: Floats) -> NDArray[np.bool_]:
    """(32, 32) cells that points cover, stretched to their box by its longer edge."""
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (_RASTER - 1) / max(float((high - low).max()), 1e-9)
    cells = np.rint((points - (low + high) / 2) * scale + (_RASTER - 1) / 2).astype(int)
    cells = np.clip(cells, 0, _RASTER - 1)
    result = np.zeros((_RASTER, _RASTER), bool)
    result[cells[:, 1], cells[:, 0]] = True
    return result


def _picked(screen: Floats, crop: Crop) -> tuple[Floats, NDArray[np.bool_]]:
    """Colors of the picture where points are on it, and whether the mask covers them.

    The box of the points is laid on the box of the mask. Colors within a pixel of its border are
    those of the nearest pixel inside, so that nothing of the background is picked up.
    """
    mask = crop.masks[..., 0] >= _HALF_COVERED
    if not mask.any():
        return np.full((len(screen), 3), 0.6), np.zeros(len(screen), bool)
    inner = binary_erosion(mask)
    inner = inner if inner.any() else mask
    _, (rows, columns) = distance_transform_edt(~inner, return_indices=True)
    filled = crop.image[rows, columns].astype(np.float64) / 255
    found = np.argwhere(mask)
    top, left = found.min(axis=0)
    bottom, right = found.max(axis=0)
    low, high = screen.min(axis=0), screen.max(axis=0)
    share = (screen - low) / np.maximum(high - low, 1e-9)
    places = np.stack([bottom - share[:, 1] * (bottom - top), left + share[:, 0] * (right - left)])
    colors = np.stack(
        [map_coordinates(filled[..., c], places, order=1, mode="nearest") for c in range(3)], axis=1
    )
    covered = mask[tuple(np.rint(places).astype(int))]
    return colors, covered


def _hidden(vertices: Floats, shape: NDArray[np.bool_], towards: Floats) -> NDArray[np.bool_]:
    """Whether the shape itself is between vertices and a distant camera."""
    side = len(shape)
    places = (vertices + 0.5) * side
    hidden = np.zeros(len(vertices), bool)
    for step in np.arange(_START, 1.8 * side, _STEP):
        cells = np.floor(places + step * towards).astype(int)
        inside = ((cells >= 0) & (cells < side)).all(axis=1)
        if not inside.any():
            break
        hidden[inside] |= shape[tuple(cells[inside].T)]
    return hidden
