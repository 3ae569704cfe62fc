"""What the loss of SceneGen remembers of earlier steps; checkpoints save it like a network."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_KEEP = 0.99
_LEAST, _MOST = 0.2, 1.0
_LARGEST_GRADIENT = 1.0
_PERCENTILE = 0.95
_REMEMBERED = 1000


class LossBalance(nn.Module):
    """The weight of the losses of poses beside that of the flow.

    It is the moving average of the ratio of the two losses, within bounds.
    """

    ratio: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ratio", torch.ones((), dtype=torch.float64))

    @property
    def weight(self) -> float:
        """The weight for the next step."""
        return min(max(float(self.ratio), _LEAST), _MOST)

    def update(self, ratio: float) -> None:
        """Takes the ratio of a step into the average."""
        self.ratio.mul_(_KEEP).add_((1 - _KEEP) * ratio)


class AdaptiveClip(nn.Module):
    """Shortens gradients to 1, and to less where those of the last steps were mostly shorter.

    The limit is the 95th percentile of the lengths of the last 1,000 gradients, once there are so
    many.
    """

    lengths: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("lengths", torch.zeros(_REMEMBERED))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    @property
    def limit(self) -> float:
        """The longest gradient that is left as it is."""
        if int(self.count) < _REMEMBERED:
            return _LARGEST_GRADIENT
        return min(_LARGEST_GRADIENT, float(torch.quantile(self.lengths, _PERCENTILE)))

    def forward(self, parameters: Iterable[nn.Parameter]) -> None:
        """Shortens the gradients of parameters together, in place."""
        length = nn.utils.clip_grad_norm_(parameters, self.limit)
        if bool(length.isfinite()):
            self.lengths[int(self.count) % _REMEMBERED] = length.cpu()
            self.count.add_(1)
