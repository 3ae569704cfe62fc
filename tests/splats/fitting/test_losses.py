"""The losses of the fit against plain torch, against central differences, and on plain cases."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.splats.fitting.losses import (
    LossValues,
    LossWeights,
    PhotometricTarget,
    depth_loss,
    distortion_loss,
    normal_consistency_loss,
    normal_prior_loss,
    photometric_loss,
    total_loss,
)
from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import ImageGradients, Images
from tests.splats.splat_builders import make_camera, make_images

CAMERA = make_camera(45, 37)
DTYPES = [np.float32, np.float64]


def make_target(seed: int, dtype: Any = np.float64) -> NDArray[Any]:
    return np.clip(make_images(CAMERA, seed, dtype).color, 0, 1)


def make_readings(seed: int) -> NDArray[np.float32]:
    """Depth with noise, outliers and missing values."""
    rng = np.random.default_rng(seed)
    images = make_images(CAMERA, 1)
    depth = images.depth_sum / np.maximum(images.alpha, 0.1) * rng.normal(1, 0.03, CAMERA.size)
    depth[rng.random(CAMERA.size) < 0.05] *= 3
    depth[rng.random(CAMERA.size) < 0.3] = 0
    return depth.astype(np.float32)


def make_prior(seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    normals = rng.normal(0, 0.2, (*CAMERA.size, 3)) - (0, 0, 1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    normals[rng.random(CAMERA.size) < 0.3] = 0
    return normals.astype(np.float32)


def assert_close(found: Any, true: Any, tolerance: float) -> None:
    assert np.linalg.norm(np.asarray(found) - true) <= tolerance * np.linalg.norm(true)


# --- against torch --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighing", [None, "mask", "shares"])
def test_photometric_loss_is_that_of_torch(weighing: str | None, dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    from scenewright.splats.torch_engines.reference_losses import photometric_reference

    image, target = make_images(CAMERA, 1, dtype).color, make_target(2, dtype)
    shares = np.random.default_rng(0).random(CAMERA.size)
    weights: Any = {None: None, "mask": shares > 0.4, "shares": shares}[weighing]
    value, gradient = photometric_loss(image, target, ssim_weight=0.3, weights=weights)
    x = torch.tensor(image).double().requires_grad_()
    true = photometric_reference(
        x,
        torch.tensor(target).double(),
        ssim_weight=0.3,
        weights=None if weights is None else torch.tensor(weights).double(),
    )
    true.backward()  # type: ignore[no-untyped-call]
    exact = dtype == np.float64
    assert value == pytest.approx(true.item(), rel=1e-10 if exact else 1e-5)
    assert gradient.dtype == dtype
    assert_close(gradient, x.grad.numpy(), 1e-10 if exact else 1e-4)


def torch_loss(name: str, images: Any) -> Any:
    import torch

    from scenewright.splats.torch_engines import reference_losses as reference

    if name.startswith("consistency"):
        ratio = float(name.split()[1])
        return reference.normal_consistency_reference(images, CAMERA, depth_ratio=ratio)
    if name == "depth":
        return reference.depth_reference(images, torch.tensor(make_readings(3)).double())
    if name == "prior":
        return reference.normal_prior_reference(images, torch.tensor(make_prior(3)).double())
    return images.distortion.mean()


def our_loss(name: str, images: Images, weight: float = 1.0) -> tuple[float, ImageGradients]:
    if name.startswith("consistency"):
        ratio = float(name.split()[1])
        return normal_consistency_loss(images, CAMERA, depth_ratio=ratio, weight=weight)
    if name == "depth":
        return depth_loss(images, make_readings(3), weight=weight)
    if name == "prior":
        return normal_prior_loss(images, make_prior(3), weight=weight)
    return distortion_loss(images, weight=weight)


LOSSES = ["consistency 0", "consistency 1", "consistency 0.4", "depth", "prior", "distortion"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_that_of_torch(name: str, dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    from scenewright.splats.torch_engines.tensors import ImageTensors

    images = make_images(CAMERA, 1, dtype)
    doubles = Images(
        **{key: value.astype(float) for key, value in vars(images).items() if value is not None}
    )
    tensors = ImageTensors.of(doubles, requires_grad=True)
    true = torch_loss(name, tensors)
    true.backward()
    value, gradients = our_loss(name, images)
    exact = dtype == np.float64
    assert value == pytest.approx(true.item(), rel=1e-9 if exact else 1e-5)
    for key, found in vars(gradients).items():
        slope = getattr(tensors, key)
        slope = None if slope is None else slope.grad
        if slope is None or not torch.any(slope):
            assert found is None or not found.any()
            continue
        assert found.dtype == dtype
        assert np.isfinite(found).all()
        assert_close(found, slope.numpy(), 1e-9 if exact else 1e-4)


# --- against central differences ------------------------------------------------------------------


def test_photometric_gradient_is_that_of_central_differences() -> None:
    image, target = make_images(CAMERA, 4).color, make_target(5)
    goal = PhotometricTarget.of(target)
    _, gradient = photometric_loss(image, goal)
    rng = np.random.default_rng(0)
    for _ in range(5):
        toward = rng.normal(size=image.shape)
        toward *= np.abs(image - target) > 1e-4  # the absolute value has a corner at 0
        high, low = (photometric_loss(image + h * toward, goal)[0] for h in (1e-6, -1e-6))
        assert (high - low) / 2e-6 == pytest.approx((gradient * toward).sum(), rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_is_that_of_central_differences(name: str) -> None:
    images = make_images(CAMERA, 1)
    rng = np.random.default_rng(1)
    value, gradients = our_loss(name, images, weight=0.7)
    assert value == pytest.approx(0.7 * our_loss(name, images)[0])
    for key, gradient in vars(gradients).items():
        if gradient is None or not gradient.any():
            continue
        if key == "alpha" and name != "depth":
            continue  # where alpha weighs the surface's normal it is held constant; torch tells
        if key == "alpha":
            gradient = gradient * (np.abs(images.alpha - 0.5) > 1e-3)
        toward = rng.normal(size=gradient.shape) * (gradient != 0)
        h = 1e-7
        pair = [
            our_loss(name, replace(images, **{key: getattr(images, key) + s * toward}), 0.7)[0]
            for s in (h, -h)
        ]
        true = (gradient * toward).sum()
        assert (pair[0] - pair[1]) / (2 * h) == pytest.approx(true, abs=1e-5 * np.abs(true) + 1e-8)


# --- properties -----------------------------------------------------------------------------------


def test_equal_pictures_have_no_loss() -> None:
    target = make_target(1, np.float32)
    value, gradient = photometric_loss(target, target)
    assert value == pytest.approx(0, abs=1e-6)
    assert np.abs(gradient).max() < 1e-7


def test_a_step_down_the_gradient_helps() -> None:
    image, target = make_images(CAMERA, 1, np.float32).color, make_target(2, np.float32)
    value, gradient = photometric_loss(image, target)
    assert photometric_loss(image - 300 * gradient, target)[0] < 0.95 * value


def test_pixels_that_do_not_count_change_nothing() -> None:
    image, target = make_images(CAMERA, 1, np.float32).color, make_target(2, np.float32)
    counts = np.ones(CAMERA.size, bool)
    counts[:, 20:] = False
    value, gradient = photometric_loss(image, target, weights=counts)
    painted = np.where(counts[..., None], image, np.float32(7))
    assert photometric_loss(painted, target, weights=counts)[0] == value
    assert not gradient[:, 20:].any()
    assert photometric_loss(image, target, weights=np.zeros(CAMERA.size))[0] == 0
    whole = photometric_loss(image, target)
    all_count = photometric_loss(image, target, weights=np.ones(CAMERA.size))
    assert all_count[0] == pytest.approx(whole[0], rel=1e-5)
    assert_close(all_count[1], whole[1], 1e-4)


def test_same_pictures_same_bytes() -> None:
    image, target = make_images(CAMERA, 1, np.float32).color, make_target(2, np.float32)
    first = photometric_loss(image, target)
    again = photometric_loss(np.asfortranarray(image), target)
    assert first[0] == again[0]
    assert first[1].tobytes() == again[1].tobytes()


def plane_depth(normal: NDArray[np.float64], dtype: Any = np.float64) -> NDArray[Any]:
    rows, columns = np.mgrid[: CAMERA.height, : CAMERA.width] + 0.5
    x, y = (columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy
    return np.asarray(3 * normal[2] / (x * normal[0] + y * normal[1] + normal[2]), dtype)


@pytest.mark.parametrize("depth_ratio", [0.0, 1.0])
def test_a_plane_agrees_with_its_normal(depth_ratio: float) -> None:
    normal = np.array([0.3, -0.2, -0.9]) / np.linalg.norm([0.3, -0.2, -0.9])
    images = make_images(CAMERA, 1)
    depth = plane_depth(normal)
    ones = np.ones(CAMERA.size)
    normals = np.tile(normal, (*CAMERA.size, 1))
    flat = replace(images, depth_sum=depth, alpha=ones, median=depth, normals=normals)
    value, gradients = normal_consistency_loss(flat, CAMERA, depth_ratio=depth_ratio)
    inside = (CAMERA.height - 2) * (CAMERA.width - 2)
    assert value == pytest.approx(1 - inside / (CAMERA.height * CAMERA.width), abs=1e-9)
    assert gradients.depth_sum is not None
    assert np.abs(gradients.depth_sum).max() < 1e-9


@pytest.mark.parametrize("name", LOSSES[:5])
def test_losses_do_not_depend_on_the_unit_of_length(name: str) -> None:
    images = make_images(CAMERA, 1)
    small = replace(images, depth_sum=images.depth_sum * 0.01, median=images.median * 0.01)
    value, _ = our_loss(name, images)
    if name == "depth":
        found, gradients = depth_loss(small, make_readings(3).astype(float) * 0.01)
        assert gradients.depth_sum is not None
    else:
        found, _ = our_loss(name, small)
    assert found == pytest.approx(value, rel=1e-6)


def test_wild_readings_pull_less() -> None:
    images = make_images(CAMERA, 1)
    mean = images.depth_sum / np.maximum(images.alpha, 1e-9)
    readings = np.zeros(CAMERA.size)
    readings[5, 5], readings[20, 20] = mean[5, 5] * 1.01, mean[20, 20] * 3
    _, gradients = depth_loss(images, readings)
    assert gradients.depth_sum is not None
    pull = np.abs(gradients.depth_sum * readings)
    assert pull[20, 20] < 0.15 * pull[5, 5]
    assert np.count_nonzero(pull) == 2


def test_nothing_known_is_no_loss() -> None:
    images = make_images(CAMERA, 1, np.float32)
    value, gradients = depth_loss(images, np.zeros(CAMERA.size, np.float32))
    assert value == 0
    assert gradients.depth_sum is not None
    assert not gradients.depth_sum.any()
    value, gradients = normal_prior_loss(images, np.zeros((*CAMERA.size, 3), np.float32))
    assert value == 0
    assert gradients.normals is None


# --- together -------------------------------------------------------------------------------------


def full_target() -> Target:
    image = (make_target(2) * 255).astype(np.uint8)
    return Target(CAMERA, np.eye(4), image, make_readings(3), make_prior(3))


def test_total_loss_is_the_sum_of_its_terms() -> None:
    images, target = make_images(CAMERA, 1, np.float32), full_target()
    weights = LossWeights(distortion=10, normals=0.05, depth=0.5, prior=0.25, depth_ratio=0.4)
    values, gradients = total_loss(images, target, weights)
    terms = {
        "distortion": our_loss("distortion", images, 10),
        "normals": our_loss("consistency 0.4", images, 0.05),
        "depth": our_loss("depth", images, 0.5),
        "prior": our_loss("prior", images, 0.25),
    }
    value, by_color = photometric_loss(images.color, target.color)
    assert values.photometric == value
    for name, (term, _) in terms.items():
        assert getattr(values, name) == term
    assert values.total == pytest.approx(value + sum(term for term, _ in terms.values()))
    for field in fields(ImageGradients):
        parts = [getattr(part, field.name) for _, part in terms.values()]
        parts = [part for part in parts if part is not None]
        found = getattr(gradients, field.name)
        if field.name == "color":
            assert np.array_equal(found, by_color)
        elif field.name == "features":
            assert found is None
        else:
            assert np.allclose(found, sum(parts), rtol=1e-5, atol=1e-12)
            assert found.dtype == np.float32


def test_total_loss_leaves_out_what_the_target_lacks() -> None:
    images, target = make_images(CAMERA, 1, np.float32), full_target()
    bare = replace(target, depth=None, normals=None)
    values, gradients = total_loss(images, bare, LossWeights(depth=1, prior=1))
    assert values == LossValues(photometric=values.photometric)
    assert gradients.depth_sum is None
    assert gradients.normals is None
    goal = PhotometricTarget.of(target.color)
    again, _ = total_loss(images, bare, LossWeights(), photometric=goal)
    assert again.photometric == values.photometric
    counts = np.arange(CAMERA.width) < np.full((CAMERA.height, 1), 20)
    part, _ = total_loss(images, bare, LossWeights(), pixel_weights=counts)
    assert part.total == photometric_loss(images.color, goal, weights=counts)[0]


def test_wrong_input_is_refused() -> None:
    image = make_images(CAMERA, 1, np.float32).color
    with pytest.raises(ShapeError) as error:
        photometric_loss(image[:-1], make_target(1, np.float32))
    assert str(error.value) == (
        "Picture to compare: expected float32 (37, 45, 3), got float32 (36, 45, 3)"
    )
    with pytest.raises(ShapeError) as error:
        photometric_loss(image, image, weights=np.ones((3, 4)))
    assert str(error.value) == "Weights of pixels: expected (37, 45), got (3, 4)"
    with pytest.raises(ShapeError) as error:
        PhotometricTarget.of(image[..., 0])
    assert str(error.value) == "Picture to compare with: expected (H, W, 3), got (37, 45)"
    with pytest.raises(ConventionError) as weight_error:
        LossWeights(ssim=1.5)
    assert str(weight_error.value) == "LossWeights.ssim: expected 0 to 1, got 1.5"
    with pytest.raises(ConventionError) as weight_error:
        LossWeights(normals=-1)
    assert str(weight_error.value) == "LossWeights.normals: expected 0 or more, got -1"


def test_tiny_pictures_work() -> None:
    image = np.full((1, 2, 3), 0.25, np.float32)
    value, gradient = photometric_loss(image, image + np.float32(0.5), ssim_weight=0)
    assert value == pytest.approx(0.5)
    assert np.allclose(gradient, -1 / 6)
