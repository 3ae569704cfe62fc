"""Parts of the forward pass, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.rasterizer.columns import (
    CONSTANT_M_OFFSET,
    CONSTANT_M_SCALE,
    CONSTANT_NEAR,
    IMAGE_ACTIVE,
    IMAGE_MEDIAN_INDEX,
    IMAGE_TRANSMITTANCE,
    IMAGE_X,
    NUM_PLANES,
    RECORD_ANCHOR,
    RECORD_SIZE,
)
from scenewright.splats.rasterizer.compositing import (
    LANES,
    PLANE,
    active_part,
    alpha_blend,
    clear_tile,
    cross,
    end_rays_outside,
    kernel_constants,
    span_in_tile,
    tile_origin,
    update_active,
)
from scenewright.splats.rasterizer.tiles import TILE


def empty_tile() -> np.ndarray:
    """The buffer of a tile whose rays have met no surfel, planes first."""
    buffer = np.empty(NUM_PLANES * PLANE)
    clear_tile(buffer)
    return buffer


def test_a_cleared_tile_has_light_and_active_rays() -> None:
    planes = empty_tile().reshape(NUM_PLANES, TILE, TILE)
    assert (planes[IMAGE_TRANSMITTANCE] == 1).all() and (planes[IMAGE_ACTIVE] == 1).all()
    assert (planes[IMAGE_MEDIAN_INDEX] == -1).all()
    assert (planes[IMAGE_X] == np.arange(TILE)).all()
    named = [IMAGE_TRANSMITTANCE, IMAGE_ACTIVE, IMAGE_MEDIAN_INDEX, IMAGE_X]
    assert not np.delete(planes, named, axis=0).any()


def test_alpha_blending_front_to_back() -> None:
    buffer, pixel = empty_tile(), np.uint64(37)
    rules = (0.5, 1 / 255, 1e-4, 0.0, 1.0)
    blend = [alpha_blend(buffer, pixel, alpha, 2.0, rules) for alpha in (0.5, 0.25)]
    assert blend == [(1.0, 0.5, True), (0.5, 0.125, True)]
    assert buffer[37] == 0.375
    assert alpha_blend(buffer, pixel, 0.001, 2.0, rules)[1:] == (0.0, False)  # too transparent
    assert alpha_blend(buffer, pixel, 0.5, 0.4, rules)[1:] == (0.0, False)  # too near
    assert alpha_blend(buffer, pixel, 0.9999, 2.0, rules)[1:] == (0.0, False)  # ends the ray
    assert buffer[IMAGE_ACTIVE * PLANE + 37] == 0
    assert alpha_blend(buffer, pixel, 0.5, 2.0, rules)[1:] == (0.0, False)  # has ended
    assert buffer[37] == 0.375
    assert np.delete(buffer[:PLANE], 37).min() == 1


def test_active_halves_of_rows() -> None:
    buffer, active = empty_tile(), np.empty(PLANE // LANES, np.bool_)
    assert update_active(buffer, active) and active.all()
    rays = buffer[IMAGE_ACTIVE * PLANE : (IMAGE_ACTIVE + 1) * PLANE].reshape(TILE, TILE)
    rays[3] = 0
    rays[5, :8] = 0
    assert update_active(buffer, active)
    assert np.flatnonzero(~active).tolist() == [6, 7, 10]
    span = (0, TILE, 0, TILE)
    assert active_part(active, 4, span) == (0, 16)
    assert active_part(active, 5, span) == (8, 8)
    assert active_part(active, 3, span)[1] <= 0
    rays[:] = 0
    assert not update_active(buffer, active)


def test_rays_outside_the_image_end() -> None:
    buffer = empty_tile()
    end_rays_outside(buffer, (16, 32), (27, 36))
    rays = buffer[IMAGE_ACTIVE * PLANE : (IMAGE_ACTIVE + 1) * PLANE].reshape(TILE, TILE)
    assert (rays[:4, :11] == 1).all()
    assert rays.sum() == 44


@pytest.mark.parametrize(
    ("box", "span"),
    [
        ((20, 25, 33, 40), (1, 8, 0, 16)),
        ((0, 70, 0, 70), (0, 16, 0, 16)),
        ((26, 30, 40, 44), (8, 12, 8, 8)),
        ((17, 22, 47, 60), (15, 16, 0, 8)),
    ],
)
def test_span_of_a_box_in_a_tile(box: tuple[int, ...], span: tuple[int, ...]) -> None:
    assert span_in_tile(np.array(box, np.int32), (16, 32)) == span


def test_vectors_of_a_record() -> None:
    record = np.random.default_rng(0).normal(size=RECORD_SIZE)
    assert cross(record, 0, 3) == pytest.approx(np.cross(record[:3], record[3:6]))
    record[RECORD_ANCHOR : RECORD_ANCHOR + 2] = (5.0, 7.0)
    assert tile_origin(record, (16, 32)) == (11.0, 25.0)


def test_constants_give_the_normalized_depth() -> None:
    near, far = 0.5, 20.0
    constants = kernel_constants(np.float64, near=near, far=far)
    assert constants[CONSTANT_NEAR] == near
    for z, m in ((near, 0.0), (far, 1.0)):
        assert constants[CONSTANT_M_OFFSET] - constants[CONSTANT_M_SCALE] / z == pytest.approx(m)
