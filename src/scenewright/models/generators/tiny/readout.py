"""A wide layer on coarse crops, whose readout is fitted in closed form before the other training."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE

OWN_SIDE, SCENE_SIDE = 16, 8
"""Cells per side to which the crops of objects and of scenes are averaged."""
_LEAST_DEVIATION = 0.1
_GAIN = 1.2


class CoarseReadout(nn.Module):
    """Random features of coarse crops (Rahimi and Recht, NIPS 2008), and a linear readout.

    The features stay random, and the readout as it was fitted; the rest of the network learns what
    it misses.

    Args:
        hidden: Features.
        measures: Further numbers per object.
        values: Values that are read out.
    """

    def __init__(self, hidden: int, measures: int, values: int) -> None:
        super().__init__()
        size = CHANNELS * (OWN_SIDE**2 + SCENE_SIDE**2) + measures
        self.register_buffer("center", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.features = nn.Linear(size, hidden)
        self.readout = nn.Linear(hidden, values)
        nn.init.normal_(self.features.weight, std=_GAIN / size**0.5)
        nn.init.uniform_(self.features.bias, -1, 1)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def forward(self, objects: Tensor, scenes: Tensor, measures: Tensor) -> Tensor:
        """(N, values) of crops.

        Args:
            objects: (N, channels, side, side) crops of objects.
            scenes: (N, channels, side, side) crops of their scenes.
            measures: (N, M) numbers of the objects.
        """
        result: Tensor = self.readout(self.hidden(objects, scenes, measures))
        return result

    def hidden(self, objects: Tensor, scenes: Tensor, measures: Tensor) -> Tensor:
        """(N, hidden) features, from which values are read out."""
        inputs = (self.inputs(objects, scenes, measures) - self.center) / self.spread
        return F.relu(self.features(inputs))

    def inputs(self, objects: Tensor, scenes: Tensor, measures: Tensor) -> Tensor:
        """(N, inputs) coarse crops and measures."""
        own = F.avg_pool2d(objects.float(), SIDE // OWN_SIDE).flatten(1)
        whole = F.avg_pool2d(scenes.float(), SIDE // SCENE_SIDE).flatten(1)
        return torch.cat([own, whole, measures.float()], 1)

    @torch.no_grad()
    def standardize(self, inputs: Tensor) -> None:
        """Takes center and spread of the inputs from (N, inputs) examples."""
        self.center.copy_(inputs.mean(0))
        self.spread.copy_(inputs.std(0) + _LEAST_DEVIATION)


class RidgeSums:
    """Sums over examples from which a readout follows (ridge regression).

    Args:
        layer: The layer whose readout is fitted.
    """

    def __init__(self, layer: CoarseReadout) -> None:
        self._layer = layer
        size = layer.readout.in_features + 1
        self._products = torch.zeros(size, size, dtype=torch.float64)
        self._targets = torch.zeros(size, layer.readout.out_features, dtype=torch.float64)

    @torch.no_grad()
    def add(self, hidden: Tensor, targets: Tensor) -> None:
        """Adds examples: (N, hidden) features and (N, values) that should be read out."""
        rows = F.pad(hidden.float(), (0, 1), value=1.0).cpu()
        self._products += (rows.T @ rows).double()
        self._targets += (rows.T @ targets.float().cpu()).double()

    @torch.no_grad()
    def fit(self, damping: float) -> None:
        """Sets the readout.

        Args:
            damping: Added to the diagonal, relative to its mean.
        """
        added = damping * self._products.diagonal().mean()
        matrix = self._products + added * torch.eye(len(self._products), dtype=torch.float64)
        solved = torch.linalg.solve(matrix, self._targets).float()
        self._layer.readout.weight.copy_(solved[:-1].T)
        self._layer.readout.bias.copy_(solved[-1])
