"""The object in a box by color and depth, without weights.

Pixels are compared with a few typical colors of the middle of the box and of its surroundings; the
colors of the object are then taken from what was found, a few times over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenewright.core import ConventionError, MaskSet, ShapeError

_CENTERS = 6
"""Typical colors of the object, and of its surroundings."""
_ROUNDS = 4
_SAMPLE = 4000
_MIDDLE = 0.5
"""Side of the first guess of the object over that of the box."""
_RING = 0.15
"""Width of the surroundings over the longer side of the box."""
_SMOOTH = 0.006
"""Standard deviation of the blur of the comparison over the longer side of the box."""
_DEPTH_WEIGHT = 4.0
"""Difference of depth relative to depth, in units of colors in [0, 1]."""
_POINT_SHARE = 0.02
"""Radius around a point over the shorter side of the image."""

Features = NDArray[np.float64]


class RegionGrowing:
    """The object in a box, or at points.

    Args:
        depth: (H, W) meters of the image to be segmented, 0 where unknown; or None.
    """

    def __init__(self, *, depth: NDArray[np.float32] | None = None) -> None:
        self._depth = depth

    def segment(
        self,
        image: NDArray[np.uint8],
        *,
        points: NDArray[np.floating] | None = None,
        labels: NDArray[np.integer] | None = None,
        box: NDArray[np.floating] | None = None,
    ) -> MaskSet:
        """Segments one object; see `PromptSegmenter`. There is one candidate, with score 1.

        Raises:
            ShapeError: The image is no RGB image, or the depth has another size.
            ConventionError: There is neither a box nor a point on the object.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            got = f"{image.shape} {image.dtype}"
            raise ShapeError("image", expected="(H, W, 3) uint8 RGB", got=got)
        size = image.shape[:2]
        if self._depth is not None and self._depth.shape != size:
            raise ShapeError("depth", expected=f"{size}, as the image", got=f"{self._depth.shape}")
        on, off = _marks(points, labels, size)
        if box is None and not on.any():
            raise ConventionError("Prompt", expected="a box, or a point on the object", got="none")
        window, inside = _windows(box, size)
        features = _features(image[window], None if self._depth is None else self._depth[window])
        start = on[window] if on.any() else _middle(inside)
        found = _grown(features, start, inside & ~off[window], off[window])
        whole = np.zeros(size, np.bool_)
        whole[window] = found
        return MaskSet.from_dense(whole[None]) if whole.any() else MaskSet.empty(*size)


def _windows(
    box: NDArray[np.floating] | None, size: tuple[int, ...]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The box with its surroundings, and which of their pixels are in the box."""
    height, width = size
    x0, y0, x1, y1 = (0, 0, width, height) if box is None else (round(float(v)) for v in box)
    ring = max(round(_RING * max(x1 - x0, y1 - y0)), 2)
    top, left = max(y0 - ring, 0), max(x0 - ring, 0)
    window = (slice(top, min(y1 + ring, height)), slice(left, min(x1 + ring, width)))
    inside = np.zeros((window[0].stop - top, window[1].stop - left), np.bool_)
    inside[max(y0 - top, 0) : max(y1 - top, 1), max(x0 - left, 0) : max(x1 - left, 1)] = True
    if inside.all():  # nothing is around it: then its edge is
        inside[:] = False
        inside[1:-1, 1:-1] = True
    return window, inside


def _marks(
    points: NDArray[np.floating] | None,
    labels: NDArray[np.integer] | None,
    size: tuple[int, ...],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pixels near points on the object, and near points off it."""
    on, off = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if points is None:
        return on, off
    kinds = np.ones(len(points), np.int64) if labels is None else np.asarray(labels)
    rows, columns = np.mgrid[: size[0], : size[1]]
    radius = max(_POINT_SHARE * min(size), 1.0)
    for (x, y), kind in zip(points, kinds, strict=True):
        disk = np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= radius
        (on if kind else off)[disk] = True
    return on, off


def _middle(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels around the middle of a box."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    result = np.zeros_like(inside)
    parts = []
    for line in (rows, columns):
        cut = int(len(line) * (1 - _MIDDLE) / 2)
        parts.append(slice(int(line[cut]), int(line[len(line) - 1 - cut]) + 1))
    result[parts[0], parts[1]] = True
    return result


def _features(image: NDArray[np.uint8], depth: NDArray[np.float32] | None) -> Features:
    """(H, W, C) brightness, two colors, and depth where it is known everywhere or interpolated."""
    rgb = image.astype(np.float64) / 255
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    parts = [0.6 * rgb.mean(-1), red - green, 0.5 * (red + green) - blue]
    if depth is not None and (depth > 0).any():
        unknown = depth <= 0
        _, nearest = ndimage.distance_transform_edt(unknown, return_indices=True)
        filled = depth[nearest[0], nearest[1]].astype(np.float64)
        parts.append(_DEPTH_WEIGHT * np.log(filled))
    return np.stack(parts, -1)


def _grown(
    features: Features,
    start: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    off: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """What is more like the object than like its surroundings, and connected to the start."""
    found = start & inside
    blur = max(_SMOOTH * max(inside.shape), 0.7)
    for number in range(_ROUNDS):
        around = ~ndimage.binary_dilation(found, iterations=2) & (~inside | off)
        if not around.any() or not found.any():
            break
        away = _distances(features, features[around])
        if number == 0:  # the middle of a box holds some of the surroundings, too
            found &= away >= np.median(away[found])
        near = _distances(features, features[found])
        likely = ndimage.gaussian_filter(away - near, blur) > 0
        found = _connected(likely & inside, start)
    return found


def _distances(features: Features, sample: Features) -> NDArray[np.float64]:
    """(H, W) distance of each pixel to the nearest typical color of a sample (N, C)."""
    centers = _typical(sample)
    result = np.full(features.shape[:2], np.inf)
    for center in centers:
        np.minimum(result, np.square(features - center).sum(-1), out=result)
    distance: NDArray[np.float64] = np.sqrt(result)
    return distance


def _typical(sample: Features) -> Features:
    """Typical rows of a sample: means of clusters that start far from one another."""
    rows = sample[:: max(len(sample) // _SAMPLE, 1)]
    centers = [rows.mean(0)]
    for _ in range(min(_CENTERS, len(rows)) - 1):
        gaps = np.min([np.square(rows - center).sum(-1) for center in centers], axis=0)
        centers.append(rows[int(np.argsort(gaps)[int(0.98 * (len(gaps) - 1))])])
    middles = np.array(centers)
    for _ in range(8):
        nearest = np.square(rows[:, None] - middles).sum(-1).argmin(1)
        for number in range(len(middles)):
            if (nearest == number).any():
                middles[number] = rows[nearest == number].mean(0)
    return middles


def _connected(likely: NDArray[np.bool_], start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected part that covers most of the start, without holes."""
    parts, count = ndimage.label(likely)
    if not count:
        return np.zeros_like(likely)
    votes = np.bincount(parts[start], minlength=count + 1)
    votes[0] = 0
    best = int(votes.argmax()) if votes.any() else int(np.bincount(parts.ravel())[1:].argmax()) + 1
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(parts == best)
    return filled
