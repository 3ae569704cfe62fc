"""The inputs of ``lm/nano`` as tensors; imports torch only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenewright.language.instance_arrays import InstanceArrays

if TYPE_CHECKING:
    from scenewright.models.networks.language.instances import InstanceInputs
    from scenewright.models.networks.language.nano import NanoNetwork, NanoOutputs


def object_tensors(arrays: InstanceArrays, device: str = "cpu") -> InstanceInputs:
    """The objects of one scene, with a batch of one in front.

    Args:
        arrays: The objects.
        device: Torch device.
    """
    import torch

    from scenewright.models.networks.language.instances import InstanceInputs

    group = arrays.group
    alike = (group[:, None] == group) & (group >= 0)[:, None]
    return InstanceInputs(
        torch.from_numpy(arrays.center), torch.from_numpy(arrays.size),
        torch.ones(len(group), dtype=torch.bool), torch.from_numpy(arrays.viewer),
        torch.from_numpy(arrays.room), torch.from_numpy(arrays.shape),
        alike=torch.from_numpy(alike.astype(np.float32)),
    ).batched().to(device)  # fmt: skip


def outputs_of(
    network: NanoNetwork,
    objects: InstanceInputs,
    colors: NDArray[np.float32],
    units: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    fits: NDArray[np.float32],
    *,
    device: str = "cpu",
) -> NanoOutputs:
    """What the network says about one question.

    Args:
        network: The network.
        objects: The objects of one scene.
        colors: (N, 12) shares of color words.
        units: (1 + T,) words and kinds, and (1 + T, G) groups of bytes.
        fits: (T, N) how well units fit objects.
        device: Torch device.
    """
    import torch

    from scenewright.models.networks.language.nano import QuestionInputs

    word, kind, grams = (torch.from_numpy(one)[None, None].to(device) for one in units)
    front = np.concatenate([np.zeros((1, fits.shape[1]), np.float32), fits])
    questions = QuestionInputs(
        word, kind, grams, torch.from_numpy(front)[None, None].to(device),
        torch.ones_like(word, dtype=torch.bool),
    )  # fmt: skip
    with torch.inference_mode():
        found: NanoOutputs = network(objects, questions, torch.from_numpy(colors)[None].to(device))
    return found
