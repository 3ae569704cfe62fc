"""The fast rasterizer inside graphs of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.splats.torch_engines.functional import rasterize_torch
from scenewright.splats.torch_engines.reference import (
    rasterize_reference,
)
from scenewright.splats.torch_engines.tensors import SurfelTensors
from tests.splats.rasterizer.oracle_builders import (
    SETTINGS,
)
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_pose,
    make_surfels,
)

torch = pytest.importorskip("torch")


def test_torch_differentiates_the_fast_rasterizer() -> None:
    camera = make_camera(20, 17)
    arrays = make_surfels(40, 5, sh_degree=1)
    features = np.random.default_rng(5).normal(size=(40, 2))
    gradients = make_gradients(camera, 5, features=2)
    options: dict[str, Any] = {"world_from_cam": make_pose(2), "settings": SETTINGS}
    slopes = []
    for draw in (rasterize_reference, rasterize_torch):
        leaves = SurfelTensors.of(arrays, requires_grad=True)
        extra = torch.tensor(features, requires_grad=True)
        images = draw(leaves, camera, features=extra, **options)
        (images.dot(gradients) + images.alpha.square().sum()).backward()  # type: ignore[no-untyped-call]
        slopes.append([leaf.grad for leaf in (*leaves, extra)])
    for slow, quick in zip(*slopes, strict=True):
        assert torch.allclose(slow, quick, rtol=1e-8, atol=1e-8 * float(slow.abs().max()))


def test_torch_may_use_only_one_of_the_images() -> None:
    leaves = SurfelTensors.of(make_surfels(20, 5, np.float32, 0), requires_grad=True)
    images = rasterize_torch(
        leaves, make_camera(20, 17), world_from_cam=np.eye(4), settings=SETTINGS
    )
    images.alpha.sum().backward()  # type: ignore[no-untyped-call]
    assert images.features is None
    assert leaves.opacities.grad is not None
    assert float(leaves.opacities.grad.abs().max()) > 0
    assert leaves.sh.grad is not None
    assert not leaves.sh.grad.any()
