"""The fast rasterizer and the reference on the same scene, and how they are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import DrawSettings, ImageGradients, Images, SurfelArrays
from scenewright.splats.rasterizer.rasterization import Rasterization, rasterize
from scenewright.splats.torch_engines.reference import (
    ReferenceTrace,
    trace_reference,
)
from scenewright.splats.torch_engines.tensors import SurfelTensors

torch = pytest.importorskip("torch")

SETTINGS = DrawSettings(near=0.2, far=20.0)


NAMES = SurfelArrays._fields


def oracle(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    pose: NDArray[Any] | None = None,
    gradients: ImageGradients | None = None,
    features: NDArray[Any] | None = None,
    settings: DrawSettings = SETTINGS,
) -> tuple[ReferenceTrace, dict[str, NDArray[Any]]]:
    """The reference in float64 and, if gradients of the images are given, those of the surfels."""
    needs = gradients is not None
    surfels = SurfelTensors.of(arrays, torch.float64, requires_grad=needs)
    extra = None if features is None else torch.tensor(features).double().requires_grad_(needs)
    trace = trace_reference(
        surfels,
        camera,
        world_from_cam=np.eye(4) if pose is None else pose,
        settings=settings,
        features=extra,
    )
    if gradients is None:
        return trace, {}
    trace.images.dot(gradients).backward()  # type: ignore[no-untyped-call]
    leaves = dict(zip(NAMES, surfels, strict=True))
    if extra is not None:
        leaves["features"] = extra
    found = {name: leaf.grad.numpy() for name, leaf in leaves.items() if leaf.grad is not None}
    found["screen"] = trace.screen().numpy()
    return trace, found


def fast(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    pose: NDArray[Any] | None = None,
    features: NDArray[Any] | None = None,
    settings: DrawSettings = SETTINGS,
) -> Rasterization:
    """The fast rasterizer."""
    view = np.eye(4) if pose is None else pose
    return rasterize(arrays, camera, world_from_cam=view, settings=settings, features=features)


def assert_same_images(found: Images, true: Images, *, tolerance: float, switches: float) -> None:
    """All values agree, except in the share of pixels where rounding changes a decision."""
    for name, value in vars(true).items():
        image = getattr(found, name)
        if value is None:
            assert image is None
            continue
        assert image.shape == value.shape
        wrong = np.abs(image - value) > tolerance * max(1.0, np.abs(value).max())
        wrong = wrong if wrong.ndim == 2 else wrong.any(-1)
        assert wrong.mean() <= switches, name


def assert_same_gradients(found: Any, true: dict[str, NDArray[Any]], *, tolerance: float) -> None:
    """All gradients agree, relative to their length."""
    rounding = 1e-12 * max(np.linalg.norm(value) for value in true.values())
    for name, value in true.items():
        error = np.linalg.norm(getattr(found, name) - value)
        assert error <= tolerance * np.linalg.norm(value) + rounding, name
