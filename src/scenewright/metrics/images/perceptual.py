"""LPIPS: perceptual distance of two images by a network (Zhang et al., 2018).

The weights are not part of this package. They are one safetensors file with the tensors of two
published sets under their published names: torchvision's AlexNet or VGG16 (``features.0.weight``,
``features.0.bias``, ...) and the linear layers of the `lpips` package, version 0.1
(``lin0.model.1.weight`` to ``lin4.model.1.weight``). Saving the whole state of ``lpips.LPIPS``
(``net.slice1.0.weight``, ...) as safetensors works too. Other tensors are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import ConventionError, ShapeError, WeightsError, require
from scenewright.models.weights import resolve_weights

_ALEXNET: tuple[tuple[int, int, int, int], ...] = (
    (0, 64, 4, 2), (3, 192, 1, 2), (6, 384, 1, 1), (8, 256, 1, 1), (10, 256, 1, 1),
)  # fmt: skip
"""Number in torchvision's list, channels, stride and padding of each convolution."""
_VGG16: tuple[tuple[int, int, int, int], ...] = tuple(
    (number, channels, 1, 1)
    for numbers, channels in (
        ((0, 2), 64), ((5, 7), 128), ((10, 12, 14), 256), ((17, 19, 21), 512), ((24, 26, 28), 512),
    )
    for number in numbers
)  # fmt: skip
_ALEXNET_TAPS, _VGG16_TAPS = (0, 3, 6, 8, 10), (2, 7, 14, 21, 28)
_ALEXNET_POOLS, _VGG16_POOLS = (3, 6), (5, 10, 17, 24)
"""Convolutions that follow a pooling layer."""
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Per channel: LPIPS subtracts the first from an image in [-1, 1] and divides by the second."""
_TINY = 1e-10
_CONVOLUTION = re.compile(r"(?:features|net\.slice\d)\.(\d+)\.(weight|bias)")
_LINEAR = re.compile(r"lin(\d)\.(?:model\.1\.)?weight")
_SMALLEST_SIDE = 32


@dataclass(frozen=True, eq=False)
class PerceptualDistance:
    """A network that compares images; call it with two of them.

    Attributes:
        network: ``"alexnet"`` or ``"vgg16"``.
        convolutions: Weight and bias by torchvision's number, torch tensors.
        linear: (C,) weight of each channel for the five layers that are compared.
    """

    network: str
    convolutions: Mapping[int, tuple[Any, Any]]
    linear: tuple[Any, ...]

    @classmethod
    def load(cls, weights: str, *, device: str = "cpu") -> PerceptualDistance:
        """Loads the network.

        Args:
            weights: Reference such as ``"file:lpips-alex.safetensors"``.
            device: Torch device.

        Raises:
            WeightsError: The file is missing, is not a safetensors file, or lacks a tensor.
            MissingExtraError: Torch is not installed.
        """
        torch = require("torch", extra="torch")
        local = resolve_weights(weights, backend="lpips", option="--lpips-weights")
        path = local.files[0].path
        from safetensors.numpy import load_file

        try:
            tensors = load_file(path)
        except Exception as error:
            raise WeightsError(
                f"Weights {weights} cannot be read", expected="a safetensors file", got=str(error)
            ) from error
        first = _convolution_arrays(tensors).get((0, "weight"))
        shape = None if first is None else first.shape
        if shape == (64, 3, 11, 11):
            network, layers = "alexnet", _ALEXNET
        elif shape == (64, 3, 3, 3):
            network, layers = "vgg16", _VGG16
        else:
            raise WeightsError(
                f"Weights {weights} are not those of LPIPS",
                expected="features.0.weight of AlexNet (64, 3, 11, 11) or VGG16 (64, 3, 3, 3)",
                got="none" if shape is None else f"{shape}",
            )
        arrays, linear = _convolution_arrays(tensors), _linear_arrays(tensors)
        _check_complete(weights, arrays, linear, layers, network)

        def on_device(array: NDArray[Any]) -> Any:
            """A float32 tensor on the device."""
            return torch.from_numpy(array.astype(np.float32)).to(device)

        return cls(
            network,
            {
                number: (on_device(arrays[number, "weight"]), on_device(arrays[number, "bias"]))
                for number, *_ in layers
            },
            tuple(on_device(linear[i].reshape(-1)) for i in range(5)),
        )

    def __call__(self, image: ArrayLike, other: ArrayLike) -> float:
        """Distance of two images, 0 if they are equal.

        Args:
            image: (H, W, 3) floating point in [0, 1], at least 32 pixels high and wide.
            other: The same shape.

        Raises:
            ShapeError: An image has another shape, or the shapes differ.
            ConventionError: The values are not in [0, 1].
        """
        torch = require("torch", extra="torch")
        images = [_checked("image", image), _checked("other", other)]
        if images[0].shape != images[1].shape:
            got = f"{images[1].shape}"
            raise ShapeError("other", expected=f"{images[0].shape} as the image", got=got)
        device = self.linear[0].device
        total = 0.0
        with torch.no_grad():
            batch = torch.from_numpy(np.stack(images)).to(device).permute(0, 3, 1, 2) * 2 - 1
            shift = torch.tensor(_SHIFT, device=device)[:, None, None]
            scale = torch.tensor(_SCALE, device=device)[:, None, None]
            layers = self._layers((batch - shift) / scale)
            for features, weight in zip(layers, self.linear, strict=True):
                length = features.square().sum(dim=1, keepdim=True).sqrt()
                unit = features / (length + _TINY)
                change = (unit[0] - unit[1]).square()
                total += float((change * weight[:, None, None]).sum(dim=0).mean())
        return total

    def _layers(self, values: Any) -> list[Any]:
        """The five (2, C, h, w) feature maps that are compared."""
        functional = require("torch", extra="torch").nn.functional
        alexnet = self.network == "alexnet"
        pools = _ALEXNET_POOLS if alexnet else _VGG16_POOLS
        taps = _ALEXNET_TAPS if alexnet else _VGG16_TAPS
        found = []
        for number, _, stride, padding in _ALEXNET if alexnet else _VGG16:
            if number in pools:
                values = functional.max_pool2d(values, 3 if alexnet else 2, stride=2)
            weight, bias = self.convolutions[number]
            values = functional.conv2d(values, weight, bias, stride=stride, padding=padding).relu()
            if number in taps:
                found.append(values)
        return found


def lpips(image: ArrayLike, other: ArrayLike, *, weights: str, device: str = "cpu") -> float:
    """Perceptual distance of two images, 0 if they are equal; see the module for the weights.

    For many images, load the network once with `PerceptualDistance.load`.

    Args:
        image: (H, W, 3) floating point in [0, 1].
        other: The same shape.
        weights: Reference such as ``"file:lpips-alex.safetensors"``.
        device: Torch device.
    """
    return PerceptualDistance.load(weights, device=device)(image, other)


def _convolution_arrays(
    tensors: Mapping[str, NDArray[Any]],
) -> dict[tuple[int, str], NDArray[Any]]:
    found = {}
    for name, array in tensors.items():
        if match := _CONVOLUTION.fullmatch(name):
            found[int(match[1]), match[2]] = array
    return found


def _linear_arrays(tensors: Mapping[str, NDArray[Any]]) -> dict[int, NDArray[Any]]:
    return {
        int(match[1]): array
        for name, array in tensors.items()
        if (match := _LINEAR.fullmatch(name))
    }


def _check_complete(
    weights: str,
    arrays: Mapping[tuple[int, str], NDArray[Any]],
    linear: Mapping[int, NDArray[Any]],
    layers: tuple[tuple[int, int, int, int], ...],
    network: str,
) -> None:
    channels = {number: count for number, count, _, _ in layers}
    taps = _ALEXNET_TAPS if network == "alexnet" else _VGG16_TAPS
    wanted: dict[str, tuple[int, NDArray[Any] | None]] = {}
    for number, count in channels.items():
        wanted[f"features.{number}.weight"] = count, arrays.get((number, "weight"))
        wanted[f"features.{number}.bias"] = count, arrays.get((number, "bias"))
    for i, tap in enumerate(taps):
        array = linear.get(i)
        flat = None if array is None else array.reshape(-1)
        wanted[f"lin{i}.model.1.weight"] = channels[tap], flat
    wrong = [
        name for name, (count, array) in wanted.items() if array is None or len(array) != count
    ]
    if wrong:
        raise WeightsError(
            f"Weights {weights} are not those of LPIPS",
            expected=f"all tensors of {network} and of the five linear layers",
            got=f"none of the right size called {', '.join(wrong[:4])}",
        )


def _checked(name: str, image: ArrayLike) -> NDArray[np.float32]:
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or min(array.shape[:2]) < _SMALLEST_SIDE:
        expected = f"(H, W, 3) with at least {_SMALLEST_SIDE} rows and columns"
        raise ShapeError(name, expected=expected, got=f"{array.shape}")
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        raise ConventionError(
            name, expected="floating point in [0, 1]", got=f"{array.dtype}, other values"
        )
    return array.astype(np.float32)
