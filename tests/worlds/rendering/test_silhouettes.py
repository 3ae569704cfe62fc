"""Amodal masks against renderings of single objects."""

from __future__ import annotations

import pytest

from scenewright.worlds.composing.world import World
from scenewright.worlds.rendering import Renderer, View, amodal_masks
from tests.worlds.rendering_builders import CAMERA, FRONT, camera_at, small_world


@pytest.fixture(scope="module")
def view() -> View:
    return Renderer(small_world()).render(CAMERA, FRONT)


def test_amodal_masks_are_those_of_each_object_alone() -> None:
    world = small_world()
    masks = amodal_masks(world, CAMERA, FRONT)
    assert masks.ids.tolist() == [2, 3]
    for dense, thing in zip(masks.dense(), world.objects[1:], strict=True):
        alone = Renderer(World((thing,), world.size)).render(CAMERA, FRONT).id_map > 0
        # Both decide by pixel centers; a center on an edge may be inside or outside.
        assert (dense != alone).sum() <= 2 and alone.sum() > 300


def test_amodal_masks_contain_the_visible_ones(view: View) -> None:
    masks = amodal_masks(small_world(), CAMERA, FRONT, ids=[3, 2])
    hidden = 0
    for number, dense in zip(masks.ids, masks.dense(), strict=True):
        visible = view.id_map == number
        assert (visible & ~dense).sum() <= 2
        hidden += int((dense & ~visible).sum())
    assert hidden > 100


def test_amodal_masks_of_what_is_behind_and_around_the_camera() -> None:
    world = small_world()
    away = camera_at((0, -2.0, 1.1), (0, -4.0, 1.0))
    assert len(amodal_masks(world, CAMERA, away)) == 0
    inside = camera_at((0.35, 0.7, 0.4), (0.35, 2.0, 0.4))
    masks = amodal_masks(world, CAMERA, inside)
    assert masks.ids.tolist() == [3] and masks.areas()[0] == 160 * 120
