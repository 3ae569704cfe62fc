"""Meshes against truth: shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, Mesh, ShapeError
from scenewright.metrics import compare_meshes, compare_points, sample_surface
from tests.builders import make_cube, turn


def plane(height: float = 0.0, *, edge: float = 1.0, offset: float = 0.0) -> Mesh:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * edge
    vertices = np.column_stack([corners[:, 0] + offset, corners[:, 1], np.full(4, height)])
    return Mesh(vertices.astype(np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def moved(mesh: Mesh, rotation: np.ndarray, offset: np.ndarray, scale: float = 1) -> Mesh:
    vertices = scale * mesh.vertices @ rotation.T + offset
    return Mesh(vertices.astype(np.float32), mesh.faces)


def test_parallel_planes() -> None:
    result = compare_meshes(
        plane(0.03), plane(), seed=0, num_samples=40_000, thresholds=(0.02, 0.04)
    )
    # Samples lie 2.5 mm from their nearest, which adds a tenth of a millimeter to 30.
    assert result.accuracy == pytest.approx(0.03, abs=3e-4)
    assert result.completeness == pytest.approx(0.03, abs=3e-4)
    assert result.chamfer == pytest.approx((result.accuracy + result.completeness) / 2)
    assert result.f_score == {0.02: 0.0, 0.04: 1.0}
    assert result.normal_consistency == pytest.approx(1)


def test_half_of_a_plane_is_exact_but_not_complete() -> None:
    half = Mesh(plane().vertices * np.array([0.5, 1, 1], np.float32), plane().faces)
    result = compare_meshes(half, plane(), seed=0, num_samples=40_000, thresholds=(0.02, 0.1))
    assert result.accuracy < 0.004
    # The other half is 0 to 0.5 m away, 0.125 m over the whole.
    assert result.completeness == pytest.approx(0.125, abs=0.003)
    assert result.precision[0.02] > 0.999
    assert result.recall[0.02] == pytest.approx(0.52, abs=0.003)
    assert result.recall[0.1] == pytest.approx(0.6, abs=0.003)
    assert result.f_score[0.1] == pytest.approx(2 * 0.6 / 1.6, abs=0.003)


def test_equal_meshes_are_as_near_as_their_samples() -> None:
    cube = make_cube()
    result = compare_meshes(cube, cube, seed=3, num_samples=50_000)
    assert result.chamfer == pytest.approx(0.5 * np.sqrt(6 / 50_000), rel=0.1)
    assert result.f_score[0.02] == pytest.approx(1, abs=1e-3)
    assert result.normal_consistency is not None and result.normal_consistency > 0.99


def test_turned_normals() -> None:
    points = np.random.default_rng(0).random((500, 3))
    up, side = np.tile([0.0, 0, 1], (500, 1)), np.tile([0.0, 0.6, 0.8], (500, 1))
    result = compare_points(points, points, normals=-up, truth_normals=side)
    assert result.normal_consistency == pytest.approx(0.8) and result.chamfer == 0
    assert compare_points(points, points, normals=up).normal_consistency is None


@settings(max_examples=8, deadline=None)
@given(st.floats(-3, 3), st.integers(0, 2), st.sampled_from([0.01, 1.0, 100.0]))
def test_frame_and_scale_do_not_matter(angle: float, axis: int, scale: float) -> None:
    found, wanted = make_cube(edge=1.1), make_cube()
    first = compare_meshes(found, wanted, seed=1, num_samples=2000, thresholds=(0.06,))
    rotation, offset = turn(angle, axis), scale * np.array([1.0, -2, 3])
    second = compare_meshes(
        moved(found, rotation, offset, scale),
        moved(wanted, rotation, offset, scale),
        seed=1,
        num_samples=2000,
        thresholds=(0.06 * scale,),
    )
    assert second.chamfer == pytest.approx(scale * first.chamfer, rel=1e-4)
    assert second.normal_consistency == pytest.approx(first.normal_consistency, abs=1e-3)
    before, after = first.f_score[0.06], second.f_score[0.06 * scale]
    assert after == pytest.approx(before, abs=5e-3)


def test_swapping_swaps_the_parts() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((300, 3)), rng.random((200, 3))
    forward, backward = compare_points(a, b), compare_points(b, a)
    assert forward.accuracy == backward.completeness and forward.recall == backward.precision
    assert forward.chamfer == pytest.approx(backward.chamfer)
    nearest = np.linalg.norm(a[:, None] - b[None], axis=2)
    assert forward.accuracy == pytest.approx(nearest.min(axis=1).mean())
    assert forward.completeness == pytest.approx(nearest.min(axis=0).mean())


def test_samples_are_even_and_on_the_surface() -> None:
    cube = make_cube(edge=2.0)
    points, normals = sample_surface(cube, 6001, seed=5)
    assert np.allclose(np.abs(points).max(axis=1), 1, atol=1e-6)
    assert np.allclose((points * normals).sum(axis=1), 1, atol=1e-6)
    sides = np.argmax(np.abs(points), axis=1) * 2 + (points.max(axis=1) > 1 - 1e-6)
    counts = np.bincount(sides.astype(int), minlength=6)
    assert np.abs(counts - 1000).max() <= 3
    again, _ = sample_surface(cube, 6001, seed=5)
    assert np.array_equal(points, again)
    assert not np.array_equal(points, sample_surface(cube, 6001, seed=6)[0])
    # A part with a hundredth of the area gets a hundredth of the samples.
    large, small = plane(), plane(edge=0.1, offset=2)
    both = Mesh(
        np.concatenate([large.vertices, small.vertices]),
        np.concatenate([large.faces, small.faces + 4]),
    )
    inside_small = sample_surface(both, 10_100, seed=0)[0][:, 0] > 1.5
    assert abs(inside_small.sum() - 100) <= 2


def test_bad_input() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    flat = Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    for mesh, count in ((empty, 0), (flat, 1)):
        with pytest.raises(ConventionError) as caught:
            compare_meshes(mesh, plane(), seed=0)
        assert str(caught.value) == (
            f"predicted mesh: expected triangles with an area, got {count} triangles without any"
        )
        with pytest.raises(ConventionError, match=r"^true mesh: expected triangles"):
            compare_meshes(plane(), mesh, seed=0)
    with pytest.raises(ShapeError) as other:
        compare_points(np.zeros((0, 3)), np.zeros((1, 3)))
    assert str(other.value) == "predicted points: expected at least one, got none"
    with pytest.raises(ConventionError) as caught:
        compare_points(np.zeros((1, 3)), np.zeros((1, 3)), thresholds=(0.0,))
    assert str(caught.value) == "threshold: expected above 0 m, got 0 m"
