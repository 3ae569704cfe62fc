"""The backward pass of compositing against the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.splats.rasterizer.arrays import ImageGradients
from tests.splats.rasterizer.oracle_builders import (
    assert_same_gradients,
    assert_same_images,
    fast,
    oracle,
)
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_pose,
    make_stack,
    make_surfels,
)

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", list(ImageGradients.__dataclass_fields__))
def test_fast_and_slow_agree_on_every_image_alone(name: str) -> None:
    camera = make_camera()
    arrays = make_surfels(80, 21)
    features = np.random.default_rng(0).normal(size=(80, 2))
    every = make_gradients(camera, 3, features=2)
    alone = ImageGradients(**{name: getattr(every, name)})
    options: dict[str, Any] = {"pose": make_pose(8), "features": features}
    _, slopes = oracle(arrays, camera, gradients=alone, **options)
    assert_same_gradients(fast(arrays, camera, **options).backward(alone), slopes, tolerance=1e-9)


@pytest.mark.parametrize("count", [1, 10, 50])
def test_fast_and_slow_agree_on_rays_with_many_surfels(count: int) -> None:
    camera = make_camera(33, 18)
    arrays = make_stack(count, count, opaque=0.6 if count == 50 else 0.3)
    gradients = make_gradients(camera, 2)
    trace, slopes = oracle(arrays, camera, gradients=gradients)
    drawing = fast(arrays, camera)
    assert_same_images(drawing.images, trace.images.numpy(), tolerance=1e-9, switches=0)
    assert_same_gradients(drawing.backward(gradients), slopes, tolerance=1e-8)


def test_clipped_opacity_has_no_gradient() -> None:
    camera = make_camera(5, 5)
    facing = {"quats": np.array([[1.0, 0, 0, 0]]), "scales": np.full((1, 2), 50.0)}
    arrays = make_stack(1, 4)._replace(opacities=np.ones(1), **facing)
    trace, slopes = oracle(arrays, camera, gradients=make_gradients(camera, 2))
    backward = fast(arrays, camera).backward(make_gradients(camera, 2))
    assert float(trace.weights.min()) == 0.99
    assert slopes["opacities"] == 0
    assert backward.opacities == 0
