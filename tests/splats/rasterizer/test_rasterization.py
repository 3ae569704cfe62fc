"""The fast rasterizer against the reference, and on plain cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.splats.rasterizer.arrays import ImageGradients, SurfelArrays
from scenewright.splats.rasterizer.rasterization import near_plane
from tests.splats.rasterizer.oracle_builders import (
    SETTINGS,
    assert_same_gradients,
    assert_same_images,
    fast,
    oracle,
)
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_plane,
    make_pose,
    make_surfels,
)

torch = pytest.importorskip("torch")

SCENES = [(1, 0, None), (2, 1, 3), (3, 2, 16), (4, 3, None)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("seed", "sh_degree", "channels"), SCENES)
def test_fast_and_slow_agree(seed: int, sh_degree: int, channels: int | None, dtype: Any) -> None:
    camera = make_camera(45 + 7 * seed, 37)
    arrays = make_surfels(120, seed, dtype, sh_degree)
    features = None
    if channels is not None:
        features = np.random.default_rng(seed).normal(size=(120, channels)).astype(dtype)
    gradients = make_gradients(camera, seed, dtype, features=channels)
    options: dict[str, Any] = {
        "pose": make_pose(seed), "features": features,
        "settings": replace(SETTINGS, background=(0.3, 0.6, 0.9)),
    }  # fmt: skip
    trace, slopes = oracle(arrays, camera, gradients=gradients, **options)
    drawing = fast(arrays, camera, **options)
    single = dtype == np.float32
    assert_same_images(
        drawing.images,
        trace.images.numpy(),
        tolerance=1e-4 if single else 1e-9,
        switches=1e-3 if single else 0.0,
    )
    backward = drawing.backward(gradients)
    assert_same_gradients(backward, slopes, tolerance=1e-3 if single else 1e-6)
    assert backward.means.dtype == dtype
    drawn = (trace.weights > 0).any(0).any(0).numpy()
    assert drawn.sum() > 60
    assert backward.visible[drawn].all()


def test_weights_and_the_light_left_make_one() -> None:
    camera = make_camera()
    arrays = make_surfels(200, 9, sh_degree=0)
    gray = arrays._replace(sh=np.zeros_like(arrays.sh))
    white = replace(SETTINGS, background=(1.0, 1.0, 1.0))
    images = fast(gray, camera, settings=white, features=np.ones((200, 1))).images
    assert images.features is not None
    light_left = images.color - 0.5 * images.alpha[..., None]
    assert np.allclose(images.features[..., 0], images.alpha, atol=1e-12)
    assert np.allclose(images.alpha[..., None] + light_left, 1, atol=1e-12)
    assert images.alpha.max() > 0.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_flat_textured_wall_is_flat(dtype: Any) -> None:
    camera = make_camera(64, 48, focal=80)
    wall, normal = make_plane(40, dtype)
    images = fast(wall, camera).images
    rows, columns = np.mgrid[:48, :64]
    x, y = (columns + 0.5 - camera.cx) / camera.fx, (rows + 0.5 - camera.cy) / camera.fy
    rays = np.stack([x, y, np.ones_like(x)], axis=-1)
    true = 3 * normal[2] / (rays @ normal)
    inside = images.alpha > 0.98
    assert inside.mean() > 0.9
    for depth in (images.depth_sum / images.alpha, images.median):
        error = np.abs(depth - true)[inside]
        # A pixel right on the middle of a disk takes the depth of the center.
        assert error.max() < 1e-3
        assert np.quantile(error, 0.99) < (1e-5 if dtype == np.float32 else 1e-12)
    cosine = (images.normals[inside] / images.alpha[inside][:, None]) @ normal
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.1
    assert np.abs(images.distortion[inside]).max() < 1e-6
    assert images.color[inside].std() > 0.05


def test_an_off_center_principal_point_renders_where_it_should() -> None:
    camera = Camera.from_focal(60, 66, 15.3, 30.8, width=50, height=40)
    point = np.array([0.2, -0.1, 4.0])
    arrays = SurfelArrays(
        point[None], np.array([[1.0, 0, 0, 0]]), np.full((1, 2), 0.15), np.array([0.9]),
        np.zeros((1, 1, 3)),
    )  # fmt: skip
    alpha = fast(arrays, camera).images.alpha
    rows, columns = np.mgrid[:40, :50] + 0.5
    assert (columns * alpha).sum() / alpha.sum() == pytest.approx(15.3 + 60 * 0.05, abs=1e-2)
    assert (rows * alpha).sum() / alpha.sum() == pytest.approx(30.8 - 66 * 0.025, abs=1e-2)


def test_same_input_same_bytes() -> None:
    camera = make_camera(70, 50)
    arrays = make_surfels(300, 3, np.float32, 1)
    gradients = make_gradients(camera, 3, np.float32)

    def draw() -> list[bytes]:
        drawing = fast(arrays, camera)
        parts = [*vars(drawing.images).values(), *vars(drawing.backward(gradients)).values()]
        return [part.tobytes() for part in parts if part is not None]

    first = draw()
    assert all(draw() == first for _ in range(3))


@pytest.mark.parametrize(("right", "down"), [(16, 16), (5, 11)])
def test_a_picture_does_not_depend_on_where_it_lies(right: int, down: int) -> None:
    camera = make_camera(45, 37)
    wider = Camera.from_focal(
        camera.fx, camera.fy, camera.cx + right, camera.cy + down,
        width=45 + right, height=37 + down,
    )  # fmt: skip
    arrays = make_surfels(200, 12)
    images, moved = fast(arrays, camera).images, fast(arrays, wider).images
    for name in ("color", "depth_sum", "alpha", "normals", "median", "distortion"):
        part = getattr(moved, name)[down:, right:]
        assert np.allclose(part, getattr(images, name), atol=1e-9, rtol=0), name


def test_arrays_that_do_not_match_are_refused() -> None:
    camera, arrays = make_camera(), make_surfels(7, 1)
    with pytest.raises(ShapeError) as error:
        fast(arrays._replace(scales=arrays.scales[:, :1]), camera)
    assert str(error.value) == (
        "surfel scales: expected 7 rows of float64, each (2,), got float64 (7, 1)"
    )
    with pytest.raises(ShapeError) as error:
        fast(arrays._replace(sh=arrays.sh.astype(np.float32)), camera)
    assert str(error.value) == ("surfel sh: expected 7 rows of float64, got float32 (7, 16, 3)")
    with pytest.raises(ShapeError) as error:
        fast(arrays, camera, features=np.ones((6, 2)))
    assert str(error.value) == "surfel features: expected 7 rows of float64, got float64 (6, 2)"


def test_gradients_of_another_shape_are_refused() -> None:
    drawing = fast(make_surfels(7, 1), make_camera(8, 6))
    with pytest.raises(ShapeError) as error:
        drawing.backward(ImageGradients(color=np.ones((6, 8))))
    assert str(error.value) == "ImageGradients.color: expected (6, 8, 3), got (6, 8)"


def test_skew_is_refused() -> None:
    camera = Camera(np.array([[40.0, 2.0, 20.0], [0, 40.0, 15.0], [0, 0, 1]]), 40, 30)
    with pytest.raises(ConventionError) as error:
        fast(make_surfels(3, 1), camera)
    assert str(error.value) == "Camera.K: expected no skew, got 2"


@pytest.mark.parametrize("factor", [0.01, 1.0, 100.0])
def test_the_near_plane_scales_with_the_scene(factor: float) -> None:
    means = factor * np.random.default_rng(0).normal(size=(500, 3))
    assert near_plane(means) == pytest.approx(factor * near_plane(means / factor))
    far_away = np.concatenate([means, [[1e5 * factor, 0, 0]]])
    assert near_plane(far_away) == pytest.approx(near_plane(means), rel=0.02)
    assert near_plane(means[:0]) == 1
