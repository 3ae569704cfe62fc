"""Gaussians of files: quaternions, similarities, conversion to surfels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import FormatError
from scenewright.io._gaussians import (
    FLAT,
    Gaussians,
    join_gaussians,
    move_gaussians,
    surfels_of,
)


def rotations(quats: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3, 3) of (N, 4) quaternions (w, x, y, z) of any length."""
    matrices: NDArray[np.float64] = Rotation.from_quat(quats[:, [1, 2, 3, 0]]).as_matrix()
    return matrices


def make_gaussians(n: int = 30, *, num_coefficients: int = 4, seed: int = 0) -> Gaussians:
    rng = np.random.default_rng(seed)
    return Gaussians(
        rng.normal(size=(n, 3)).astype(np.float32),
        (3 * rng.normal(size=(n, 4))).astype(np.float32),
        rng.uniform(0.05, 0.2, (n, 3)).astype(np.float32),
        rng.uniform(0, 1, n).astype(np.float32),
        rng.normal(size=(n, num_coefficients, 3)).astype(np.float32),
    )


def covariances(gaussians: Gaussians) -> NDArray[np.float64]:
    axes = rotations(gaussians.quats) * gaussians.scales[:, None, :]
    product: NDArray[np.float64] = axes @ axes.transpose(0, 2, 1)
    return product


def test_a_similarity_moves_means_and_covariances() -> None:
    gaussians = make_gaussians()
    matrix = np.eye(4)
    matrix[:3, :3] = 2.5 * Rotation.random(random_state=1).as_matrix()
    matrix[:3, 3] = 1, -2, 3
    moved = move_gaussians(gaussians, matrix)
    linear = matrix[:3, :3]
    np.testing.assert_allclose(moved.means, gaussians.means @ linear.T + [1, -2, 3], atol=1e-5)
    expected = linear @ covariances(gaussians) @ linear.T
    np.testing.assert_allclose(covariances(moved), expected, rtol=1e-4, atol=1e-6)
    back = move_gaussians(moved, np.linalg.inv(matrix).astype(np.float64))
    np.testing.assert_allclose(back.sh, gaussians.sh, atol=1e-5)
    assert move_gaussians(gaussians, np.eye(4)) is gaussians


@pytest.mark.parametrize("diagonal", [(1, 1, -1, 1), (1, 2, 1, 1)])
def test_mirrors_and_stretches_are_refused(diagonal: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"^a node with splats is mirrored or stretched$"):
        move_gaussians(make_gaussians(), np.diag(diagonal))


def test_joining_pads_the_harmonics() -> None:
    first, second = make_gaussians(3, num_coefficients=1), make_gaussians(2, num_coefficients=9)
    joined = join_gaussians([first, second])
    assert joined.sh.shape == (5, 9, 3)
    np.testing.assert_array_equal(joined.sh[:3, :1], first.sh)
    assert (joined.sh[:3, 1:] == 0).all()
    np.testing.assert_array_equal(joined.means[3:], second.means)


def test_the_thinnest_axis_becomes_the_normal() -> None:
    gaussians = make_gaussians()
    thin = gaussians.scales.argmin(axis=1)
    surfels, notes = surfels_of("a.ply", gaussians)
    assert len(notes) == 1 and notes[0].startswith("30 Gaussians with a volume became surfels")
    normals = rotations(gaussians.quats)[np.arange(30), :, thin]
    np.testing.assert_allclose(np.abs((surfels.normals() * normals).sum(axis=1)), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(rotations(surfels.quats)), 1, atol=1e-5)
    kept = np.sort(np.delete(gaussians.scales.ravel(), np.arange(30) * 3 + thin).reshape(30, 2))
    np.testing.assert_allclose(np.sort(surfels.scales, axis=1), kept, rtol=1e-6)


def test_flat_gaussians_are_surfels_already() -> None:
    gaussians = make_gaussians()
    gaussians.scales[:, 2] = FLAT
    surfels, notes = surfels_of("a.ply", gaussians, instance_id=np.arange(30, dtype=np.int32))
    assert notes == () and surfels.instance_id is not None
    np.testing.assert_array_equal(surfels.scales, gaussians.scales[:, :2])
    np.testing.assert_allclose(np.linalg.norm(surfels.quats, axis=1), 1, atol=1e-6)


def test_quaternions_without_length_are_refused() -> None:
    gaussians = make_gaussians()
    gaussians.quats[3:5] = 0
    with pytest.raises(FormatError) as caught:
        surfels_of("a.ply", gaussians)
    assert str(caught.value) == "a.ply: expected rotations as quaternions, got 2 of length 0"
