"""What the outputs of `NanoNetwork` mean."""

from __future__ import annotations

import torch
from torch import Tensor

from scenewright.models.networks.language.nano import NanoOutputs


def meant_objects(outputs: NanoOutputs) -> Tensor:
    """(S, Q, N) bool, the objects that are meant.

    Those that are meant more likely than not; the best one if no object is, and that nothing is
    meant is no more likely than not.
    """
    likely = outputs.objects > 0
    best = torch.zeros_like(likely).scatter_(
        -1, outputs.objects.argmax(-1, keepdim=True), torch.ones_like(likely)
    )
    some = torch.where(likely.any(-1, keepdim=True), likely, best)
    return some & (outputs.none <= 0).unsqueeze(-1)
