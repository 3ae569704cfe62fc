"""Colors of Gaussians and of surfaces at points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.generation.color_fields import GaussianColors, VertexColors
from scenewright.geometry.quaternions import rotation_from_quaternion
from tests.generation.generation_builders import gaussians_on_sphere, smooth_colors, sphere


def two_gaussians(opacities: tuple[float, float] = (1, 1)) -> GaussianColors:
    """A red one at x = -1 and a blue one at x = 1, both long in y."""
    return GaussianColors(
        centers=np.array([[-1, 0, 0], [1, 0, 0]], np.float32),
        scales=np.array([[1, 3, 1], [1, 3, 1]], np.float32),
        rotations=np.array([[1, 0, 0, 0], [1, 0, 0, 0]], np.float32),
        opacities=np.array(opacities, np.float32),
        colors=np.array([[1, 0, 0], [0, 0, 1]], np.float32),
        least_scale=0,
    )


def test_known_weights() -> None:
    gaussians = two_gaussians((0.5, 1.0))
    point = np.array([[0.5, 0.7, 0]])
    red, blue = 0.5 * np.exp(-(1.5**2) / 2), np.exp(-(0.5**2) / 2)
    np.testing.assert_allclose(
        gaussians.colors_at(point), [[red / (red + blue), 0, blue / (red + blue)]], rtol=1e-5
    )


def test_rotations_turn_the_axes() -> None:
    # A quarter turn around z exchanges the long axis, y, with x.
    turned = replace(
        two_gaussians(),
        rotations=np.array([[np.sqrt(0.5), 0, 0, np.sqrt(0.5)]] * 2, np.float32),
    )
    red, blue = np.exp(-((1.5 / 3) ** 2) / 2), np.exp(-((0.5 / 3) ** 2) / 2)
    (found,) = turned.colors_at(np.array([[0.5, 0, 0]]))
    np.testing.assert_allclose(found, [red / (red + blue), 0, blue / (red + blue)], rtol=1e-5)


def test_far_points_take_the_nearest_color() -> None:
    (found,) = two_gaussians().colors_at(np.array([[90.0, 0, 0]]))
    np.testing.assert_allclose(found, [0, 0, 1], atol=1e-9)


def test_colors_of_a_sphere_are_recovered() -> None:
    vertices, _ = sphere()
    errors = np.abs(gaussians_on_sphere().colors_at(vertices) - smooth_colors(vertices))
    assert errors.max() < 0.05 and errors.mean() < 0.01


def test_the_kernel_and_plain_numpy_mix_alike() -> None:
    rng = np.random.default_rng(3)
    quats = rng.normal(size=(40, 4))
    field = GaussianColors(
        rng.normal(size=(40, 3)).astype(np.float32),
        rng.uniform(0.1, 0.6, (40, 3)).astype(np.float32),
        (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        rng.uniform(0, 1, 40).astype(np.float32),
        rng.uniform(0, 1, (40, 3)).astype(np.float32),
    )
    points = rng.normal(size=(30, 3))
    axes = rotation_from_quaternion(field.rotations.astype(np.float64))
    width = np.sqrt(field.scales.astype(np.float64) ** 2 + field.least_scale**2)
    expected = []
    for point in points:
        nearest = np.argsort(np.linalg.norm(field.centers - point, axis=1))[: field.neighbors]
        local = np.einsum("kji,kj->ki", axes[nearest], point - field.centers[nearest])
        density = np.exp(-0.5 * np.square(local / width[nearest]).sum(axis=1))
        weight = np.maximum(field.opacities[nearest], 1e-6) * density
        expected.append(weight @ field.colors[nearest] / weight.sum())
    np.testing.assert_allclose(field.colors_at(points), expected, atol=1e-4)


def test_colors_beyond_the_range_are_clipped() -> None:
    bright = replace(two_gaussians(), colors=np.array([[2, -1, 0.5]] * 2, np.float32))
    np.testing.assert_allclose(bright.colors_at(np.zeros((1, 3))), [[1, 0, 0.5]])


def test_surfels_drop_the_thinnest_axis() -> None:
    gaussians = gaussians_on_sphere(count=200)
    surfels = gaussians.surfels()
    order = np.argsort(-gaussians.scales, axis=1)
    axes = rotation_from_quaternion(gaussians.rotations.astype(np.float64))
    thinnest = np.take_along_axis(axes, order[:, None, 2:], axis=2)[:, :, 0]
    np.testing.assert_allclose(
        np.abs(np.einsum("nc,nc->n", surfels.normals(), thinnest)), 1, atol=1e-5
    )
    longest = np.take_along_axis(axes, order[:, None, :1], axis=2)[:, :, 0]
    first = rotation_from_quaternion(surfels.quats.astype(np.float64))[:, :, 0]
    np.testing.assert_allclose(np.abs(np.einsum("nc,nc->n", first, longest)), 1, atol=1e-5)
    np.testing.assert_array_equal(surfels.scales[:, 0], gaussians.scales.max(axis=1))
    expected = np.clip(gaussians.colors, 0, 1) * 255
    assert np.abs(surfels.base_colors() - expected).max() <= 0.51


def test_surface_colors_are_interpolated() -> None:
    field = VertexColors(np.array([[0.0, 0, 0], [1, 0, 0]]), np.array([[1.0, 0, 0], [0, 1, 0]]))
    found = field.colors_at(np.array([[0.0, 0, 0], [0.5, 0, 0], [0.75, 0, 0]]))
    expected = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.1, 0.9, 0]])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_bad_gaussians_are_refused() -> None:
    gaussians = two_gaussians()
    with pytest.raises(ConventionError) as caught:
        replace(gaussians, centers=np.zeros((0, 3), np.float32))
    assert str(caught.value) == "Gaussians: expected at least 1, got none"
    with pytest.raises(ShapeError, match="Gaussians: opacities"):
        replace(gaussians, opacities=np.ones(3, np.float32))
    with pytest.raises(ConventionError, match="Gaussians: scales"):
        replace(gaussians, scales=np.full((2, 3), np.nan, np.float32))
    with pytest.raises(ConventionError) as caught:
        VertexColors(np.zeros((0, 3)), np.zeros((0, 3)))
    assert str(caught.value) == "Vertices with colors: expected at least 1, got none"
