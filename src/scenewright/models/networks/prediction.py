"""What a flow network returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Prediction(NamedTuple):
    """Velocity, of the shape of the input; poses (N, 8) if the network has a head for them."""

    velocity: Tensor
    poses: Tensor | None = None
