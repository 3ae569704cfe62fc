"""Surfels, images and targets as tensors and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import ImageGradients, SurfelArrays
from tests.splats.splat_builders import make_camera, make_gradients, make_images, make_surfels

torch = pytest.importorskip("torch")

from scenewright.splats.torch_engines.tensors import (  # noqa: E402
    ImageTensors,
    SurfelTensors,
    TargetTensors,
)

CAMERA = make_camera(6, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_surfels_keep_their_type_and_are_copied(dtype: Any) -> None:
    arrays = make_surfels(4, 1, dtype)
    tensors = SurfelTensors.of(arrays, requires_grad=True)
    for name in SurfelArrays._fields:
        tensor = getattr(tensors, name)
        assert tensor.is_leaf and tensor.requires_grad
        assert np.array_equal(tensor.detach().numpy(), getattr(arrays, name))
        assert not np.shares_memory(tensor.detach().numpy(), getattr(arrays, name))
    assert SurfelTensors.of(arrays, torch.float16).sh.dtype == torch.float16


def test_images_come_back_and_missing_features_stay_missing() -> None:
    images = make_images(CAMERA, 1)
    again = ImageTensors.of(images).numpy()
    for name, value in vars(images).items():
        if value is None:
            assert getattr(again, name) is None
        else:
            assert np.array_equal(getattr(again, name), value), name


def test_dot_has_the_gradients_that_it_was_given() -> None:
    tensors = ImageTensors.of(make_images(CAMERA, 1), requires_grad=True)
    every = make_gradients(CAMERA, 2)
    given = ImageGradients(color=every.color, median=every.median)
    assert given.color is not None and given.median is not None
    total = tensors.dot(given)
    total.backward()  # type: ignore[no-untyped-call]
    assert tensors.color.grad is not None and tensors.median.grad is not None
    assert np.array_equal(tensors.color.grad.numpy(), given.color)
    assert np.array_equal(tensors.median.grad.numpy(), given.median)
    assert tensors.alpha.grad is None


def test_targets_keep_bytes_and_give_colors() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    target = Target(CAMERA, np.eye(4), image, np.ones((5, 6), np.float32))
    tensors = TargetTensors.of(target)
    assert tensors.normals is None and tensors.image.dtype == torch.uint8
    assert np.array_equal(tensors.color.numpy(), target.color)
    assert tensors.num_bytes == 5 * 6 * (3 + 4)
