"""LPIPS against the formula of the paper, and its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import ScenewrightError, WeightsError
from scenewright.metrics import PerceptualDistance, lpips, measure_image


def random_image(seed: int = 0, height: int = 24, width: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3))


LAYERS = {
    "alexnet": [(0, 3, 64, 11), (3, 64, 192, 5), (6, 192, 384, 3), (8, 384, 256, 3),
                (10, 256, 256, 3)],
    "vgg16": [(0, 3, 64, 3), (2, 64, 64, 3), (5, 64, 128, 3), (7, 128, 128, 3), (10, 128, 256, 3),
              (12, 256, 256, 3), (14, 256, 256, 3), (17, 256, 512, 3), (19, 512, 512, 3),
              (21, 512, 512, 3), (24, 512, 512, 3), (26, 512, 512, 3), (28, 512, 512, 3)],
}  # fmt: skip
CHANNELS = {"alexnet": (64, 192, 384, 256, 256), "vgg16": (64, 128, 256, 512, 512)}


def random_weights(network: str) -> dict[str, np.ndarray]:
    """Tensors of the published shapes under the published names."""
    rng = np.random.default_rng(0)
    tensors = {"classifier.6.bias": np.zeros(3, np.float32)}
    for number, before, after, side in LAYERS[network]:
        shape = (after, before, side, side)
        spread = np.sqrt(2 / (before * side * side))
        tensors[f"features.{number}.weight"] = rng.normal(0, spread, shape).astype(np.float32)
        tensors[f"features.{number}.bias"] = rng.normal(0, 0.1, after).astype(np.float32)
    for i, channels in enumerate(CHANNELS[network]):
        tensors[f"lin{i}.model.1.weight"] = rng.random((1, channels, 1, 1)).astype(np.float32)
    return tensors


def write_weights(path: Path, tensors: dict[str, np.ndarray]) -> str:
    from safetensors.numpy import save_file

    save_file(tensors, path)
    return f"file:{path}"


def slow_lpips(tensors: dict[str, np.ndarray], network: str, a: Any, b: Any) -> float:
    """The formula of the paper over modules of torch, in the order of torchvision's list."""
    torch = pytest.importorskip("torch")
    pools = {"alexnet": (2, 5), "vgg16": (4, 9, 16, 23)}[network]
    taps = {"alexnet": (1, 4, 7, 9, 11), "vgg16": (3, 8, 15, 22, 29)}[network]
    sides = {number: side for number, _, _, side in LAYERS[network]}
    shift = torch.tensor([-0.030, -0.088, -0.188])[None, :, None, None]
    scale = torch.tensor([0.458, 0.448, 0.450])[None, :, None, None]

    def layers(image: Any) -> list[Any]:
        values = torch.tensor(image, dtype=torch.float32).permute(2, 0, 1)[None]
        values = (2 * values - 1 - shift) / scale
        found = []
        for number in range(taps[-1] + 1):
            if number in pools:
                pool = torch.nn.MaxPool2d(3 if network == "alexnet" else 2, 2)
                values = pool(values)
            elif number in sides:
                first = network == "alexnet" and number == 0
                values = torch.nn.functional.conv2d(
                    values,
                    torch.tensor(tensors[f"features.{number}.weight"]),
                    torch.tensor(tensors[f"features.{number}.bias"]),
                    stride=4 if first else 1,
                    padding=2 if first else sides[number] // 2,
                )
            else:
                values = torch.nn.ReLU()(values)
            if number in taps:
                found.append(values / (torch.linalg.vector_norm(values, dim=1) + 1e-10))
        return found

    total = 0.0
    for i, (x, y) in enumerate(zip(layers(a), layers(b), strict=True)):
        weight = torch.tensor(tensors[f"lin{i}.model.1.weight"])
        total += float(torch.nn.functional.conv2d((x - y) ** 2, weight).mean())
    return total


@pytest.mark.parametrize("network", ["alexnet", pytest.param("vgg16", marks=pytest.mark.slow)])
def test_lpips_matches_the_formula(tmp_path: Path, network: str) -> None:
    pytest.importorskip("torch")
    tensors = random_weights(network)
    reference = write_weights(tmp_path / "a.safetensors", tensors)
    a, b = random_image(0, 70, 64), random_image(1, 70, 64)
    measure = PerceptualDistance.load(reference)
    assert measure.network == network
    found = measure(a, b)
    assert found == pytest.approx(slow_lpips(tensors, network, a, b), rel=1e-4) and found > 0
    assert measure(a, a) == 0 and measure(b, a) == pytest.approx(found, rel=1e-5)
    assert measure_image(a, b, perceptual=measure).lpips == pytest.approx(found)
    # The names inside a whole lpips.LPIPS mean the same.
    renamed = {name.replace("features.", "net.slice1."): array for name, array in tensors.items()}
    other = write_weights(tmp_path / "b.safetensors", renamed)
    assert lpips(a, b, weights=other) == pytest.approx(found)


def test_lpips_without_the_right_weights(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    whole = random_weights("alexnet")
    path = tmp_path / "a.safetensors"
    for gone, wrong in (
        ("lin3.model.1.weight", "lin3.model.1.weight"),
        ("features.8.bias", "features.8.bias"),
    ):
        reference = write_weights(path, {k: v for k, v in whole.items() if k != gone})
        with pytest.raises(WeightsError) as caught:
            PerceptualDistance.load(reference)
        assert str(caught.value) == (
            f"Weights {reference} are not those of LPIPS: expected all tensors of alexnet and of "
            f"the five linear layers, got none of the right size called {wrong}"
        )
    reference = write_weights(path, {"features.0.weight": np.zeros((8, 3, 5, 5), np.float32)})
    with pytest.raises(WeightsError) as caught:
        PerceptualDistance.load(reference)
    assert str(caught.value) == (
        f"Weights {reference} are not those of LPIPS: expected features.0.weight of AlexNet "
        "(64, 3, 11, 11) or VGG16 (64, 3, 3, 3), got (8, 3, 5, 5)"
    )
    path.write_bytes(b"not safetensors")
    with pytest.raises(WeightsError, match="cannot be read: expected a safetensors file, got"):
        PerceptualDistance.load(f"file:{path}")


def test_lpips_refuses_pickles(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pickle = tmp_path / "alex.pth"
    pickle.write_bytes(b"\x80\x04")
    with pytest.raises(WeightsError, match="safetensors"):
        PerceptualDistance.load(f"file:{pickle}")
    with pytest.raises(WeightsError, match=r"nothing at .*absent\.safetensors"):
        PerceptualDistance.load(f"file:{tmp_path / 'absent.safetensors'}")


def test_lpips_of_bad_images(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    measure = PerceptualDistance.load(
        write_weights(tmp_path / "a.safetensors", random_weights("alexnet"))
    )
    for image, other, message in (
        (random_image(0, 31, 64), random_image(0, 31, 64),
         "image: expected (H, W, 3) with at least 32 rows and columns, got (31, 64, 3)"),
        (random_image(0, 40, 40), random_image(0, 40, 41),
         "other: expected (40, 40, 3) as the image, got (40, 41, 3)"),
        (255 * random_image(0, 40, 40), random_image(0, 40, 40),
         "image: expected floating point in [0, 1], got float64, other values"),
    ):  # fmt: skip
        with pytest.raises(ScenewrightError) as caught:
            measure(image, other)
        assert str(caught.value) == message
