"""The reference rasterizer against central differences, and on plain cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.splats.rasterizer.arrays import ImageGradients, SurfelArrays
from scenewright.splats.torch_engines.reference import (
    rasterize_reference,
)
from scenewright.splats.torch_engines.tensors import SurfelTensors
from tests.splats.rasterizer.oracle_builders import (
    NAMES,
    SETTINGS,
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


def loss_of(
    arrays: SurfelArrays, camera: Camera, pose: NDArray[Any], gradients: ImageGradients
) -> float:
    images = rasterize_reference(
        SurfelTensors.of(arrays), camera, world_from_cam=pose,
        settings=replace(SETTINGS, background=(0.2, 0.5, 0.1)),
    )  # fmt: skip
    return float(images.dot(gradients))


def only_branch(surfels: SurfelArrays, branch: str) -> SurfelArrays:
    if branch == "both":
        return surfels
    # Disks far smaller than a pixel are drawn by the low-pass filter; large ones meet the rays.
    factor = 0.02 if branch == "low-pass" else 1.3
    return surfels._replace(scales=surfels.scales * factor)


@pytest.mark.parametrize(
    ("count", "branch"),
    [(1, "ray"), (1, "low-pass"), (6, "ray"), (6, "low-pass"), (6, "both"), (50, "both")],
)
def test_oracle_has_the_gradients_of_central_differences(count: int, branch: str) -> None:
    camera = make_camera(9, 7, focal=11)
    surfels = only_branch(make_stack(count, 3 + count), branch)
    pose = make_pose(5) * np.array([1, 1, 1, 0.3])
    pose[3] = (0, 0, 0, 1)
    gradients = make_gradients(camera, 7)
    trace, found = oracle(
        surfels,
        camera,
        pose=pose,
        gradients=gradients,
        settings=replace(SETTINGS, background=(0.2, 0.5, 0.1)),
    )
    assert int((trace.weights > 0).sum(-1).max()) == count  # one ray meets all of them
    rng = np.random.default_rng(count)
    for field, name in enumerate(NAMES):
        for _ in range(2):
            value = surfels[field]
            toward = rng.normal(size=value.shape) * (0.1 if name == "scales" else 1.0)
            toward *= 1 / np.linalg.norm(toward)
            h = 2e-5 * (np.abs(value).mean() if name in ("scales", "means") else 1.0) * 0.3

            def at(shift: float, field: int = field, toward: Any = toward) -> float:
                moved = list(surfels)
                moved[field] = moved[field] + shift * toward
                return loss_of(SurfelArrays(*moved), camera, pose, gradients)

            # Fourth-order differences: the error of the step must lie below 1e-6.
            slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
            size = float(np.linalg.norm(found[name]))
            assert slope == pytest.approx((found[name] * toward).sum(), abs=1e-6 * size)


def test_oracle_of_nothing_is_the_background() -> None:
    camera = make_camera(6, 4)
    images = oracle(
        make_surfels(0, 1), camera, settings=replace(SETTINGS, background=(0.2, 0.5, 0.1))
    )[0].images.numpy()
    assert np.array_equal(images.color, np.broadcast_to((0.2, 0.5, 0.1), (4, 6, 3)))
    assert not images.alpha.any()
    assert not images.median.any()


def test_oracle_has_a_surfel_taken_by_both_branches() -> None:
    camera = make_camera(9, 7, focal=11)
    surfels = make_stack(6, 9)
    tiny = only_branch(surfels, "low-pass")
    wide = only_branch(surfels, "ray")
    slopes = [
        oracle(scene, camera, gradients=make_gradients(camera, 1))[1]["screen"].max()
        for scene in (tiny, wide)
    ]
    assert slopes[0] == 0
    assert slopes[1] > 0


def test_oracle_refuses_skew() -> None:
    camera = Camera(np.array([[40.0, 2.0, 20.0], [0, 40.0, 15.0], [0, 0, 1]]), 40, 30)
    with pytest.raises(ConventionError) as error:
        oracle(make_surfels(3, 1), camera)
    assert str(error.value) == "Camera.K: expected no skew, got 2"
