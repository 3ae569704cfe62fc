"""Rendered images against geometry and against slow references."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from scenewright.core import ConventionError
from scenewright.geometry.projection import unproject
from scenewright.worlds.composing.world import AreaLight, Sun, World
from scenewright.worlds.objects.model import PATTERNS, Material
from scenewright.worlds.rendering import Renderer, View
from tests.worlds.rendering_builders import CAMERA, FRONT, camera_at, placed, small_world

BALL = (0.0, 0.0, 0.3)


@pytest.fixture(scope="module")
def view() -> View:
    return Renderer(small_world()).render(CAMERA, FRONT)


def world_points(view: View, pose: np.ndarray) -> np.ndarray:
    return unproject(view.depth, CAMERA, world_from_cam=pose)


def test_depth_lies_on_the_ball(view: View) -> None:
    on_ball = view.id_map == 2
    distance = np.linalg.norm(world_points(view, FRONT)[on_ball] - BALL, axis=1)
    assert on_ball.sum() > 500
    # The ball is a polyhedron inside the sphere.
    assert distance.max() <= 0.3 + 1e-5 and distance.min() > 0.295


def test_floor_is_level_and_faces_up(view: View) -> None:
    floor = view.id_map == 1
    assert np.abs(world_points(view, FRONT)[floor][:, 2]).max() < 1e-5
    np.testing.assert_allclose(view.normals[floor], np.tile((0, 0, 1), (floor.sum(), 1)), atol=1e-6)


def test_normals_face_the_camera(view: View) -> None:
    seen = view.id_map > 0
    towards = FRONT[:3, 3] - world_points(view, FRONT)[seen]
    assert (np.einsum("ij,ij->i", towards, view.normals[seen]) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(view.normals[seen], axis=1), 1, atol=1e-5)


def test_background(view: View) -> None:
    nothing = view.id_map == 0
    assert nothing.any()
    assert (view.depth[nothing] == 0).all() and (view.normals[nothing] == 0).all()
    assert (view.image[nothing] == 0).all()
    painted = Renderer(small_world(), background=(0.0, 0.0, 1.0)).render(CAMERA, FRONT)
    assert (painted.image[nothing] == (0, 0, 255)).mean() > 0.6


def test_threads_change_nothing(view: View) -> None:
    again = Renderer(small_world(), num_threads=3).render(CAMERA, FRONT)
    for name in ("image", "depth", "normals", "id_map"):
        np.testing.assert_array_equal(getattr(view, name), getattr(again, name))


def test_the_sun_casts_the_shadow_of_the_ball() -> None:
    world = small_world(sun=True)
    above = camera_at((0.0, -0.01, 3.0), (0, 0, 0))
    lit = Renderer(world, occlusion=False).render(CAMERA, above)
    plain = Renderer(world, shadows=False, occlusion=False).render(CAMERA, above)
    slant = World(world.objects, world.size, (Sun((1.0, 0.0, 1.0)),))
    cast = Renderer(slant, occlusion=False).render(CAMERA, above)
    # A sun directly above hides its shadow under the ball; a slanted one casts it to -x.
    assert (lit.image == plain.image).mean() > 0.97
    points = world_points(cast, above)
    floor = cast.id_map == 1
    shadow = floor & (np.linalg.norm(points[..., :2] - (-0.3, 0.0), axis=-1) < 0.1)
    light = floor & (np.linalg.norm(points[..., :2] - (-1.2, -0.8), axis=-1) < 0.1)
    assert cast.image[shadow].mean() < 0.75 * cast.image[light].mean()


def test_corners_are_darker_with_occlusion() -> None:
    world = World(small_world().objects, (4, 4, 2.4))
    bright = Renderer(world, occlusion=False).render(CAMERA, FRONT)
    dim = Renderer(world).render(CAMERA, FRONT)
    points = world_points(bright, FRONT)
    floor = bright.id_map == 1
    near = floor & (np.linalg.norm(points[..., :2], axis=-1) < 0.25)
    far = floor & (np.linalg.norm(points[..., :2], axis=-1) > 1.2)
    assert dim.image[near].mean() < 0.85 * bright.image[near].mean()
    assert dim.image[far].mean() > 0.95 * bright.image[far].mean()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_have_two_colors(pattern: str) -> None:
    look = Material((0.9, 0.1, 0.1), pattern, second_color=(0.1, 0.1, 0.9), scale=0.2, gloss=0)
    crate = placed(1, trimesh.creation.box((1, 1, 1)), (0, 0, 0.5), material=look)
    image = Renderer(World((crate,), (2, 2, 2), (), (1, 1, 1))).render(CAMERA, FRONT).image
    seen = image[image.any(axis=2)].astype(int)
    redness = seen[:, 0] - seen[:, 2]
    if pattern == "plain":
        assert (redness > 50).all()
    else:
        assert redness.max() - redness.min() > 30


def test_textures_follow_their_coordinates() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, 0], picture[0, 1], picture[1, 0], picture[1, 1] = (
        (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255),
    )  # fmt: skip
    square = trimesh.Trimesh(
        [[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]], [[0, 1, 2], [0, 2, 3]]
    )
    shape = placed(1, square, (0, 0, 0))
    part = shape.model.parts[0]
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    textured = type(part)("body", part.mesh, Material((0, 0, 0), image=picture, gloss=0), uv)
    world = World(
        (type(shape)(1, shape.model.with_parts((textured,)), shape.world_from_object),),
        (2, 2, 2), (), (1, 1, 1),
    )  # fmt: skip
    image = Renderer(world, occlusion=False).render(CAMERA, camera_at((0, -2, 0), (0, 0, 0))).image
    names = {"red": image[40, 60], "green": image[40, 100], "blue": image[80, 60]}
    assert [int(np.argmax(color)) for color in names.values()] == [0, 1, 2]
    assert all(np.sort(color)[1] < 20 for color in names.values())


def test_invalid_arguments_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        Renderer(World((), (1, 1, 1), (AreaLight((0, 0, 1), (1, 1)),)))
    assert str(caught.value) == "World to render: expected at least one object, got none"
    with pytest.raises(ConventionError, match="num_threads: expected 1 or more, got 0"):
        Renderer(small_world(), num_threads=0)
