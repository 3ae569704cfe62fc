"""The slow torch rasterizer against central differences, and the fast one against the slow one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from splat_builders import (
    make_camera,
    make_gradients,
    make_pose,
    make_stack,
    make_surfels,
)

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import ImageGradients, SurfelArrays

torch = pytest.importorskip("torch")

from scenewright.splats.autograd.reference import (  # noqa: E402
    ReferenceTrace,
    rasterize_reference,
    trace_reference,
)
from scenewright.splats.autograd.tensors import SurfelTensors  # noqa: E402

NEAR, FAR = 0.2, 20.0
NAMES = SurfelArrays._fields


def oracle(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    pose: NDArray[Any] | None = None,
    gradients: ImageGradients | None = None,
    features: NDArray[Any] | None = None,
    **options: Any,
) -> tuple[ReferenceTrace, dict[str, NDArray[Any]]]:
    """The slow picture in float64 and, if a loss is given, its gradients by name."""
    needs = gradients is not None
    surfels = SurfelTensors.of(arrays, torch.float64, requires_grad=needs)
    extra = None if features is None else torch.tensor(features).double().requires_grad_(needs)
    trace = trace_reference(
        surfels,
        camera,
        world_from_cam=np.eye(4) if pose is None else pose,
        near=NEAR,
        far=FAR,
        features=extra,
        **options,
    )
    if gradients is None:
        return trace, {}
    trace.images.dot(gradients).backward()
    found = {name: value.grad.numpy() for name, value in zip(NAMES, surfels, strict=True)}
    if extra is not None:
        found["features"] = extra.grad.numpy()
    found["screen"] = trace.screen().numpy()
    return trace, found


def loss_of(
    arrays: SurfelArrays, camera: Camera, pose: NDArray[Any], gradients: ImageGradients
) -> float:
    images = rasterize_reference(
        SurfelTensors.of(arrays), camera, world_from_cam=pose, near=NEAR, far=FAR,
        background=(0.2, 0.5, 0.1),
    )  # fmt: skip
    return float(images.dot(gradients))


def only_branch(surfels: SurfelArrays, branch: str) -> SurfelArrays:
    if branch == "both":
        return surfels
    # Disks far smaller than a pixel are drawn by the low-pass filter; large ones meet the rays.
    factor = 0.02 if branch == "low-pass" else 2.0
    return surfels._replace(scales=surfels.scales * factor)


@pytest.mark.parametrize("branch", ["ray", "low-pass", "both"])
@pytest.mark.parametrize("count", [1, 6, 50])
def test_oracle_has_the_gradients_of_central_differences(count: int, branch: str) -> None:
    camera = make_camera(9, 7, focal=11)
    make: Callable[..., SurfelArrays] = make_stack if count > 1 else make_surfels
    surfels = only_branch(make(count, 3 + count), branch)
    pose = make_pose(5) * np.array([1, 1, 1, 0.3])
    pose[3] = (0, 0, 0, 1)
    gradients = make_gradients(camera, 7)
    _, found = oracle(surfels, camera, pose=pose, gradients=gradients, background=(0.2, 0.5, 0.1))
    rng = np.random.default_rng(count)
    for place, name in enumerate(NAMES):
        for _ in range(3):
            value = surfels[place]
            toward = rng.normal(size=value.shape) * (0.1 if name == "scales" else 1.0)
            toward *= 1 / np.linalg.norm(toward)
            h = 2e-5 * (np.abs(value).mean() if name in ("scales", "means") else 1.0) * 0.3

            def at(shift: float, place: int = place, toward: Any = toward) -> float:
                moved = list(surfels)
                moved[place] = moved[place] + shift * toward
                return loss_of(SurfelArrays(*moved), camera, pose, gradients)

            # Fourth-order differences: the error of the step must lie below 1e-6.
            slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
            size = np.linalg.norm(found[name])
            assert slope == pytest.approx((found[name] * toward).sum(), abs=1e-6 * size)


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
