"""What one camera sees of surfels, through engines by name and as given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError
from scenewright.splats.rasterizer import DrawSettings, Images, SurfelArrays, draw_on_cpu
from scenewright.splats.rendering import OPAQUE, RenderedView, render
from tests.splats.shape_builders import around, plane, sphere, views_from

VIEWS = around(3, width=40, height=32, focal=40.0)


def view_of(**options: Any) -> RenderedView:
    """The first view of a sphere of radius 1 around the origin, 4 away."""
    pose = VIEWS.world_from_cam[0]
    return render(sphere(300), VIEWS.camera(0), world_from_cam=pose, **options)


def test_depth_normals_and_alpha_of_a_sphere() -> None:
    view = view_of(background=(0.0, 0.0, 1.0))
    assert view.alpha[16, 20] > 0.99 and view.alpha[0, 0] == 0
    for depth in (view.depth, view.median_depth):
        assert depth[16, 20] == pytest.approx(3, abs=0.05)
        assert not depth[view.alpha < OPAQUE].any()
    lengths = np.linalg.norm(view.normals, axis=-1)
    assert np.allclose(lengths[view.alpha >= OPAQUE], 1, atol=1e-5)
    assert not lengths[view.alpha < OPAQUE].any()
    towards = VIEWS.centers[0] / 4
    assert view.normals[16, 20] @ towards == pytest.approx(1, abs=0.05)
    assert view.color[0, 0] == pytest.approx((0, 0, 1))
    assert view.features is None
    assert {value.dtype for value in vars(view).values() if value is not None} == {
        np.dtype(np.float32)
    }


def test_features_are_blended_by_the_weights() -> None:
    view = view_of(features=np.ones((300, 2), np.float32))
    assert view.features is not None
    assert np.allclose(view.features, view.alpha[..., None], atol=1e-5)


def test_engines_agree_and_may_be_given() -> None:
    pytest.importorskip("torch")
    calls = []

    def counted(
        arrays: SurfelArrays, camera: Camera, *, settings: DrawSettings, **options: Any
    ) -> Images:
        calls.append(settings)
        return draw_on_cpu(arrays, camera, settings=settings, **options)

    fast, slow = view_of(engine=counted, near=0.5), view_of(engine="reference", near=0.5)
    assert calls == [DrawSettings(0.5, 50.0)]
    for name in ("color", "alpha", "depth", "normals"):
        assert np.abs(getattr(fast, name) - getattr(slow, name)).mean() < 1e-3, name


def test_what_is_nearer_than_near_is_ignored() -> None:
    views = views_from(np.array([[0.0, 0.1, 2.0]]), width=24, height=24, focal=20.0)
    floor = plane(4.0, spacing=0.2)
    drawn, ignored = (
        render(floor, views.camera(0), world_from_cam=views.world_from_cam[0], near=near)
        for near in (0.1, 5.0)
    )
    assert drawn.alpha[12, 12] > 0.9
    assert not ignored.alpha.any()


def test_skew_is_refused() -> None:
    camera = Camera(np.array([[40.0, 2, 20], [0, 40, 16], [0, 0, 1]]), 40, 32)
    with pytest.raises(ConventionError) as error:
        render(sphere(20), camera, world_from_cam=VIEWS.world_from_cam[0])
    assert str(error.value) == "Camera.K: expected no skew, got 2"
