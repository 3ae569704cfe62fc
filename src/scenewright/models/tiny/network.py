"""The affinity network on numpy: convolutions as matrix products."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from scenewright.core import WeightsError
from scenewright.models.tiny.design import NetworkDesign

Array = NDArray[np.float32]


class AffinityPredictor:
    """Runs trained weights, channels last. Tested against the torch network.

    Args:
        weights: Arrays by name, as `AffinityNetwork.export` in `training.tasks.masks.network` gives
            them: (out, in, k, k) float32 or float16 ``*.weight`` and (out,) ``*.bias``.
        design: Widths and depths of the network; None takes those of the weights in the wheel.

    Raises:
        WeightsError: A weight is missing, has another shape, or is not expected.
    """

    def __init__(self, weights: Mapping[str, Array], design: NetworkDesign | None = None) -> None:
        self.design = design or NetworkDesign()
        check_weights(weights, self.design)
        self._matrices = {
            name.removesuffix(".weight"): _as_matrix(value)
            for name, value in weights.items()
            if name.endswith(".weight")
        }
        self._biases = {
            name.removesuffix(".bias"): np.asarray(value, np.float32)
            for name, value in weights.items()
            if name.endswith(".bias")
        }

    @classmethod
    def from_file(cls, path: Path) -> AffinityPredictor:
        """Reads a safetensors file.

        Raises:
            WeightsError: The file is missing, damaged or belongs to another network.
        """
        return cls(read_weights(path))

    def __call__(self, features: Array) -> Array:
        """Predicts the affinities of one frame.

        Args:
            features: (h, w, 12) float32; an odd last row or column is left out.

        Returns:
            (h // 2, w // 2, num_outputs) float32 in [0, 1], see `design.OFFSETS`.
        """
        widths, blocks = self.design.widths, self.design.blocks
        finest = _rectified(self._conv("stem", _fold_cells(features)))
        skips = [self._level(0, finest)]
        for level in range(1, len(widths)):
            x = _rectified(self._conv(f"downs.{level - 1}", skips[-1], stride=2))
            skips.append(self._level(level, x) if blocks[level] else x)
        x = skips.pop()
        for level in range(len(widths) - 2, -1, -1):
            skip: Array = skips.pop()
            grown = self._conv(f"ups.{level}", x).repeat(2, axis=0).repeat(2, axis=1)
            joined: Array = skip + grown[: skip.shape[0], : skip.shape[1]]
            x = _rectified(self._conv(f"joins.{level}", joined))
        logits = self._conv("head", x)
        one = np.float32(1)
        affinities: Array = one / (one + np.exp(-np.clip(logits, -30, 30)))
        return affinities

    def _level(self, level: int, x: Array) -> Array:
        for block in range(self.design.blocks[level]):
            name = f"levels.{level}.{block}"
            inner = _rectified(self._conv(f"{name}.first", x))
            x = _rectified(x + self._conv(f"{name}.second", inner))
        return x

    def _conv(self, name: str, x: Array, *, stride: int = 1) -> Array:
        """A convolution with padding that keeps the size (divided by the stride)."""
        matrix = self._matrices[name]
        height, width, channels = x.shape
        if len(matrix) == channels:
            plain: Array = x.reshape(-1, channels) @ matrix + self._biases[name]
            return plain.reshape(height, width, -1)
        padded = np.zeros((height + 2, width + 2, channels), np.float32)
        padded[1:-1, 1:-1] = x
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
        windows = windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)
        rows, columns = windows.shape[:2]
        result: Array = windows.reshape(rows * columns, 9 * channels) @ matrix
        result += self._biases[name]
        return result.reshape(rows, columns, -1)


def read_weights(path: Path) -> dict[str, Array]:
    """Arrays by name from a safetensors file.

    Raises:
        WeightsError: The file is missing or damaged.
    """
    try:
        weights: dict[str, Array] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"{path}", expected="a safetensors file of the affinity network", got=str(error)
        ) from None
    return weights


def _as_matrix(weight: Array) -> Array:
    """(k * k * in, out) matrix of (out, in, k, k) weights."""
    matrix = np.asarray(weight, np.float32).transpose(2, 3, 1, 0)
    return np.ascontiguousarray(matrix.reshape(-1, weight.shape[0]))


def _fold_cells(features: Array) -> Array:
    """2 x 2 cells into channels: (h / 2, w / 2, 4 C), channel-major as torch's pixel_unshuffle."""
    height, width, channels = features.shape
    height, width = height // 2, width // 2
    blocks = features[: 2 * height, : 2 * width].reshape(height, 2, width, 2, channels)
    folded = blocks.transpose(0, 2, 4, 1, 3).reshape(height, width, 4 * channels)
    return np.ascontiguousarray(folded)


def expected_shapes(design: NetworkDesign) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight of a design."""
    widths = design.widths
    convs = {"stem": (widths[0], 4 * design.num_inputs, 3)}
    for level, (a, b) in enumerate(itertools.pairwise(widths)):
        convs[f"downs.{level}"] = (b, a, 3)
        convs[f"ups.{level}"] = (a, b, 1)
        convs[f"joins.{level}"] = (a, a, 3)
    for level, (width, num) in enumerate(zip(widths, design.blocks, strict=True)):
        for block, half in itertools.product(range(num), ("first", "second")):
            convs[f"levels.{level}.{block}.{half}"] = (width, width, 3)
    convs["head"] = (design.num_outputs, widths[0], 1)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, (out, into, size) in convs.items():
        shapes[f"{name}.weight"] = (out, into, size, size)
        shapes[f"{name}.bias"] = (out,)
    return shapes


def check_weights(weights: Mapping[str, Array], design: NetworkDesign) -> None:
    """Raises unless the weights are those of a design.

    Raises:
        WeightsError: A weight is missing, has another shape, or is not expected.
    """
    expected = expected_shapes(design)
    for name in sorted(expected.keys() | weights.keys()):
        shape = tuple(weights[name].shape) if name in weights else None
        if shape != expected.get(name):
            raise WeightsError(
                f"Weight '{name}' of the affinity network",
                expected=f"{expected[name]}" if name in expected else "no such weight",
                got="none" if shape is None else f"{shape}",
            )


def _rectified(x: Array) -> Array:
    """Sets negative values to 0."""
    rectified: Array = np.maximum(x, np.float32(0))
    return rectified
