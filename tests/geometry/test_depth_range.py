"""How far readings are used: noise, clipped readings, and the size of the map."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.geometry.depth_noise import DepthNoise
from scenewright.geometry.depth_range import (
    MAX_DEVIATION,
    MAX_REACH,
    DepthRange,
    choose_depth_range,
    find_clip,
)

SHAPE = (120, 160)
VOXEL = 0.025


def ramp(near: float, far: float, *, growth: float = 0.0, seed: int = 0) -> NDArray[np.float32]:
    """A floor from near to far, with noise of inverse depth; the camera is tilted sideways."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    share = (rows + 0.1 * columns) / (SHAPE[0] - 1 + 0.1 * (SHAPE[1] - 1))
    inverse = 1 / far + share * (1 / near - 1 / far)
    inverse += growth * np.random.default_rng(seed).standard_normal(SHAPE)
    depth: NDArray[np.float32] = (1 / inverse).astype(np.float32)
    return depth


def pose(*, forward: float = 0.0, yaw_deg: float = 0.0) -> NDArray[np.float64]:
    """A camera moved along the world's z axis, then turned about y."""
    angle = np.deg2rad(yaw_deg)
    result = np.eye(4)
    result[0, 0] = result[2, 2] = np.cos(angle)
    result[0, 2], result[2, 0] = np.sin(angle), -np.sin(angle)
    result[2, 3] = forward
    return result


POSES = [pose(yaw_deg=10.0 * i) for i in range(4)]


def test_rendered_rooms_are_used_whole() -> None:
    found = choose_depth_range([ramp(1, 10)] * 4, POSES, voxel_size=VOXEL)
    assert (found.cause, found.share_beyond) == ("all", 0.0)
    assert 10 < found.max_depth <= MAX_REACH * VOXEL


def test_noise_limits_the_depth_in_proportion_to_the_voxels() -> None:
    growth = 0.003
    images = [ramp(1, 10, growth=growth, seed=i) for i in range(4)]
    for voxel_size in (0.01, 0.025):
        found = choose_depth_range(images, POSES, voxel_size=voxel_size)
        expected = np.sqrt(MAX_DEVIATION * voxel_size / growth)
        assert found.cause == "noise"
        assert found.max_depth == pytest.approx(expected, rel=0.08)
        assert found.share_beyond == np.mean([image > found.max_depth for image in images])
        assert found.reason.endswith(f"voxels of {100 * voxel_size:g} cm")


def test_an_outlook_is_bounded_by_the_size_of_the_map() -> None:
    images = [ramp(2, 80)] * 4
    found = choose_depth_range(images, POSES, voxel_size=VOXEL)
    assert (found.cause, found.max_depth) == ("size", 15.0)
    assert found.share_beyond == pytest.approx(np.mean(images[0] > 15))
    assert "too large with voxels of 2.5 cm" in found.reason
    assert choose_depth_range(images, POSES, voxel_size=0.1).max_depth == 60.0


def test_a_few_far_outliers_do_not_set_the_limit() -> None:
    image = ramp(1, 4)
    image[0, :3] = 14.0
    found = choose_depth_range([image], POSES[:1], voxel_size=VOXEL)
    assert found.cause == "all" and 4 < found.max_depth < 7


@pytest.mark.parametrize("value", [6.5535, 10.0, 65.535])
def test_a_constant_value_beyond_the_range_is_no_reading(value: float) -> None:
    image = ramp(1, 5, growth=0.001)
    image[:40] = value
    found = choose_depth_range([image] * 4, POSES, voxel_size=VOXEL)
    assert found.clip is not None and found.clip == np.float32(value)
    assert found.max_depth < found.clip and found.share_beyond == 0
    # The constant readings do not make the sensor look exact.
    assert found.noise is not None and found.noise.at(4.0) == pytest.approx(0.016, rel=0.15)


def test_only_a_moving_camera_shows_that_readings_are_clipped() -> None:
    wall = np.full(SHAPE, 3.0, np.float32)
    assert find_clip([wall, wall], [pose(), pose()]) is None
    assert find_clip([wall, wall], [pose(), pose(yaw_deg=1.0)]) is None
    assert find_clip([wall, wall], [pose(), pose(yaw_deg=5.0)]) == 3.0
    assert find_clip([wall, wall], [pose(), pose(forward=0.1)]) == 3.0
    assert find_clip([wall], [pose()]) is None
    assert find_clip([np.zeros(SHAPE, np.float32)] * 2, POSES[:2]) is None
    single = wall.copy()
    single[0, 0] = 4.0
    assert find_clip([single, single], POSES[:2]) is None


def test_the_first_frames_of_a_stream_say_nothing_about_its_extent() -> None:
    found = choose_depth_range([ramp(1, 3)], POSES[:1], voxel_size=VOXEL, is_complete=False)
    assert (found.cause, found.max_depth) == ("size", 15.0)


def test_without_any_reading() -> None:
    found = choose_depth_range([], [], voxel_size=VOXEL)
    assert found == DepthRange(15.0, "all", VOXEL)


def test_json_values_hold_the_reason() -> None:
    found = DepthRange(4.5, "noise", VOXEL, 0.12345, noise=DepthNoise(0.001, 0.0015))
    assert found.as_dict() == {
        "max_depth": 4.5,
        "cause": "noise",
        "reason": found.reason,
        "share_beyond": 0.1235,
        "clip": None,
        "noise_floor_m": 0.001,
        "noise_growth_per_m": 0.0015,
    }
    assert DepthRange(9.9, "clipped", VOXEL, clip=10.0).reason.startswith("all of them are 10 m")
    assert DepthRange(5.0, "asked", VOXEL).reason == "the settings say so"


def test_the_extent_is_that_of_nearly_all_readings() -> None:
    depth = np.full((60, 80), 30.0, np.float32)
    depth[:2] = 90.0
    found = choose_depth_range([depth, depth], [np.eye(4), np.eye(4)], voxel_size=VOXEL)
    assert found.extent == pytest.approx(30.0) and found.max_depth == 15.0
