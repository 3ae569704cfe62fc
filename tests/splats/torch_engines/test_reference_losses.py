"""The losses in torch against those of the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.splats.fitting.losses import LossWeights, total_loss
from scenewright.splats.fitting.targets import Target
from scenewright.splats.torch_engines.reference_losses import total_reference
from scenewright.splats.torch_engines.tensors import (
    ImageTensors,
    TargetTensors,
)
from tests.splats.splat_builders import make_camera, make_images

torch = pytest.importorskip("torch")

WEIGHTS = LossWeights(distortion=5.0, normals=0.05, depth=0.2, prior=0.05, depth_ratio=0.4)


def test_the_loss_is_that_of_the_cpu() -> None:
    camera = make_camera()
    images = make_images(camera, 1)
    rng = np.random.default_rng(2)
    picture = rng.integers(0, 256, (*camera.size, 3), dtype=np.uint8)
    depth = rng.uniform(2, 3, camera.size) * (rng.random(camera.size) < 0.7)
    normals = np.full((*camera.size, 3), (0, 0.6, -0.8), np.float32)
    full = Target(camera, np.eye(4), picture, depth.astype(np.float32), normals)
    without = Target(camera, np.eye(4), picture)
    nothing = replace(full, depth=np.zeros(camera.size, np.float32), normals=0 * normals)
    for target in (full, without, nothing):
        tensors = ImageTensors.of(images, requires_grad=True)
        terms = total_reference(tensors, TargetTensors.of(target), camera, weights=WEIGHTS)
        values, slopes = total_loss(images, target, WEIGHTS)
        assert set(terms) <= set(vars(values))
        for name, value in vars(values).items():
            found = terms[name].item() if name in terms else 0.0
            assert found == pytest.approx(value, rel=1e-5), name
        torch.stack(list(terms.values())).sum().backward()
        for name, slope in vars(slopes).items():
            if slope is not None:
                error = np.linalg.norm(getattr(tensors, name).grad.numpy() - slope)
                assert error <= 1e-5 * np.linalg.norm(slope), name
