"""Gradients through the projection: against differences, and what they must be orthogonal to."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.rasterizer.arrays import DrawSettings, ImageGradients, SurfelArrays
from scenewright.splats.rasterizer.rasterization import Rasterization, rasterize
from tests.splats.splat_builders import make_camera, make_gradients, make_pose, make_stack

CAMERA, POSE = make_camera(16, 16), make_pose(2)
SETTINGS = DrawSettings(0.2, 20.0)


def draw(arrays: SurfelArrays) -> Rasterization:
    return rasterize(arrays, CAMERA, world_from_cam=POSE, settings=SETTINGS)


def loss_of(arrays: SurfelArrays, gradients: ImageGradients) -> float:
    images = draw(arrays).images
    return float(
        sum(
            (getattr(images, name) * g).sum()
            for name, g in vars(gradients).items()
            if g is not None
        )
    )


@pytest.mark.parametrize("name", SurfelArrays._fields)
def test_gradient_is_that_of_central_differences(name: str) -> None:
    arrays = make_stack(3, 8)
    gradients = make_gradients(CAMERA, 4)
    found = getattr(draw(arrays).backward(gradients), name)
    rng = np.random.default_rng(1)
    slopes = []
    for _ in range(3):  # a direction may carry a pixel over a threshold: take the median
        toward = rng.normal(size=found.shape)
        toward *= 1e-7 / np.linalg.norm(toward)
        ahead, behind = (
            loss_of(arrays._replace(**{name: getattr(arrays, name) + sign * toward}), gradients)
            for sign in (1, -1)
        )
        slopes.append(((ahead - behind) / 2 - (found * toward).sum()) / np.linalg.norm(found))
    assert abs(float(np.median(slopes))) < 1e-7 * 1e-4


def test_the_length_of_a_quaternion_has_no_gradient() -> None:
    arrays = make_stack(5, 3)
    backward = draw(arrays).backward(make_gradients(CAMERA, 1))
    along = np.einsum("nk,nk->n", backward.quats, arrays.quats)
    size = np.linalg.norm(backward.quats, axis=1) * np.linalg.norm(arrays.quats, axis=1)
    assert (np.abs(along) < 1e-9 * size).all()


def test_culled_surfels_have_no_gradient() -> None:
    arrays = make_stack(4, 3)
    arrays.means[2, 2] = -4.0
    backward = draw(arrays).backward(make_gradients(CAMERA, 1))
    assert backward.visible.tolist() == [True, True, False, True]
    for name in SurfelArrays._fields:
        assert not getattr(backward, name)[2].any()
    assert backward.screen[2] == 0 and (backward.screen[[0, 1, 3]] > 0).all()
