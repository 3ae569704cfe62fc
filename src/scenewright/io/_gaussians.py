"""Gaussians of splat files, and their conversion to surfels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, SurfelCloud
from scenewright.geometry.harmonics import turn_harmonics
from scenewright.geometry.quaternions import multiply_quaternions, quaternion_from_rotation

FLAT = 1e-6
"""Third scale of a surfel in files for viewers of 3D Gaussians, the published value of 2D Gaussian
splatting: small enough to look flat, but not 0, so that its logarithm exists."""

_SMALLEST = float(np.finfo(np.float32).tiny)
_SIMILAR = 1e-3


class SplatFile(NamedTuple):
    """Surfels from a file, and notes on how they were read.

    Attributes:
        surfels: World frame.
        notes: Sentences for the user; empty if the file contained surfels.
    """

    surfels: SurfelCloud
    notes: tuple[str, ...]


class Gaussians(NamedTuple):
    """Columns of a file after activation; quaternions are not normalized.

    Attributes:
        means: (N, 3) float32.
        quats: (N, 4) float32, (w, x, y, z), of any length.
        scales: (N, 2) float32, or (N, 3) with a third axis, linear.
        opacities: (N,) float32 in [0, 1].
        sh: (N, K, 3) float32.
    """

    means: NDArray[np.float32]
    quats: NDArray[np.float32]
    scales: NDArray[np.float32]
    opacities: NDArray[np.float32]
    sh: NDArray[np.float32]


def surfels_of(
    path: str | os.PathLike[str],
    gaussians: Gaussians,
    *,
    instance_id: NDArray[np.int32] | None = None,
    instance_score: NDArray[np.float32] | None = None,
    features: NDArray[np.float32] | None = None,
    usable: NDArray[np.bool_] | None = None,
) -> SplatFile:
    """Converts the columns of a file to surfels.

    If the third scale is `FLAT` or less everywhere, the file contains surfels. Otherwise the
    Gaussians have a volume: the axis of the smallest scale becomes the normal and that scale is
    dropped, which a note reports.

    Args:
        path: The file, for messages.
        gaussians: N Gaussians.
        instance_id: (N,) int32, or None.
        instance_score: (N,) float32, or None.
        features: (N, D) float32, or None.
        usable: (N,) bool, the Gaussians to convert; None = all.

    Raises:
        FormatError: A quaternion has no length.
    """
    if usable is not None and not usable.all():
        gaussians = Gaussians(*(column[usable] for column in gaussians))
        instance_id = None if instance_id is None else instance_id[usable]
        instance_score = None if instance_score is None else instance_score[usable]
        features = None if features is None else features[usable]
    lengths = np.linalg.norm(gaussians.quats.astype(np.float64), axis=1, keepdims=True)
    if num_bad := int(np.count_nonzero(lengths < _SMALLEST)):
        raise FormatError(
            f"{path}", expected="rotations as quaternions", got=f"{num_bad} of length 0"
        )
    quats, scales = gaussians.quats / lengths, gaussians.scales
    notes: tuple[str, ...] = ()
    if scales.shape[1] == 3:
        if (scales[:, 2] > FLAT * 1.001).any():
            quats, scales, note = _flattened(quats, scales)
            notes = (note,)
        scales = scales[:, :2]
    cloud = SurfelCloud(
        gaussians.means,
        quats.astype(np.float32),
        np.maximum(scales, np.float32(_SMALLEST)),
        gaussians.opacities,
        gaussians.sh,
        instance_id,
        instance_score,
        features,
    )
    return SplatFile(cloud, notes)


def move_gaussians(gaussians: Gaussians, world_from_node: NDArray[np.float64]) -> Gaussians:
    """The same Gaussians in another frame, with rotated colors.

    Args:
        gaussians: In the node's frame.
        world_from_node: (4, 4) similarity.

    Raises:
        ValueError: The matrix is not a similarity.
    """
    if np.allclose(world_from_node, np.eye(4), rtol=0, atol=1e-12):
        return gaussians
    linear = world_from_node[:3, :3]
    determinant = float(np.linalg.det(linear))
    factor = np.cbrt(determinant) if determinant > 0 else 1.0
    rotation = linear / factor
    if determinant <= 0 or np.abs(rotation.T @ rotation - np.eye(3)).max() > _SIMILAR:
        raise ValueError("a node with splats is mirrored or stretched")
    turned = multiply_quaternions(
        quaternion_from_rotation(rotation)[None], gaussians.quats.astype(np.float64)
    )
    moved = gaussians.means @ linear.T + world_from_node[:3, 3]
    return Gaussians(
        moved.astype(np.float32),
        turned.astype(np.float32),
        (gaussians.scales * factor).astype(np.float32),
        gaussians.opacities,
        turn_harmonics(gaussians.sh, rotation),
    )


def join_gaussians(parts: Sequence[Gaussians]) -> Gaussians:
    """All Gaussians of several parts in order; harmonics are padded with zeros."""
    num = max(part.sh.shape[1] for part in parts)
    padded = [np.pad(p.sh, ((0, 0), (0, num - p.sh.shape[1]), (0, 0))) for p in parts]
    return Gaussians(
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.quats for part in parts]),
        np.concatenate([part.scales for part in parts]),
        np.concatenate([part.opacities for part in parts]),
        np.concatenate(padded),
    )


def _flattened(
    quats: NDArray[np.float64], scales: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32], str]:
    """Rotates each Gaussian about its center so that its thinnest axis becomes the third.

    Axes are permuted cyclically, so that no surfel is mirrored.
    """
    thinnest = scales.argmin(axis=1)
    # Third of a turn about (1, 1, 1): (y, z, x) for a thin x, backwards (z, x, y) for a thin y.
    turns = np.array([[0.5, 0.5, 0.5, 0.5], [0.5, -0.5, -0.5, -0.5], [1.0, 0.0, 0.0, 0.0]])
    orders = np.array([[1, 2, 0], [2, 0, 1], [0, 1, 2]])
    ordered = np.take_along_axis(scales, orders[thinnest], axis=1)
    widest = np.maximum(ordered[:, :2].max(axis=1), _SMALLEST)
    share = float(np.median(ordered[:, 2] / widest))
    note = (
        f"{len(scales)} Gaussians with a volume became surfels: the thinnest axis of each is its "
        f"normal and was dropped (median thickness {100 * share:.2g} % of the width). "
        "Fit again for sharp surfaces."
    )
    return multiply_quaternions(quats, turns[thinnest]), ordered, note
