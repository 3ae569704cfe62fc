"""How surfels go into gsplat and images come out; with a GPU, what it draws."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, MissingExtraError
from scenewright.splats.rasterizer.arrays import DrawSettings, SurfelArrays
from scenewright.splats.torch_engines.gsplat_engine import (
    GsplatDrawing,
    GsplatRasterizer,
    gsplat_arguments,
    images_of_gsplat,
)
from scenewright.splats.torch_engines.reference import rasterize_reference
from scenewright.splats.torch_engines.tensors import SurfelTensors
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_plane,
    make_pose,
    make_surfels,
)

torch = pytest.importorskip("torch")

SETTINGS = DrawSettings(near=0.2, far=20.0, background=(0.3, 0.6, 0.9))


def stand_in(**arguments: Any) -> tuple[Any, ...]:
    """gsplat's interface, drawn by the oracle: center depth in the last channel, world normals."""
    view, means = arguments["viewmats"][0], arguments["means"]
    assert arguments["scales"].shape == (len(means), 3)
    assert arguments["render_mode"] == "RGB+D"
    pose = torch.linalg.inv(view)
    K, colors = arguments["Ks"][0].numpy(), arguments["colors"]
    depth = means @ view[2, :3] + view[2, 3]
    images = rasterize_reference(
        SurfelTensors(
            means, arguments["quats"], arguments["scales"][:, :2], arguments["opacities"],
            torch.zeros((len(means), 1, 3)).to(means),
        ),
        Camera(K, arguments["width"], arguments["height"]),
        world_from_cam=pose.numpy(),
        settings=DrawSettings(arguments["near_plane"], 1e10),
        features=torch.cat([colors, depth[:, None]], dim=1),
    )  # fmt: skip
    behind = torch.cat([arguments["backgrounds"], torch.zeros((1, 1)).to(means)], dim=1)
    drawn = images.features + (1 - images.alpha[..., None]) * behind
    normals = images.normals @ pose[:3, :3].T
    some = torch.zeros_like(images.alpha)[None, ..., None]
    median = images.median[None, ..., None]
    return drawn[None], images.alpha[None, ..., None], normals[None], None, some, median, {}


def facing(arrays: SurfelArrays) -> SurfelArrays:
    """The same disks, parallel to the image: then the depth of a hit is that of the center."""
    quats = np.tile(np.array([[1.0, 0, 0, 0]]), (len(arrays.means), 1))
    return arrays._replace(quats=quats * 1.7)


@pytest.mark.parametrize("channels", [None, 2, 3, 16])
def test_pictures_come_back_as_they_went_in(channels: int | None) -> None:
    camera, pose = make_camera(), np.eye(4)
    pose[:3, 3] = (0.1, -0.2, 0.3)
    surfels = SurfelTensors.of(facing(make_surfels(60, 3)), requires_grad=True)
    features = None
    if channels is not None:
        features = torch.tensor(np.random.default_rng(1).normal(size=(60, channels)))
    options: dict[str, Any] = {
        "settings": replace(SETTINGS, sh_degree=2), "features": features, "world_from_cam": pose
    }  # fmt: skip
    arguments = gsplat_arguments(surfels, camera, **options)
    count = arguments["colors"].shape[1] + 1
    assert count & (count - 1) == 0  # gsplat pads other counts with memory it never wrote
    images = images_of_gsplat(stand_in(**arguments), world_from_cam=pose, num_features=channels)
    true = rasterize_reference(surfels, camera, **options)
    for name, value in vars(true).items():
        found = getattr(images, name)
        if value is None:
            assert found is None
        else:
            assert found.shape == value.shape, name
            assert torch.allclose(found, value, atol=1e-9), name
    gradients = make_gradients(camera, 1, features=channels)
    slopes = []
    for drawn in (images, true):
        drawn.dot(gradients).backward()  # type: ignore[no-untyped-call]
        slopes.append([leaf.grad.clone() for leaf in surfels if leaf.grad is not None])
        for leaf in surfels:
            leaf.grad = None
    for name, found, value in zip(SurfelArrays._fields, *slopes, strict=True):
        if name != "quats":  # turning a disk moves the depth of hits, not that of the center
            assert torch.allclose(found, value, rtol=1e-6, atol=1e-8), name


def test_normals_come_back_in_the_frame_of_the_camera() -> None:
    camera, pose = make_camera(), make_pose(4)
    surfels = SurfelTensors.of(make_surfels(60, 3))
    arguments = gsplat_arguments(surfels, camera, world_from_cam=pose, settings=SETTINGS)
    images = images_of_gsplat(stand_in(**arguments), world_from_cam=pose, num_features=None)
    true = rasterize_reference(surfels, camera, world_from_cam=pose, settings=SETTINGS)
    for name in ("color", "alpha", "normals"):
        assert torch.allclose(getattr(images, name), getattr(true, name), atol=1e-9), name


def test_the_statistic_is_a_length_in_device_coordinates() -> None:
    slopes = torch.zeros((1, 2, 2), requires_grad=True)
    some = torch.zeros((10, 40))
    images = rasterize_reference(
        SurfelTensors.of(make_surfels(0, 1)),
        make_camera(40, 10),
        world_from_cam=np.eye(4),
        settings=SETTINGS,
    )
    drawing = GsplatDrawing(images, some, slopes)
    assert not drawing.screen().any()
    (slopes * torch.tensor([[3 / 20, 4 / 5], [0, 0]])).sum().backward()
    assert torch.allclose(drawing.screen(), torch.tensor([5.0, 0.0]))


def test_skew_is_refused() -> None:
    camera = Camera(np.array([[40.0, 2.0, 20.0], [0, 40.0, 15.0], [0, 0, 1]]), 40, 30)
    surfels = SurfelTensors.of(make_surfels(3, 1))
    with pytest.raises(ConventionError) as error:
        gsplat_arguments(surfels, camera, world_from_cam=np.eye(4), settings=SETTINGS)
    assert str(error.value) == "Camera.K: expected no skew, got 2"


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_without_a_gpu_the_engine_says_what_to_use(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gsplat", ModuleType("gsplat"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MissingExtraError) as error:
        GsplatRasterizer(device)
    assert str(error.value) == (
        "The engine 'gsplat' needs CUDA: expected an NVIDIA GPU and a build "
        f"of torch for it, got device '{device}', torch {torch.__version__}. "
        "Use the engine 'numba', which runs on the CPU."
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gsplat_and_the_oracle_draw_alike() -> None:
    pytest.importorskip("gsplat")
    camera = make_camera(64, 48, focal=80)
    wall, _ = make_plane(40, np.float32)
    drawing = GsplatRasterizer().draw(
        SurfelTensors.of(wall, device="cuda", requires_grad=True),
        camera,
        world_from_cam=np.eye(4),
        settings=SETTINGS,
    )
    found = drawing.images.numpy()
    surfels = SurfelTensors.of(wall)
    centers = surfels.means[:, 2:]  # gsplat gives the depths of these
    true = rasterize_reference(
        surfels, camera, world_from_cam=np.eye(4), settings=SETTINGS, features=centers
    )
    assert true.features is not None
    assert np.abs(found.color - true.color.numpy()).mean() < 0.01
    assert np.abs(found.alpha - true.alpha.numpy()).mean() < 0.01
    assert np.abs(found.normals - true.normals.numpy()).mean() < 0.01
    assert np.abs(found.depth_sum - true.features[..., 0].numpy()).mean() < 1e-3
    drawing.images.color.sum().backward()  # type: ignore[no-untyped-call]
    assert (drawing.screen() > 0).any()
    assert drawing.visible.any()
