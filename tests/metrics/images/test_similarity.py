"""PSNR, SSIM and LPIPS against values by hand and slow references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, ScenewrightError, ShapeError, WeightsError
from scenewright.metrics import (
    ImageQuality,
    PerceptualDistance,
    lpips,
    mean_quality,
    measure_image,
    psnr,
    ssim,
)


def picture(seed: int = 0, height: int = 24, width: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3))


def slow_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Window by window, zeros around the picture."""
    steps = np.arange(11) - 5
    line = np.exp(-(steps**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    values = []
    for channel in range(a.shape[2]):
        x, y = (np.pad(p[..., channel], 5) for p in (a, b))
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                u, v = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                mu, nu = (window * u).sum(), (window * v).sum()
                s, t = (window * u * u).sum() - mu**2, (window * v * v).sum() - nu**2
                c = (window * u * v).sum() - mu * nu
                top = (2 * mu * nu + 1e-4) * (2 * c + 9e-4)
                values.append(top / ((mu**2 + nu**2 + 1e-4) * (s + t + 9e-4)))
    return float(np.mean(values))


@pytest.mark.parametrize("step", [0.1, 0.5, 1.0])
def test_psnr_of_a_constant_step(step: float) -> None:
    low = np.zeros((4, 5, 3))
    assert psnr(low + step, low) == pytest.approx(-20 * np.log10(step))
    assert psnr(low, low) == float("inf")


def test_psnr_of_bytes_and_masks() -> None:
    truth = np.zeros((4, 5, 3), np.uint8)
    found = truth.copy()
    found[0, 0] = 51
    mask = np.zeros((4, 5), bool)
    mask[0, :2] = True
    assert psnr(found, truth) == pytest.approx(10 * np.log10(20 / 0.04))
    assert psnr(found, truth, mask=mask) == pytest.approx(10 * np.log10(2 / 0.04))
    assert psnr(found / 255, truth) == pytest.approx(psnr(found, truth))
    assert np.isnan(psnr(found, truth, mask=np.zeros((4, 5), bool)))


def test_ssim_equals_the_slow_way() -> None:
    a, b = picture(0, 13, 15), picture(1, 13, 15)
    assert ssim(a, b) == pytest.approx(slow_ssim(a, b), abs=1e-12)
    near = np.clip(a + 0.02 * b, 0, 1)
    assert ssim(a, near) == pytest.approx(slow_ssim(a, near), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_ssim_properties(seed: int) -> None:
    a, b = picture(seed), picture(seed + 1)
    assert ssim(a, a) == pytest.approx(1)
    assert ssim(a, b) == pytest.approx(ssim(b, a)) and ssim(a, b) < 0.9
    assert ssim(a[::-1], b[::-1]) == pytest.approx(ssim(a, b))
    assert ssim(a[..., 0], b[..., 0]) == pytest.approx(
        ssim(np.repeat(a[..., :1], 3, 2), np.repeat(b[..., :1], 3, 2))
    )


BAD: list[tuple[Any, Any, type[ScenewrightError], str]] = [
    (picture(0, 4, 5), picture(0, 5, 4), ShapeError,
     "image: expected (5, 4, 3) as the truth, got (4, 5, 3)"),
    (np.zeros((4, 5, 4)), np.zeros((4, 5, 4)), ShapeError,
     "image: expected (H, W, 3) or (H, W), got (4, 5, 4)"),
    (np.full((4, 5, 3), 1.5), picture(0, 4, 5), ConventionError,
     "image: expected values in [0, 1], got 1.5 to 1.5"),
    (np.full((4, 5, 3), 200), picture(0, 4, 5), ShapeError,
     "image: expected uint8 or floating point, got int64"),
    (np.full((4, 5, 3), np.nan), picture(0, 4, 5), ConventionError,
     "image: expected finite values, got 60 that are NaN or infinite"),
    (picture(0, 4, 5), np.zeros((0, 5, 3)), ShapeError,
     "truth: expected (H, W, 3) or (H, W), got (0, 5, 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "truth", "kind", "message"), BAD)
def test_bad_pictures(image: Any, truth: Any, kind: type[ScenewrightError], message: str) -> None:
    for measure in (psnr, ssim):
        with pytest.raises(kind) as caught:
            measure(image, truth)
        assert str(caught.value) == message


def test_means_over_pictures() -> None:
    parts = [ImageQuality(20, 0.5, 0.25), ImageQuality(40, 1.0, 0.75)]
    assert mean_quality(parts) == ImageQuality(30, 0.75, 0.5, 2)
    assert mean_quality([*parts, ImageQuality(30, 0.75, None)]) == ImageQuality(30, 0.75, None, 3)
    assert mean_quality([mean_quality(parts), ImageQuality(60, 0, 0.5)]).psnr == 40
    assert np.isnan(mean_quality([]).psnr) and mean_quality([]).num_images == 0
    one = measure_image(picture(0), picture(1))
    assert one == ImageQuality(psnr(picture(0), picture(1)), ssim(picture(0), picture(1)), None)


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
def test_lpips_equals_the_formula(tmp_path: Path, network: str) -> None:
    pytest.importorskip("torch")
    tensors = random_weights(network)
    reference = write_weights(tmp_path / "a.safetensors", tensors)
    a, b = picture(0, 70, 64), picture(1, 70, 64)
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


def test_lpips_of_bad_pictures(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    measure = PerceptualDistance.load(
        write_weights(tmp_path / "a.safetensors", random_weights("alexnet"))
    )
    for image, other, message in (
        (picture(0, 31, 64), picture(0, 31, 64),
         "picture: expected (H, W, 3) with at least 32 rows and columns, got (31, 64, 3)"),
        (picture(0, 40, 40), picture(0, 40, 41),
         "other: expected (40, 40, 3) as the image, got (40, 41, 3)"),
        (255 * picture(0, 40, 40), picture(0, 40, 40),
         "picture: expected floating point in [0, 1], got float64, other values"),
    ):  # fmt: skip
        with pytest.raises(ScenewrightError) as caught:
            measure(image, other)
        assert str(caught.value) == message
