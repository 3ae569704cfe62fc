"""Crops of scenes and objects, and the cube of what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.geometry.transforms import transform_points
from scenewright.models.generators.crops import dense_mask
from scenewright.models.generators.tiny.inputs import (
    CHANNELS,
    SEEN_CENTER,
    SEEN_EXTENT,
    SIDE,
    encoder_input,
    place_channels,
    scene_crops,
    scene_cube,
)
from tests.models.generators.tiny.tiny_builders import small_picture


def test_what_is_seen_fills_its_part_of_the_cube() -> None:
    picture = small_picture(with_points=True)
    assert picture.points is not None
    masks = [dense_mask(picture.masks, i) for i in range(2)]
    cube = scene_cube(picture.points, masks)
    seen = transform_points(picture.points[masks[0] | masks[1]], cube)
    extent = np.ptp(seen, axis=0)
    assert extent.max() == pytest.approx(SEEN_EXTENT, rel=0.05)
    assert (seen.min(axis=0) + seen.max(axis=0)) / 2 == pytest.approx(SEEN_CENTER, abs=0.02)
    with pytest.raises(ConventionError, match=r"expected at least 12 of one, got fewer"):
        scene_cube(np.full((60, 80, 3), np.nan), masks)


def test_crops_know_where_they_are_and_what_is_theirs() -> None:
    picture = small_picture(with_points=True)
    masks = [dense_mask(picture.masks, i) for i in range(2)]
    crops = scene_crops(picture.image, masks, picture.points)
    assert crops.scene.place.tolist() == [0, 0, 1] and len(crops.objects) == 2
    left, right = crops.objects
    assert left.place[0] < 0 < right.place[0] and left.place[2] < 1
    middle = SIDE // 2
    assert left.image[middle, middle].tolist() == [200, 30, 30]
    assert left.masks[middle, middle].tolist() == [255, 0]
    assert np.isfinite(left.points[middle, middle]).all()
    assert not np.isfinite(left.points[0, 0]).any()
    given = encoder_input([crops.scene, left, right])
    assert given.shape == (3, CHANNELS, SIDE, SIDE)
    assert given[1, 10].max() == 1 and given[1, 7:10, 0, 0].tolist() == [0, 0, 0]
    blind = encoder_input([left], with_points=False)
    assert not blind[0, 7:].any() and np.array_equal(blind[0, :7], given[1, :7])


def test_places_of_pixels_are_those_of_the_scene() -> None:
    u, v = place_channels(np.array([[0.5, -0.25, 0.5]], np.float32), 4)[0]
    assert u[0].tolist() == [0.125, 0.375, 0.625, 0.875] and np.ptp(u, axis=0).max() == 0
    assert v[:, 0].tolist() == [-0.625, -0.375, -0.125, 0.125]


def test_an_empty_mask_is_named() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    some = np.zeros((60, 80), bool)
    some[10:20, 10:20] = True
    with pytest.raises(ConventionError, match="Mask 2: expected at least one pixel, got none"):
        scene_crops(image, [some, np.zeros_like(some)])
