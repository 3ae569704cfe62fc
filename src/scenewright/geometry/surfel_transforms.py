"""Surfels moved to another frame, and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError
from scenewright.core.surfels import SurfelCloud
from scenewright.geometry.harmonics import turn_harmonics
from scenewright.geometry.quaternions import multiply_quaternions, quaternion_from_rotation


def moved_surfels(surfels: SurfelCloud, new_from_old: NDArray[np.float64]) -> SurfelCloud:
    """The same surfels in another frame; lengths are scaled and colors turned as well.

    Args:
        surfels: In the old frame.
        new_from_old: (4, 4) similarity.
    """
    linear, offset = new_from_old[:3, :3], new_from_old[:3, 3]
    scale = float(np.cbrt(np.linalg.det(linear)))
    rotation = linear / scale
    turned = multiply_quaternions(
        quaternion_from_rotation(rotation)[None], surfels.quats.astype(np.float64)
    )
    return replace(
        surfels,
        means=(surfels.means.astype(np.float64) @ linear.T + offset).astype(np.float32),
        quats=turned.astype(np.float32),
        scales=(surfels.scales * scale).astype(np.float32),
        sh=turn_harmonics(surfels.sh, rotation),
    )


def joined_surfels(parts: Sequence[SurfelCloud]) -> SurfelCloud:
    """All surfels of several clouds of one frame, in order.

    Lower degrees of color are filled with zeros. Ids, scores and features stay if all parts have
    them (and the features are equally long).

    Raises:
        ConventionError: There are no parts.
    """
    if not parts:
        raise ConventionError("joined surfels", expected="one or more clouds", got="none")
    num = max(part.sh.shape[1] for part in parts)
    padded = [np.pad(one.sh, ((0, 0), (0, num - one.sh.shape[1]), (0, 0))) for one in parts]
    ids = [part.instance_id for part in parts if part.instance_id is not None]
    scores = [part.instance_score for part in parts if part.instance_score is not None]
    features = [part.features for part in parts if part.features is not None]
    same_length = len({vectors.shape[1] for vectors in features}) == 1
    return SurfelCloud(
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.quats for part in parts]),
        np.concatenate([part.scales for part in parts]),
        np.concatenate([part.opacities for part in parts]),
        np.concatenate(padded),
        np.concatenate(ids) if len(ids) == len(parts) else None,
        np.concatenate(scores) if len(scores) == len(parts) else None,
        np.concatenate(features) if len(features) == len(parts) and same_length else None,
    )
