"""Lenses: round trips, comparison with COLMAP, and undistorted images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError, UnknownNameError
from scenewright.geometry.distortion import (
    LENS_MODELS,
    Lens,
    distort,
    lens_pixels,
    lens_rays,
    lens_reach,
    resample_image,
    resample_nearest,
    undistort,
    undistorted_camera,
    undistortion_map,
)

WIDTH, HEIGHT = 320, 240
BENT = {
    "SIMPLE_PINHOLE": [],
    "PINHOLE": [],
    "SIMPLE_RADIAL": [-0.12],
    "RADIAL": [-0.2, 0.05],
    "OPENCV": [-0.2, 0.06, 0.003, -0.002],
    "OPENCV_FISHEYE": [0.03, -0.01, 0.004, -0.001],
    "FULL_OPENCV": [0.3, 0.1, 0.001, -0.002, 0.02, 0.5, 0.1, 0.01],
    "FOV": [0.9],
    "SIMPLE_RADIAL_FISHEYE": [-0.02],
    "RADIAL_FISHEYE": [0.02, -0.008],
    "THIN_PRISM_FISHEYE": [0.02, -0.01, 0.002, -0.001, 0.003, -0.001, 0.001, -0.002],
    "RAD_TAN_THIN_PRISM_FISHEYE": [
        0.02, -0.01, 0.004, -0.002, 0.001, -0.0003, 0.002, -0.001, 0.001, -0.0005, 0.0015, 0.0003,
    ],
    "SIMPLE_DIVISION": [-0.15],
    "DIVISION": [0.08],
    "SIMPLE_FISHEYE": [],
    "FISHEYE": [],
    "EUCM": [0.6, 1.1],
}  # fmt: skip


def load_pycolmap() -> Any:
    # Pillow first: loaded after pycolmap, its PNG encoder breaks the heap.
    pytest.importorskip("PIL.Image")
    return pytest.importorskip("pycolmap")


def params(model: str, *, focal: float = 200.0) -> list[float]:
    """Off-center, with two focal lengths where the model has them."""
    focals = [focal] if LENS_MODELS[model].focals == 1 else [focal, 1.02 * focal]
    return [*focals, 150.3, 128.9, *BENT[model]]


def lens(model: str, *, focal: float = 200.0) -> Lens:
    return Lens.from_params(model, params(model, focal=focal), width=WIDTH, height=HEIGHT)


def some_rays(farthest: float) -> np.ndarray:
    generator = np.random.default_rng(4)
    radius = farthest * np.sqrt(generator.random(500))
    angle = 2 * np.pi * generator.random(500)
    rays = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([np.zeros((1, 2)), [[1e-9, 0], [0, -1e-13]], rays])


def test_every_model_is_tried() -> None:
    assert set(BENT) == set(LENS_MODELS)


@pytest.mark.parametrize("model", LENS_MODELS)
def test_there_and_back(model: str) -> None:
    tested = lens(model)
    rays = some_rays(min(1.2, 0.9 * lens_reach(tested)))
    np.testing.assert_allclose(undistort(tested, distort(tested, rays)), rays, atol=1e-9)
    np.testing.assert_allclose(lens_rays(tested, lens_pixels(tested, rays)), rays, atol=1e-9)


@pytest.mark.parametrize("model", LENS_MODELS)
def test_as_colmap_bends(model: str) -> None:
    pycolmap = load_pycolmap()
    theirs = pycolmap.Camera(model=model, width=WIDTH, height=HEIGHT, params=params(model))
    tested = lens(model)
    rays = some_rays(min(1.2, 0.9 * lens_reach(tested)))
    points = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
    expected = np.array([theirs.img_from_cam(point) for point in points])
    np.testing.assert_allclose(lens_pixels(tested, rays), expected, atol=1e-6)
    straight = np.array([theirs.cam_from_img(pixel) for pixel in expected])
    straight = straight.reshape(len(rays), -1)
    if straight.shape[1] == 3:
        straight = straight[:, :2] / straight[:, 2:]
    np.testing.assert_allclose(lens_rays(tested, expected), straight, atol=1e-5)


@pytest.mark.parametrize("model", [m for m in LENS_MODELS if LENS_MODELS[m].angular])
def test_rays_behind_the_camera_have_no_place(model: str) -> None:
    tested = Lens(model, (200.0, 200.0), (160.0, 120.0), (0.0,) * len(BENT[model]), WIDTH, HEIGHT)
    back = undistort(tested, np.array([[1.6, 0.0], [0.0, -3.0], [1.5, 0.0]]))
    assert np.isnan(back[:2]).all()
    assert back[2, 0] == pytest.approx(np.tan(1.5))


def test_a_polynomial_that_folds_ends_its_reach() -> None:
    tested = Lens.from_params("SIMPLE_RADIAL", [200, 160, 120, -0.3], width=WIDTH, height=HEIGHT)
    # r - 0.3 r^3 grows up to r = 1 / sqrt(0.9).
    assert lens_reach(tested) == pytest.approx(1 / np.sqrt(0.9), rel=0.02)
    assert lens_reach(lens("PINHOLE")) > 40
    wide = tested.pinhole.resized(WIDTH, HEIGHT)
    K = wide.K.copy()
    K[:2, :2] /= 4
    seen = np.isfinite(undistortion_map(tested, type(wide)(K, WIDTH, HEIGHT))[..., 0])
    assert seen[120, 160] and not seen[0, 0] and not seen[120, 0]


@pytest.mark.parametrize("model", LENS_MODELS)
def test_no_pixel_of_the_new_picture_is_empty(model: str) -> None:
    tested = lens(model)
    camera = undistorted_camera(tested)
    assert camera.size == (HEIGHT, WIDTH)
    assert (camera.cx, camera.cy) == tested.center
    source = undistortion_map(tested, camera)
    assert np.isfinite(source).all()
    assert source.min() >= 0 and (source <= (WIDTH, HEIGHT)).all()
    at_center = source[int(camera.cy), int(camera.cx)]
    np.testing.assert_allclose(at_center, tested.center, atol=1.5)


def test_focal_length_is_kept_where_the_picture_is_filled() -> None:
    barrel = Lens.from_params("SIMPLE_RADIAL", [200, 160, 120, -0.1], width=WIDTH, height=HEIGHT)
    assert undistorted_camera(barrel).fx == 200
    pincushion = Lens.from_params("SIMPLE_RADIAL", [200, 160, 120, 0.1], width=WIDTH, height=HEIGHT)
    camera = undistorted_camera(pincushion)
    assert 200 < camera.fx < 240
    corner = undistortion_map(pincushion, camera)[0, 0]
    assert corner.min() < 1, "no more than needed"


def test_a_fisheye_shows_what_a_flat_picture_can() -> None:
    params = [WIDTH / np.pi, 160, 120]
    tested = Lens.from_params("SIMPLE_FISHEYE", params, width=WIDTH, height=HEIGHT)
    camera = undistorted_camera(tested)
    half = np.degrees(np.arctan(camera.cx / camera.fx))
    assert 50 < half < 55.001


def test_a_straight_lens_changes_nothing() -> None:
    tested = Lens.from_params("OPENCV", [200, 204, 150.3, 128.9, 0, 0, 0, 0], width=64, height=48)
    assert tested.is_straight
    camera = undistorted_camera(tested)
    assert np.array_equal(camera.K, tested.pinhole.K)
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    source = undistortion_map(tested, camera)
    assert np.array_equal(resample_image(image, source), image)
    assert np.array_equal(resample_nearest(image[..., 0], source), image[..., 0])
    assert not lens("FISHEYE").is_straight and not lens("EUCM").is_straight


@pytest.mark.parametrize("model", ["OPENCV", "OPENCV_FISHEYE", "FOV"])
def test_lines_are_straight_again(model: str) -> None:
    tested = lens(model)
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    rays = lens_rays(tested, np.stack([columns, rows], axis=-1))
    value = 128 + 90 * np.sin(6 * (0.8 * rays[..., 0] - 0.6 * rays[..., 1]))
    bent = np.repeat(np.nan_to_num(value)[..., None], 3, axis=2).astype(np.uint8)
    camera = undistorted_camera(tested)
    x = (columns - camera.cx) / camera.fx
    y = (rows - camera.cy) / camera.fy
    expected = 128 + 90 * np.sin(6 * (0.8 * x - 0.6 * y))
    flat = resample_image(bent, undistortion_map(tested, camera))
    assert np.abs(flat[..., 1] - expected).max() < 3


def test_nearest_mixes_nothing() -> None:
    tested = lens("OPENCV")
    source = undistortion_map(tested, undistorted_camera(tested))
    depth = np.where(np.arange(WIDTH) < 140, 1.0, 4.0).astype(np.float32)
    depth = np.repeat(depth[None], HEIGHT, axis=0)
    flat = resample_nearest(depth, source)
    assert flat.dtype == np.float32
    assert set(np.unique(flat)) == {1.0, 4.0}
    source[0, 0] = np.nan
    assert resample_nearest(depth, source)[0, 0] == 0
    assert (resample_image(np.full((HEIGHT, WIDTH, 3), 9, np.uint8), source)[0, 0] == 0).all()


def test_resized_lens_sees_the_same() -> None:
    tested = lens("OPENCV")
    small = tested.resized(WIDTH // 2, HEIGHT // 2)
    rays = some_rays(0.5)
    np.testing.assert_allclose(2 * lens_pixels(small, rays), lens_pixels(tested, rays), atol=1e-9)
    half, full = undistorted_camera(small), undistorted_camera(tested)
    np.testing.assert_allclose(half.K[:2] * 2, full.K[:2], rtol=5e-3)


def test_lenses_that_are_refused() -> None:
    size = {"width": 4, "height": 4}
    with pytest.raises(UnknownNameError) as unknown:
        Lens.from_params("FISHY", [1, 2, 2], **size)
    assert str(unknown.value) == (
        f"There is no camera model 'FISHY': expected one of {', '.join(LENS_MODELS)}"
    )
    with pytest.raises(ShapeError) as short:
        Lens.from_params("OPENCV", [1, 2, 3], **size)
    assert str(short.value) == (
        "Parameters of a camera model OPENCV: expected 8 numbers (fx, fy, cx, cy, k1, k2, p1, p2), "
        "got 3"
    )
    with pytest.raises(ConventionError) as negative:
        Lens.from_params("SIMPLE_RADIAL", [-5, 2, 2, 0.1], **size)
    assert str(negative.value) == (
        "A camera model SIMPLE_RADIAL: expected finite numbers and positive focal lengths, "
        "got -5, -5, 2, 2, 0.1"
    )
