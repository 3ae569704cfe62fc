"""The objects of one scene as tensors for a tokenizer of scenes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from scenewright.models.networks.language.instances import InstanceInputs


def objects_of(
    center: NDArray[np.float32],
    size: NDArray[np.float32],
    shape: NDArray[np.float32],
    group: NDArray[np.int64],
    viewer: NDArray[np.float32],
    room: NDArray[np.float32],
) -> InstanceInputs:
    """The objects of one scene, without a batch.

    Args:
        center: (N, 3) centers of upright boxes, meters.
        size: (N, 3) extents, meters.
        shape: (N, A) vectors.
        group: (N,) equal for objects of one name; -1 without a name.
        viewer: (2,) where someone stands who looks at objects.
        room: (2, 3) lowest and highest corner.
    """
    alike = (group[:, None] == group[None]) & (group >= 0)[:, None]
    return InstanceInputs(
        torch.from_numpy(center), torch.from_numpy(size),
        torch.ones(len(center), dtype=torch.bool), torch.from_numpy(viewer),
        torch.from_numpy(room), torch.from_numpy(shape),
        alike=torch.from_numpy(alike.astype(np.float32)),
    )  # fmt: skip
