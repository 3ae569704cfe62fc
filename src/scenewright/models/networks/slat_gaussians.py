"""Decoder of structured latents to Gaussians: a fixed number of them in each voxel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ConventionError
from scenewright.models.networks.flow_config import check_fixed
from scenewright.models.networks.slat_trunk import (
    SlatConfig,
    SlatTrunk,
    initialize_linear,
    normalized,
)
from scenewright.models.networks.sparse import SparseTensor

_CHANNELS = {"_xyz": 3, "_features_dc": 3, "_scaling": 3, "_rotation": 4, "_opacity": 1}
"""Channels per Gaussian, in the order of the output layer."""
_RADICES = (2, 3)
_DC_GAIN = 0.28209479177387814
"""Value of the first spherical harmonic."""


@dataclass(frozen=True)
class GaussianConfig:
    """How outputs become Gaussians; the defaults are those of TRELLIS.

    Attributes:
        num_gaussians: Per voxel.
        voxel_size: Edge of the cube around a voxel's center that holds its Gaussians, in voxels.
        perturb_offset: Whether positions start from a pattern in the voxel instead of its center.
        min_scale: Standard deviation that is added to each axis (in squares).
        scaling_bias: Standard deviation where the output is 0.
        opacity_bias: Opacity where the output is 0.
        exponential: Whether standard deviations are exponentials of outputs instead of softplus.
        gains: Factors of the outputs by their published names, such as ``_rotation``; 1 if absent.

    Raises:
        ConventionError: No Gaussians, or a name of a gain that is no output.
    """

    num_gaussians: int = 32
    voxel_size: float = 1.5
    perturb_offset: bool = True
    min_scale: float = 0.0009
    scaling_bias: float = 0.004
    opacity_bias: float = 0.1
    exponential: bool = False
    gains: Mapping[str, float] = field(default_factory=lambda: {"_rotation": 0.1})

    def __post_init__(self) -> None:
        if self.num_gaussians < 1:
            raise ConventionError("num_gaussians", expected="at least 1", got="0")
        for name in self.gains:
            if name not in _CHANNELS:
                expected = f"names among {', '.join(_CHANNELS)}"
                raise ConventionError("gains", expected=expected, got=name)

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> GaussianConfig:
        """From the published ``representation_config``."""
        check_fixed(args, {"scaling_activation": ("softplus", "exp")})
        return cls(
            num_gaussians=args["num_gaussians"],
            voxel_size=args["voxel_size"],
            perturb_offset=args["perturb_offset"],
            min_scale=args["3d_filter_kernel_size"],
            scaling_bias=args["scaling_bias"],
            opacity_bias=args["opacity_bias"],
            exponential=args["scaling_activation"] == "exp",
            gains=dict(args["lr"]),
        )

    @property
    def channels(self) -> int:
        """Outputs per voxel."""
        return self.num_gaussians * sum(_CHANNELS.values())


@dataclass(frozen=True, eq=False)
class GaussianSet:
    """Gaussians of an object in its cube [-0.5, 0.5]^3.

    Attributes:
        centers: (M, 3).
        scales: (M, 3) standard deviations.
        rotations: (M, 4) unit quaternions wxyz.
        opacities: (M,) in [0, 1].
        features_dc: (M, 3) first coefficient of the spherical harmonics of the color.
    """

    centers: Tensor
    scales: Tensor
    rotations: Tensor
    opacities: Tensor
    features_dc: Tensor

    @property
    def colors(self) -> Tensor:
        """(M, 3) RGB, in [0, 1] but for what the network exceeds it by."""
        return 0.5 + _DC_GAIN * self.features_dc


class SlatGaussianDecoder(SlatTrunk):
    """Latents to Gaussians.

    State dicts have the names of the published ``SLatGaussianDecoder``.

    Args:
        config: Sizes.
        gaussians: How outputs become Gaussians.
    """

    def __init__(self, config: SlatConfig, gaussians: GaussianConfig | None = None) -> None:
        super().__init__(config)
        self.gaussians = gaussians or GaussianConfig()
        self.out_layer = nn.Linear(config.model_channels, self.gaussians.channels)
        pattern = offset_pattern(self.gaussians.num_gaussians, self.gaussians.voxel_size)
        self.offset_perturbation: Tensor
        self.register_buffer("offset_perturbation", pattern)
        initialize_linear(self)
        nn.init.zeros_(self.out_layer.weight)

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatGaussianDecoder:
        """A decoder with random weights from published arguments."""
        gaussians = GaussianConfig.from_published(args["representation_config"])
        return cls(SlatConfig.from_published(args), gaussians)

    def forward(self, x: SparseTensor) -> list[GaussianSet]:
        """Decodes voxels.

        Args:
            x: (N, latent_channels) latents, not normalized as for the flow.

        Returns:
            The Gaussians of each object, voxel after voxel.
        """
        outputs = self.out_layer(normalized(self.hidden(x)))
        return [
            self._activate(outputs[rows], x.grid.coords[rows, 1:].float()) for rows in x.grid.slices
        ]

    def _activate(self, outputs: Tensor, coords: Tensor) -> GaussianSet:
        config, resolution = self.gaussians, self.config.resolution
        widths = [config.num_gaussians * count for count in _CHANNELS.values()]
        raw = {
            name: part.reshape(-1, config.num_gaussians, _CHANNELS[name])
            * config.gains.get(name, 1.0)
            for name, part in zip(_CHANNELS, torch.split(outputs, widths, -1), strict=True)
        }
        shift = raw["_xyz"]
        if config.perturb_offset:
            shift = shift + self.offset_perturbation
        shift = torch.tanh(shift) / resolution * 0.5 * config.voxel_size
        centers = (coords[:, None] + 0.5) / resolution + shift - 0.5
        if config.exponential:
            scales = torch.exp(raw["_scaling"] + math.log(config.scaling_bias))
        else:
            start = config.scaling_bias + math.log(-math.expm1(-config.scaling_bias))
            scales = F.softplus(raw["_scaling"] + start)
        scales = torch.sqrt(scales.square() + config.min_scale**2)
        straight = outputs.new_tensor([1.0, 0.0, 0.0, 0.0])
        logit = math.log(config.opacity_bias / (1 - config.opacity_bias))
        return GaussianSet(
            centers=centers.flatten(0, 1),
            scales=scales.flatten(0, 1),
            rotations=F.normalize(raw["_rotation"] + straight, dim=-1).flatten(0, 1),
            opacities=torch.sigmoid(raw["_opacity"] + logit).flatten(),
            features_dc=raw["_features_dc"].flatten(0, 1),
        )


def offset_pattern(count: int, voxel_size: float) -> Tensor:
    """(count, 3) outputs that spread a voxel's Gaussians evenly over it.

    The points are a Hammersley set in [-1, 1]^3, divided by the size, through the inverse of tanh.
    """
    points = [
        [number / count, *(_radical_inverse(number, base) for base in _RADICES)]
        for number in range(count)
    ]
    return torch.atanh((2 * torch.tensor(points, dtype=torch.float32) - 1) / voxel_size)


def _radical_inverse(number: int, base: int) -> float:
    """The digits of a number behind the point, in reverse order."""
    value, share = 0.0, 1.0 / base
    while number > 0:
        number, digit = divmod(number, base)
        value += digit * share
        share /= base
    return value
