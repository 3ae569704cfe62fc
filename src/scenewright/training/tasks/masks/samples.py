"""Training samples of the affinity network: views of worlds, seen by a random depth sensor."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from scenewright.core import Frame
from scenewright.io import write_bytes
from scenewright.models.surfaces.grid import fit_surface_grid
from scenewright.models.tiny.features import frame_features
from scenewright.worlds.rendering import DepthSensor, View, other_sensor
from scenewright.worlds.writing.samples import Sample
from scenewright.worlds.writing.shards import read_shards

_NOISY = 0.85
"""Share of the images with sensor noise."""
_OTHER_KIND = 0.45
"""Share of these whose sensor is a stereo, time-of-flight or LiDAR camera."""


@dataclass(frozen=True, eq=False)
class MaskSample:
    """One training image.

    Attributes:
        features: (12, h, w) float32.
        ids: (h / 2, w / 2) int32 true instance ids, 0 = unknown.
    """

    features: NDArray[np.float32]
    ids: NDArray[np.int32]


def prepare_shard(shard: Path, folder: Path, *, seed: int) -> Path:
    """Computes the features of a shard once, because that takes longer than training on them.

    Args:
        shard: A tar file of training samples.
        folder: Folder for the features; a file that exists is not computed again.
        seed: Random seed of sensors and noise, combined with the name of the shard.

    Returns:
        The safetensors file: ``features`` (N, 12, h, w) float16, ``ids`` (N, h / 2, w / 2) int32.
    """
    path = folder / f"{shard.stem}.safetensors"
    if path.exists():
        return path
    rng = np.random.default_rng([seed, zlib.crc32(shard.stem.encode())])
    samples = [make_sample(sample, rng=rng) for sample in read_shards([shard])]
    arrays: dict[str, NDArray[Any]] = {
        "features": np.stack([one.features for one in samples]).astype(np.float16),
        "ids": np.stack([one.ids for one in samples]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, save(arrays))
    return path


class PreparedSamples:
    """Random batches from prepared shards, randomly mirrored and recolored.

    Args:
        paths: Files of `prepare_shard`.
        seed: Random seed of the order and of the augmentation.
    """

    def __init__(self, paths: Sequence[Path], *, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._files: list[Any] = [safe_open(path, framework="numpy") for path in paths]
        self._rows = [
            (file, row)
            for file, opened in enumerate(self._files)
            for row in range(opened.get_slice("ids").get_shape()[0])
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def batch(self, size: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """A random batch of `size` images, drawn with replacement.

        Returns:
            (B, 12, h, w) float32 features and (B, h / 2, w / 2) int32 ids.
        """
        chosen = self._rng.integers(len(self._rows), size=size)
        samples = [self._augmented(*self._rows[int(row)]) for row in chosen]
        return np.stack([s.features for s in samples]), np.stack([s.ids for s in samples])

    def first(self, size: int) -> list[MaskSample]:
        """The first `size` samples without augmentation."""
        return [self._read(*row) for row in self._rows[:size]]

    def _read(self, file: int, row: int) -> MaskSample:
        opened = self._files[file]
        features = opened.get_slice("features")[row : row + 1][0]
        return MaskSample(features.astype(np.float32), opened.get_slice("ids")[row : row + 1][0])

    def _augmented(self, file: int, row: int) -> MaskSample:
        sample = self._read(file, row)
        if self._rng.random() < 0.5:
            sample = mirrored(sample)
        change_colors(sample.features, self._rng)
        return sample


def mirrored(sample: MaskSample) -> MaskSample:
    """The sample with left and right swapped."""
    features = sample.features[:, :, ::-1].copy()
    features[5] *= -1
    # Steps and bends to the right neighbor become those to the left one.
    for channel, sign in ((8, -1), (10, 1)):
        features[channel, :, :-1] = sign * features[channel, :, 1:]
        features[channel, :, -1] = 0
    # The ids sample every second column from the left; after mirroring, from the right.
    ids = np.ascontiguousarray(sample.ids[:, ::-1])
    return MaskSample(features, ids)


def change_colors(features: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Randomizes exposure, tint, saturation and noise of the color channels.

    Args:
        features: (12, h, w); the first three channels are changed in place. One image in twenty
            loses its color altogether.
        rng: Random generator.
    """
    light, tint = features[0], features[1:3]
    if rng.random() < 0.05:
        light[:] = -1
        tint[:] = 0
        return
    light[:] = (light + 1) * np.float32(rng.uniform(0.6, 1.4)) - 1
    tint *= np.float32(rng.choice([0.0, 0.5, 1.0, 1.0, 1.3]))
    tint += rng.normal(0, 0.08, (2, 1, 1)).astype(np.float32)
    noise = np.float32(rng.uniform(0, 0.06))
    features[:3] += noise * rng.standard_normal(features[:3].shape, np.float32)


def make_sample(sample: Sample, *, rng: np.random.Generator) -> MaskSample:
    """Simulates a random depth sensor on a view and computes the features.

    Args:
        sample: Image, true depth and ids of one view.
        rng: Random generator of the sensor and its noise.
    """
    depth = sample.depth
    (other,) = rng.spawn(1)
    if rng.random() < _NOISY:
        flat = np.zeros((*depth.shape, 3), np.float32)
        view = View(sample.image, depth, flat, sample.id_map)
        if other.random() < _OTHER_KIND:
            depth = other_sensor(other).observe(view, sample.camera, rng=other)
        else:
            depth = random_sensor(rng).observe(view, sample.camera, rng=rng)
    frame = Frame(0, sample.camera, None, image=sample.image, depth=depth)
    features = frame_features(fit_surface_grid(frame, step=1))
    return MaskSample(
        np.ascontiguousarray(features.transpose(2, 0, 1)),
        np.ascontiguousarray(sample.id_map[::2, ::2], np.int32),
    )


def random_sensor(rng: np.random.Generator) -> DepthSensor:
    """A depth camera of random quality, from very good to poor.

    The images of the shards are half as wide as those of a camera. Averaging 2 x 2 pixels halves
    the noise, so the noise here is about half that of a real sensor.
    """
    return DepthSensor(
        noise=float(np.exp(rng.uniform(np.log(1.5e-4), np.log(2e-3)))),
        grain=float(rng.uniform(0.5, 4.0)),
        disparity_step=float(rng.uniform(0.0, 0.0035)) * float(rng.uniform() < 0.6),
        bleeding=float(rng.uniform(0.0, 1.2)),
        shadow=float(rng.uniform(0.0, 0.9)),
        grazing=float(rng.uniform(0.0, 0.2)),
        dark_loss=float(rng.uniform(0.0, 0.8)),
        dropout=float(rng.uniform(0.0, 0.02)),
        max_depth=float(rng.choice([3.0, 4.5, 6.0, 10.0])),
        min_depth=0.2,
    )
