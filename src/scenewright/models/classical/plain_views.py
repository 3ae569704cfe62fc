"""Vectors of pictures without weights: colors, where they are, and the directions of edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import MaskSet, ShapeError
from scenewright.core.color_names import COLOR_WORDS, color_shares

_BANDS = 3
_DIRECTIONS = 8
_CELLS = 2
_EDGES = 0.5
"""Weight of the edges beside the colors."""


class PlainViews:
    """Describes masks of images by colors and edges; needs no weights.

    A vector holds the shares of 12 color words in three bands from top to bottom, and histograms of
    the directions of edges in four quarters (Dalal and Triggs, CVPR 2005).
    """

    @property
    def dim(self) -> int:
        """Length D of the vectors."""
        return _BANDS * len(COLOR_WORDS) + _CELLS**2 * _DIRECTIONS

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        """Encodes the whole image, or the pixels of each of its masks.

        Args:
            image: (H, W, 3) uint8 RGB.
            masks: N masks of the same size as the image, or None for the whole image.

        Returns:
            (N, D) float32 unit vectors; zeros for an empty mask.

        Raises:
            ShapeError: The image is not (H, W, 3) uint8, or the masks have another size.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ShapeError("image", expected="(H, W, 3) uint8", got=f"{image.shape}")
        if masks is None:
            return self._described(image, np.ones(image.shape[:2], bool))[None]
        if image.shape[:2] != (masks.height, masks.width):
            raise ShapeError(
                "masks to encode", expected=f"{image.shape[1]} x {image.shape[0]}, as the image",
                got=f"{masks.width} x {masks.height}",
            )  # fmt: skip
        rows = []
        for index, (x, y, x_end, y_end) in enumerate(masks.boxes().astype(int).tolist()):
            inside = np.zeros(image.shape[:2], bool)
            inside.reshape(-1)[masks.pixels(index)] = True
            part = slice(y, y_end), slice(x, x_end)
            rows.append(self._described(image[part], inside[part]))
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def _described(
        self, image: NDArray[np.uint8], inside: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        if not inside.any():
            return np.zeros(self.dim, np.float32)
        bands = np.array_split(np.arange(len(image)), _BANDS)
        colors = np.zeros((_BANDS, len(COLOR_WORDS)))
        for number, rows in enumerate(bands):
            own = image[rows][inside[rows]]
            if len(own):
                colors[number] = np.sqrt(color_shares(own))
        edges = _edges(image, inside)
        vector = np.concatenate([_unit(colors.ravel()), _EDGES * _unit(np.sqrt(edges.ravel()))])
        unit: NDArray[np.float32] = _unit(vector).astype(np.float32)
        return unit


def _edges(image: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(quarters, directions) strength of the edges within a mask."""
    gray = image.astype(np.float64).mean(axis=2)
    if min(gray.shape) < 2:
        return np.zeros((_CELLS**2, _DIRECTIONS))
    down, across = np.gradient(gray)
    strength = np.hypot(down, across) * inside
    turn = np.arctan2(down, across) % np.pi / np.pi
    direction = np.minimum((turn * _DIRECTIONS).astype(int), _DIRECTIONS - 1)
    rows = np.arange(gray.shape[0]) * _CELLS // gray.shape[0]
    columns = np.arange(gray.shape[1]) * _CELLS // gray.shape[1]
    cell = rows[:, None] * _CELLS + columns[None]
    found = np.bincount(
        (cell * _DIRECTIONS + direction).ravel(), strength.ravel(),
        minlength=_CELLS**2 * _DIRECTIONS,
    )  # fmt: skip
    return np.asarray(found, np.float64).reshape(_CELLS**2, _DIRECTIONS)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return scaled
