"""The affinity network of ``masks/tiny-rgbd`` in torch, for training."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scenewright.models.tiny.design import NetworkDesign
from scenewright.models.tiny.network import check_weights


class ConvNorm(nn.Module):
    """A convolution with batch normalization, which inference folds into the convolution."""

    def __init__(self, num_in: int, num_out: int, *, size: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(num_in, num_out, size, stride=stride, padding=size // 2, bias=False)
        self.norm = nn.BatchNorm2d(num_out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, h, w) to (B, out, h / stride, w / stride)."""
        normed: Tensor = self.norm(self.conv(x))
        return normed

    def folded(self) -> tuple[Tensor, Tensor]:
        """(out, in, k, k) weights and (out,) bias of one convolution that does both steps."""
        norm = self.norm
        assert norm.running_var is not None and norm.running_mean is not None
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = self.conv.weight * gain[:, None, None, None]
        return weight, norm.bias - norm.running_mean * gain


class Block(nn.Module):
    """A residual block (He et al., 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to the same."""
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class AffinityNetwork(nn.Module):
    """Predicts for each cell which of its neighbors belong to the same instance.

    Args:
        design: Widths and depths; None takes those of the weights in the wheel.
    """

    def __init__(self, design: NetworkDesign | None = None) -> None:
        super().__init__()
        self.design = design or NetworkDesign()
        widths = self.design.widths
        self.stem = ConvNorm(4 * self.design.num_inputs, widths[0])
        self.downs = nn.ModuleList(ConvNorm(a, b, stride=2) for a, b in itertools.pairwise(widths))
        self.levels = nn.ModuleList(
            nn.Sequential(*(Block(width) for _ in range(num)))
            for width, num in zip(widths, self.design.blocks, strict=True)
        )
        self.ups = nn.ModuleList(ConvNorm(b, a, size=1) for a, b in itertools.pairwise(widths))
        self.joins = nn.ModuleList(ConvNorm(width, width) for width in widths[:-1])
        self.head = nn.Conv2d(widths[0], self.design.num_outputs, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits of the affinities.

        Args:
            features: (B, 12, h, w) with even h and w.

        Returns:
            (B, num_outputs, h / 2, w / 2).
        """
        x = torch.relu(self.stem(nn.functional.pixel_unshuffle(features, 2)))
        skips = [self.levels[0](x)]
        for down, level in zip(self.downs, list(self.levels)[1:], strict=True):
            skips.append(level(torch.relu(down(skips[-1]))))
        x = skips.pop()
        for up, join in zip(reversed(self.ups), reversed(self.joins), strict=True):
            skip = skips.pop()
            grown = nn.functional.interpolate(up(x), scale_factor=2, mode="nearest")
            x = torch.relu(join(skip + grown[..., : skip.shape[-2], : skip.shape[-1]]))
        logits: Tensor = self.head(x)
        return logits

    def export(self) -> dict[str, NDArray[np.float32]]:
        """Weights by name as `models.tiny.network` reads them: batch normalization folded in."""
        # Weights may be stored channels last, which the file format does not support.
        return {name: value.detach().cpu().contiguous().numpy() for name, value in self._folded()}

    def restore(self, weights: Mapping[str, NDArray[np.floating]], features: Tensor) -> None:
        """Sets the network to exported weights, so that training can continue from them.

        Export folded the batch normalization into the convolutions. Here every normalization is
        set to undo itself: it scales by the deviation and adds the mean that it measures on
        `features`. The network then predicts what the exported weights predict.

        Args:
            weights: Arrays by name, as `export` gives them.
            features: (B, 12, h, w) images, with even h and w, on which the means and deviations
                are measured.

        Raises:
            WeightsError: A weight is missing, has another shape, or is not expected.
        """
        check_weights(weights, self.design)
        values = {
            name: torch.tensor(np.asarray(value, np.float32)) for name, value in weights.items()
        }
        hooks = []
        with torch.no_grad():
            for name, module in self.named_modules():
                if isinstance(module, ConvNorm):
                    module.conv.weight.copy_(values[f"{name}.weight"])
                    undo = functools.partial(_undo_itself, values[f"{name}.bias"])
                    hooks.append(module.norm.register_forward_pre_hook(undo))
            self.head.weight.copy_(values["head.weight"])
            assert self.head.bias is not None
            self.head.bias.copy_(values["head.bias"])
            was_training = self.training
            self.eval()(features)
            self.train(was_training)
        for hook in hooks:
            hook.remove()

    def _folded(self) -> Iterator[tuple[str, Tensor]]:
        for name, module in self.named_modules():
            if isinstance(module, ConvNorm):
                weight, bias = module.folded()
                yield f"{name}.weight", weight
                yield f"{name}.bias", bias
        yield "head.weight", self.head.weight
        assert self.head.bias is not None
        yield "head.bias", self.head.bias


def _undo_itself(bias: Tensor, norm: nn.Module, inputs: tuple[Tensor]) -> None:
    """Sets a normalization so that it adds the bias alone to these inputs."""
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(torch.sqrt(variance + norm.eps))
    norm.bias.copy_(mean + bias.to(mean.device))
