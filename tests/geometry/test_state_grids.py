"""The space around an object: solid, free, or never seen."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    ConventionError,
    StateGrid,
    Views,
)
from scenewright.geometry.depth_noise import DepthNoise
from scenewright.geometry.state_grids import GridFrame, StateCounts, grid_frame, seen_share
from scenewright.splats.extraction import InstanceImages
from scenewright.splats.meshing import SurfaceImage
from tests.splats.shape_builders import (
    around,
    joined,
    scaled,
    scaled_views,
    sphere,
    views_from,
)

NONE = np.zeros((0, 3))


def add(counts: StateCounts, picture: SurfaceImage) -> None:
    """Adds the evidence of a drawn view."""
    assert picture.ids is not None
    pose = picture.world_from_cam
    counts.add(picture.depth, picture.ids, camera=picture.camera, world_from_cam=pose)


def ball_grid(views: Views, *, resolution: int = 32, factor: float = 1.0) -> StateGrid:
    """The state grid of a ball inside a large shell, so that rays beside the ball end on the
    shell."""
    ball = scaled(sphere(1600), factor)
    shell = sphere(900, radius=14.0, instance=0)
    views = scaled_views(views, factor)
    counts = StateCounts({1: grid_frame(ball.means, resolution=resolution)})
    for picture in InstanceImages(joined(ball, scaled(shell, factor)), views):
        add(counts, picture)
    return counts.grid(1, ball.means[:0])


def one_side(count: int = 5) -> Views:
    """Cameras in a small cone around +x, far from a ball at the origin."""
    angle = 2 * np.pi * np.arange(count) / count
    eyes = np.stack([np.full(count, 12.0), 0.8 * np.cos(angle), 0.8 * np.sin(angle)], axis=1)
    return views_from(eyes, width=128, height=128, focal=500.0)


def test_ball_seen_from_one_side_is_solid_there_free_in_front_and_unknown_behind() -> None:
    grid = ball_grid(one_side(), resolution=64)
    x, y, z = np.moveaxis(grid.centers(), -1, 0)
    r = np.sqrt(x * x + y * y + z * z)
    cell = grid.cell_size
    axis = np.hypot(y, z)
    assert (grid.states[(axis < 0.8) & (r < 1 - 3 * cell)] == UNKNOWN).all()  # inside
    behind = (axis < 0.9) & (x < -0.2)
    assert (grid.states[behind] == UNKNOWN).mean() > 0.999
    in_front = (axis < 0.8) & (x > 0) & (r > 1 + 4 * cell)
    assert (grid.states[in_front] == FREE).all()
    skin = (np.abs(r - 1) < 0.5 * cell) & (x > 0.5)
    assert (grid.states[skin] == OCCUPIED).mean() > 0.99
    solid = grid.states == OCCUPIED
    assert np.abs(r[solid] - 1).max() < 5 * cell
    assert x[solid].min() > -0.25
    beside = (axis > 1.15) & (np.abs(x) < 0.5)
    assert (grid.states[beside] == FREE).mean() > 0.95


def test_seen_share_is_near_one_half_from_one_side_and_one_from_all_around() -> None:
    assert ball_grid(one_side()).seen_share == pytest.approx(0.5, abs=0.1)
    all_around = ball_grid(around(16, width=96, height=96, focal=110.0))
    assert all_around.seen_share > 0.98
    x, y, z = np.moveaxis(all_around.centers(), -1, 0)
    r = np.sqrt(x * x + y * y + z * z)
    assert (all_around.states[r < 0.8] == UNKNOWN).all()


@pytest.mark.parametrize("factor", [0.01, pytest.param(100.0, marks=pytest.mark.slow)])
def test_grid_of_a_scaled_scene_has_the_same_states(factor: float) -> None:
    views = one_side(5)
    one, other = ball_grid(views), ball_grid(views, factor=factor)
    assert other.cell_size == pytest.approx(factor * one.cell_size, rel=1e-5)
    assert (one.states == other.states).mean() > 0.999


def wall_picture(z: float, number: int) -> SurfaceImage:
    """A wall square to the view, `z` in front of a camera at the origin that looks along +z."""
    views = views_from(np.array([[0.0, -1.0, 0.0]]), width=64, height=64, focal=60.0)
    depth = np.full((64, 64), z, np.float32)
    ids = np.full((64, 64), number, np.int32)
    color = np.zeros((64, 64, 3), np.uint8)
    return SurfaceImage(depth, color, views.camera(0), np.eye(4), ids)


FRAME = GridFrame(np.array([-0.5, -0.5, 2.0]), 0.1, 10)


def states_along_ray(pictures: list[SurfaceImage], *, points: np.ndarray = NONE) -> list[int]:
    """States of the cells along the optical axis, the nearest first."""
    counts = StateCounts({3: FRAME})
    for picture in pictures:
        add(counts, picture)
    grid = counts.grid(3, points)
    return [int(state) for state in grid.states[5, 5]]


def test_states_follow_the_rules_one_by_one() -> None:
    mine, others, far = wall_picture(2.55, 3), wall_picture(2.55, 7), wall_picture(2.95, 3)
    # Centers at 2.05, 2.15, ...; those from 2.45 to 2.65 lie within 1.5 cells of 2.55.
    u, f, o = UNKNOWN, FREE, OCCUPIED
    assert states_along_ray([mine] * 2) == [f, f, f, f, o, o, o, u, u, u]
    assert states_along_ray([mine]) == [f, f, f, f, u, u, u, u, u, u]  # one view is not enough
    assert states_along_ray([others]) == [f, f, f, f, f, f, f, u, u, u]  # solid, but not ours
    assert states_along_ray([mine, mine, others]) == [f, f, f, f, o, o, o, u, u, u]
    assert states_along_ray([mine, mine, others, others, others]) == [f] * 7 + [u] * 3
    # Hit and seen through: unknown. Only seen through: free.
    assert states_along_ray([mine, mine, far]) == [f, f, f, f, u, u, u, f, u, u]
    assert states_along_ray([wall_picture(0, 3)]) == [u] * 10
    assert states_along_ray([]) == [u] * 10


def test_three_points_occupy_a_cell_that_no_view_tells_about() -> None:
    u, o = UNKNOWN, OCCUPIED
    inside = np.array([[0.05, 0.05, 2.55], [0.06, 0.05, 2.55], [0.05, 0.06, 2.55]])
    assert states_along_ray([], points=inside) == [u] * 5 + [o] + [u] * 4
    assert states_along_ray([], points=inside[:2]) == [u] * 10


def test_what_lies_outside_the_limits_is_free() -> None:
    counts = StateCounts({3: FRAME}, limits=np.array([[0.0, 0, 1, -2.5]]))  # nothing below 2.5
    states = counts.grid(3, NONE).states
    assert (states[:, :, :5] == FREE).all() and (states[:, :, 5:] == UNKNOWN).all()


def test_cell_on_the_edge_of_a_surface_is_not_seen_through() -> None:
    picture = wall_picture(2.55, 3)
    depth, ids = picture.depth.copy(), picture.ids
    assert ids is not None
    depth[:, 32:] = 10.0  # the wall ends at the optical axis
    half = SurfaceImage(depth, picture.color, picture.camera, picture.world_from_cam, ids)
    counts = StateCounts({3: FRAME})
    add(counts, half)
    states = counts.grid(3, NONE).states
    behind = states[:, 5, 8]  # x from -0.5 to 0.5 behind the wall
    assert (behind[:5] == UNKNOWN).all() and (behind[6:] == FREE).all()
    assert states[5, 5, 8] == UNKNOWN  # its center is seen through, a part of it is not


def test_grid_of_a_single_point_and_of_nothing() -> None:
    frame = grid_frame(np.zeros((1, 3)), resolution=8)
    assert frame.cell_size > 0
    with pytest.raises(ConventionError) as error:
        grid_frame(NONE)
    assert str(error.value) == "points of the object: expected at least one, got none"
    assert seen_share(np.zeros((4, 4, 4), np.uint8)) == 0
    solid = np.full((6, 6, 6), FREE, np.uint8)
    solid[2:4, 2:4, 2:4] = OCCUPIED
    assert seen_share(solid) == 1


def test_noise_widens_the_layer_that_counts_as_hit() -> None:
    u, f, o = UNKNOWN, FREE, OCCUPIED
    counts = StateCounts({3: FRAME}, noise=DepthNoise(floor=0.03, growth=0.001))
    for picture in [wall_picture(2.55, 3)] * 2:
        add(counts, picture)
    states = counts.grid(3, NONE).states[5, 5].tolist()
    assert states == [f, f, f, o, o, o, o, o, u, u]  # 0.15 + 3 (0.03 + 0.001 z^2) = 0.26


def test_kernel_agrees_with_a_slow_reference() -> None:
    rng = np.random.default_rng(4)
    camera = wall_picture(1.0, 1).camera
    depth = np.kron(rng.uniform(1.9, 3.2, (8, 8)), np.ones((8, 8))).astype(np.float32)
    depth[rng.random(depth.shape) < 0.02] = 0
    ids = np.kron(rng.integers(0, 4, (8, 8)), np.ones((8, 8), int)).astype(np.int32)
    counts = StateCounts({3: FRAME})
    for _ in range(2):
        counts.add(depth, ids, camera=camera, world_from_cam=np.eye(4))
    states = counts.grid(3, NONE).states
    expected = np.zeros_like(states)
    for cell in np.ndindex(states.shape):
        expected[cell] = reference_state(FRAME.origin + 0.1 * (np.array(cell) + 0.5), depth, ids)
    assert np.array_equal(states, expected)
    assert (np.bincount(states.ravel(), minlength=3) > 20).all()


def reference_state(center: np.ndarray, depth: np.ndarray, ids: np.ndarray) -> int:
    """The state of a cell of `FRAME` that was seen twice by the camera of `wall_picture`."""
    K = wall_picture(1.0, 1).camera.K
    u, v = (K[:2, :2] @ center[:2]) / center[2] + K[:2, 2]

    def reading(x: float, y: float) -> float | None:
        inside = 0 <= x < depth.shape[1] and 0 <= y < depth.shape[0]
        return float(depth[int(y), int(x)]) if inside else None

    here = reading(u, v)
    if not here:
        return UNKNOWN
    if abs(here - center[2]) <= 0.15:
        return OCCUPIED if ids[int(v), int(u)] == 3 else FREE
    reach = K[0, 0] * np.sqrt(3) / 2 * 0.1 / center[2]
    around = [reading(u + a * reach, v + b * reach) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    is_open = all(one > center[2] + 0.15 for one in around if one is not None)
    return FREE if is_open else UNKNOWN
