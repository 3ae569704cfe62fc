"""Fits of scenes to measurements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.similarity_fit import (
    depth_scale,
    fit_scene,
    fitted_similarity,
    visible_points,
)
from scenewright.geometry.transforms import transform_points
from tests.geometry.layout_builders import box_scene, moved, random_similarity, seen_from

UP = np.array([0.0, 0, 1])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_similarities_are_recovered_from_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = random_similarity(rng)
    points = rng.normal(size=(20, 3))
    target = transform_points(points, truth)
    weights = rng.uniform(0.1, 1, 20)
    np.testing.assert_allclose(fitted_similarity(points, target, weights), truth, atol=1e-9)
    target[:5] += 3
    weights[:5] = 0
    np.testing.assert_allclose(fitted_similarity(points, target, weights), truth, atol=1e-9)
    rigid = fitted_similarity(points, target, weights, with_scale=False)
    np.testing.assert_allclose(np.linalg.det(rigid[:3, :3]), 1)


def test_depth_scale_ignores_wrong_pixels_and_objects() -> None:
    rng = np.random.default_rng(0)
    rendered = rng.uniform(1, 3, 600)
    measured = 2.5 * rendered * np.exp(rng.normal(scale=0.01, size=600))
    objects = np.repeat([1, 2, 3], 200)
    measured[:40] = 9
    measured[objects == 3] *= 4
    measured[50:60] = 0
    assert depth_scale(measured, rendered, objects) == pytest.approx(2.5, rel=0.01)
    assert depth_scale(7 * measured, rendered, objects) == pytest.approx(17.5, rel=0.01)


@pytest.mark.parametrize("seed", [0, 1])
def test_known_layouts_are_recovered_from_one_side(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = box_scene(rng)
    truth = random_similarity(rng, upright=True)
    placed = moved(scene, truth)
    scale = np.cbrt(np.linalg.det(truth[:3, :3]))
    eye = np.concatenate(placed).mean(axis=0) + scale * np.array([0, -3, 1.5])
    fit = fit_scene(scene, seen_from(placed, eye, rng), eye=eye, up=UP)
    assert fit.scale == pytest.approx(scale, rel=0.01)
    assert fit.error < 0.01
    off = transform_points(np.concatenate(scene), fit.observed_from_scene) - np.concatenate(placed)
    assert np.linalg.norm(off, axis=1).max() < 0.02 * scale


def test_objects_without_measurement_do_not_count() -> None:
    rng = np.random.default_rng(2)
    scene = box_scene(rng)
    eye = np.array([0.7, -3, 1.5])
    seen = seen_from(scene, eye, rng)
    seen[1] = np.zeros((0, 3))
    assert fit_scene(scene, seen, eye=eye, up=UP).scale == pytest.approx(1, rel=0.02)


def test_the_far_side_is_not_visible() -> None:
    (box,) = box_scene(np.random.default_rng(0), count=1)
    eye = box.mean(axis=0) + np.array([0, 0, 5])
    visible = visible_points(box, eye)
    height = box[:, 2].max()
    assert visible[box[:, 2] > 0.999 * height].all()
    assert visible[box[:, 2] < 0.001].mean() < 0.02


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError) as wrong:
        fit_scene([np.eye(3)], [], eye=np.zeros(3), up=UP)
    assert str(wrong.value) == "observed objects: expected 1, as generated, got 0"
    with pytest.raises(ConventionError) as caught:
        fit_scene([np.eye(3)], [np.zeros((0, 3))], eye=np.zeros(3), up=UP)
    assert str(caught.value) == "objects with measured points: expected 1 or more, got none"
    with pytest.raises(ConventionError) as caught:
        depth_scale(np.zeros(3), np.ones(3))
    assert str(caught.value) == (
        "pixels with measured and rendered depth: expected 1 or more, got none"
    )
    with pytest.raises(ConventionError) as caught:
        fitted_similarity(np.ones((3, 3)), np.eye(3))
    assert str(caught.value) == "points: expected different ones, got all equal"
