"""The engines that need torch, by name: what is missing is named, and arrays are drawn."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from scenewright.core import MissingExtraError
from scenewright.splats.rasterizer.arrays import DrawSettings
from scenewright.splats.torch_engines.engines import (
    gsplat_engine_factory,
    gsplat_rasterizer,
    reference_drawing,
    reference_engine_factory,
)
from tests.splats.splat_builders import (
    make_camera,
    make_surfels,
)

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("package", ["gsplat", "torch"])
def test_a_missing_package_is_named_before_the_fit(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as error:
        gsplat_engine_factory()
    assert str(error.value) == (
        f"The package '{package}' is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[splats]"'
    )


def test_the_reference_needs_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError) as error:
        reference_engine_factory()
    assert str(error.value) == (
        "The package 'torch' is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[torch]"'
    )  # fmt: skip


def test_without_a_gpu_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gsplat", ModuleType("gsplat"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MissingExtraError) as error:
        gsplat_engine_factory("cuda:1")
    assert str(error.value) == (
        "The engine 'gsplat' needs CUDA: expected an NVIDIA GPU and a build "
        f"of torch for it, got device 'cuda:1', torch {torch.__version__}. "
        "Use the engine 'numba', which runs on the CPU."
    )


SETTINGS = DrawSettings(near=0.2, far=20.0, background=(0.3, 0.6, 0.9))


@pytest.mark.parametrize("package", ["gsplat", "torch"])
def test_a_missing_package_is_named_with_its_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as error:
        gsplat_rasterizer()
    assert str(error.value) == (
        f"The package '{package}' is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[splats]"'
    )


def test_the_reference_draws_arrays() -> None:
    arrays, camera = make_surfels(20, 3, np.float32), make_camera(20, 16)
    features = np.ones((20, 2), np.float32)
    images = reference_drawing()(
        arrays, camera, world_from_cam=np.eye(4), settings=SETTINGS, features=features
    )
    assert images.color.shape == (16, 20, 3)
    assert images.color.dtype == np.float32
    assert images.features is not None
    assert np.allclose(images.features[..., 0], images.alpha, atol=1e-6)
