"""Allocation and integration against slow references in plain numpy, float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry import tsdf
from scenewright.geometry.voxel_hash import (
    BLOCK_SIDE,
    BLOCK_VOXELS,
    COORDINATE_LIMIT,
    BlockIndex,
)
from tests.builders import turn
from tests.geometry.geometry_builders import (
    centers,
    make_camera,
    make_index,
    make_pose,
    rough_depth,
)


def touched(
    depth: NDArray[np.float32],
    camera: Camera,
    pose: NDArray[np.float64],
    index: BlockIndex,
    *,
    voxel_size: float,
    stride: int = 1,
    stamps: NDArray[np.int32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return tsdf.touched_blocks(
        depth, camera.K, pose, voxel_size, 4 * voxel_size, 2.5, stride,
        index.table_keys, index.table_blocks,
        np.full(len(index), -1, np.int32) if stamps is None else stamps, 1,
    )  # fmt: skip


def slow_touched(
    depth: NDArray[np.float32],
    camera: Camera,
    pose: NDArray[np.float64],
    *,
    voxel_size: float,
    stride: int,
) -> set[tuple[int, ...]]:
    """Blocks at the surface and half and whole truncations before and behind, along each ray."""
    found = set()
    for v in range(stride // 2, camera.height, stride):
        for u in range(stride // 2, camera.width, stride):
            z = float(depth[v, u])
            if not 0 < z <= 2.5:
                continue
            ray = np.linalg.solve(camera.K, [u + 0.5, v + 0.5, 1])
            for step in (-1, -0.5, 0, 0.5, 1):
                r = z + step * 4 * voxel_size
                if r > 0:
                    point = pose[:3, :3] @ (ray * r) + pose[:3, 3]
                    block = np.floor(point / (BLOCK_SIDE * voxel_size))
                    found.add(tuple(int(c) for c in block))
    return found


@pytest.mark.parametrize(("stride", "voxel_size"), [(1, 0.004), (1, 0.03), (3, 0.01), (4, 0.2)])
def test_touched_blocks_are_those_along_the_rays(stride: int, voxel_size: float) -> None:
    rng = np.random.default_rng(stride)
    camera, pose = make_camera(48, 36), make_pose(rng)
    depth = rough_depth(rng, camera.size)
    known, fresh = touched(depth, camera, pose, BlockIndex(), voxel_size=voxel_size, stride=stride)
    expected = slow_touched(depth, camera, pose, voxel_size=voxel_size, stride=stride)
    rows = [tuple(row) for row in fresh.tolist()]
    assert len(known) == 0
    assert len(rows) == len(set(rows))
    assert set(rows) == expected
    if voxel_size == 0.004:
        assert len(rows) > 2048, "must be enough for both growing tables to grow"


def test_blocks_that_exist_are_known_and_named_once() -> None:
    rng = np.random.default_rng(7)
    camera, pose = make_camera(), make_pose(rng)
    depth = rough_depth(rng, camera.size)
    index = BlockIndex(slots=16)
    _, fresh = touched(depth, camera, pose, index, voxel_size=0.03)
    half = fresh[::2]
    index.add(half)
    stamps = np.full(len(index), -1, np.int32)
    known, rest = touched(depth, camera, pose, index, voxel_size=0.03, stamps=stamps)
    assert sorted(known.tolist()) == list(range(len(half)))
    assert {tuple(c) for c in rest.tolist()} == {tuple(c) for c in fresh[1::2].tolist()}
    assert (stamps == 1).all()


def test_no_reading_touches_nothing() -> None:
    camera = make_camera()
    for value in (0.0, 2.6):
        depth = np.full(camera.size, value, np.float32)
        known, fresh = touched(depth, camera, np.eye(4), BlockIndex(), voxel_size=0.03)
        assert len(known) == len(fresh) == 0


@dataclass
class Grid:
    """Voxels with the arrays that `integrate` writes."""

    index: BlockIndex
    tsdf: NDArray[np.float32]
    weight: NDArray[np.uint16]
    color: NDArray[np.uint16]

    @classmethod
    def fresh(cls, index: BlockIndex) -> Grid:
        shape = (len(index), BLOCK_VOXELS)
        return cls(
            index,
            np.ones(shape, np.float32),
            np.zeros(shape, np.uint16),
            np.zeros((*shape, 3), np.uint16),
        )

    def integrate(
        self,
        depth: NDArray[np.float32],
        image: NDArray[np.uint8],
        camera: Camera,
        pose: NDArray[np.float64],
        *,
        blocks: NDArray[np.int32] | None = None,
    ) -> None:
        tsdf.integrate(
            depth, image, camera.K, np.linalg.inv(pose).astype(np.float64), 0.04, 0.16, 2.5,
            np.arange(len(self.index), dtype=np.int32) if blocks is None else blocks,
            self.index.coords, self.tsdf, self.weight, self.color,
        )  # fmt: skip


@dataclass
class SlowGrid:
    """The same in float64, and the voxels too close to a threshold for float32 to agree."""

    points: NDArray[np.float64]
    tsdf: NDArray[np.float64]
    weight: NDArray[np.int64]
    color: NDArray[np.float64]
    unsure: NDArray[np.bool_]

    @classmethod
    def fresh(cls, index: BlockIndex) -> SlowGrid:
        points = centers(index, 0.04).reshape(-1, 3)
        n = len(points)
        return cls(points, np.ones(n), np.zeros(n, int), np.zeros((n, 3)), np.zeros(n, bool))

    def integrate(
        self,
        depth: NDArray[np.float32],
        image: NDArray[np.uint8],
        camera: Camera,
        pose: NDArray[np.float64],
    ) -> None:
        local = (self.points - pose[:3, 3]) @ pose[:3, :3]
        ahead = local[:, 2] > 0.01
        z = np.where(ahead, local[:, 2], 1)
        u = camera.fx * local[:, 0] / z + camera.cx
        v = camera.fy * local[:, 1] / z + camera.cy
        inside = ahead & (u >= 0) & (v >= 0) & (u < camera.width) & (v < camera.height)
        on_edge = np.minimum(np.abs(u - np.round(u)), np.abs(v - np.round(v))) < 1e-3
        self.unsure |= on_edge | (np.abs(local[:, 2] - 0.01) < 1e-4)
        rows = np.flatnonzero(inside)
        row_v, row_u = v[rows].astype(int), u[rows].astype(int)
        reading = depth[row_v, row_u].astype(np.float64)
        distance = reading - z[rows]
        self.unsure[rows[np.abs(np.abs(distance) - 0.16) < 1e-4]] = True
        used = (reading > 0) & (reading <= 2.5) & (distance >= -0.16)
        for row, value, rgb in zip(
            rows[used], np.minimum(1, distance[used] / 0.16), image[row_v, row_u][used], strict=True
        ):
            share = 1 / (min(self.weight[row], 255) + 1)
            self.tsdf[row] += (value - self.tsdf[row]) * share
            if value < 1:
                old = np.where(self.color[row] == 0, rgb, self.color[row])
                self.color[row] = old + (rgb - old) * share
            self.weight[row] += 1


def noise_image(rng: np.random.Generator, camera: Camera) -> NDArray[np.uint8]:
    """Colors from 1: an average of exactly 0 has a special meaning."""
    return rng.integers(1, 256, (*camera.size, 3), dtype=np.uint8)


def nudge(rng: np.random.Generator) -> NDArray[np.float64]:
    """(4, 4) a small movement of the camera."""
    step = np.eye(4)
    step[:3, :3] = turn(rng.uniform(-0.2, 0.2), 1) @ turn(rng.uniform(-0.2, 0.2), 0)
    step[:3, 3] = rng.uniform(-0.2, 0.2, 3)
    return step


@pytest.mark.parametrize("seed", range(3))
def test_integration_agrees_with_the_slow_average(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = make_camera()
    index = make_index((-3, -3, -3), (3, 3, 3))
    grid, slow = Grid.fresh(index), SlowGrid.fresh(index)
    start = make_pose(rng)
    for _ in range(4):
        pose = start @ nudge(rng)
        depth, image = rough_depth(rng, camera.size), noise_image(rng, camera)
        grid.integrate(depth, image, camera, pose)
        slow.integrate(depth, image, camera, pose)
    sure = ~slow.unsure
    assert sure.mean() > 0.97
    assert np.array_equal(grid.weight.reshape(-1)[sure], slow.weight[sure])
    assert (slow.weight[sure] >= 2).sum() > 500
    assert np.allclose(grid.tsdf.reshape(-1)[sure], slow.tsdf[sure], atol=1e-5)
    near = grid.color.reshape(-1, 3)[sure] / 256
    assert np.abs(near - slow.color[sure]).max() < 0.02
    assert np.array_equal(near.any(axis=1), slow.color[sure].any(axis=1))


def test_only_the_named_blocks_change() -> None:
    rng = np.random.default_rng(0)
    camera, index = make_camera(), make_index((-2, -2, 0), (2, 2, 5))
    depth, image = np.full(camera.size, 1.0, np.float32), noise_image(rng, camera)
    grid, whole = Grid.fresh(index), Grid.fresh(index)
    whole.integrate(depth, image, camera, np.eye(4))
    chosen = np.arange(0, len(index), 3, dtype=np.int32)
    grid.integrate(depth, image, camera, np.eye(4), blocks=chosen)
    others = np.setdiff1d(np.arange(len(index)), chosen)
    assert whole.weight[chosen].any() and whole.weight[others].any()
    assert np.array_equal(grid.weight[chosen], whole.weight[chosen])
    assert np.array_equal(grid.tsdf[chosen], whole.tsdf[chosen])
    assert not grid.weight[others].any() and not grid.color[others].any()
    assert (grid.tsdf[others] == 1).all()


def wall_readings(
    depths: list[float], reds: list[int] | None = None
) -> tuple[Grid, NDArray[np.float64]]:
    """A grid that saw flat walls one after the other, and the z of its voxel centers."""
    camera, index = make_camera(8, 6), make_index((0, 0, 2), (1, 1, 5))
    grid = Grid.fresh(index)
    for number, depth in enumerate(depths):
        image = np.full((6, 8, 3), 90 if reds is None else reds[number], np.uint8)
        grid.integrate(np.full((6, 8), depth, np.float32), image, camera, np.eye(4))
    return grid, centers(index, 0.04)[..., 2]


def test_a_flat_wall_gives_the_distance_along_z() -> None:
    grid, z = wall_readings([1.0])
    seen = grid.weight > 0
    assert np.array_equal(np.unique(grid.weight), [0, 1])
    assert np.allclose(grid.tsdf[seen], np.minimum(1, (1.0 - z[seen]) / 0.16), atol=1e-6)
    assert (z[seen] < 1.16).all() and z[seen].max() > 1.1, "behind the band nothing is known"


def test_color_is_that_of_the_first_reading_near_the_surface() -> None:
    grid, z = wall_readings([2.0, 2.0, 2.0, 1.0], [10, 10, 10, 200])
    in_band = (np.abs(1.0 - z) < 0.15) & (grid.weight == 4)
    in_front = (z < 0.83) & (grid.weight == 4)
    assert in_band.any() and in_front.any()
    assert (grid.color[in_band] == 200 * 256).all()
    assert not grid.color[in_front].any()


@pytest.mark.parametrize(
    ("count", "share"),
    [(1, 1 / 2), (254, 1 / 255), (255, 1 / 256), (256, 1 / 256), (9000, 1 / 256)],
)
def test_the_average_moves_after_many_readings(count: int, share: float) -> None:
    grid, z = wall_readings([1.0])
    seen = (grid.weight == 1) & (np.abs(1.0 - z) < 0.07)
    assert seen.sum() > 10
    grid.weight[seen] = count
    before = grid.tsdf[seen].astype(np.float64)
    camera, image = make_camera(8, 6), np.full((6, 8, 3), 90, np.uint8)
    grid.integrate(np.full((6, 8), 1.08, np.float32), image, camera, np.eye(4))
    expected = before + (np.minimum(1, (1.08 - z[seen]) / 0.16) - before) * share
    assert grid.tsdf[seen] == pytest.approx(expected, abs=1e-6)
    assert (grid.weight[seen] == count + 1).all()


def test_counting_stops_before_it_overflows() -> None:
    grid, _ = wall_readings([1.0])
    seen = grid.weight == 1
    grid.weight[seen] = tsdf.MAX_COUNT - 1
    camera = make_camera(8, 6)
    image = np.full((6, 8, 3), 90, np.uint8)
    for _ in range(3):
        grid.integrate(np.full((6, 8), 1.0, np.float32), image, camera, np.eye(4))
    assert (grid.weight[seen] == tsdf.MAX_COUNT).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e19, -1e300, 1e-300])
@pytest.mark.parametrize("entry", [(0, 0), (0, 2), (1, 1), (1, 2)])
def test_numbers_that_no_camera_has_touch_no_memory(value: float, entry: tuple[int, int]) -> None:
    index = make_index((-1, -1, 0), (2, 2, 5))
    camera = make_camera(8, 6)
    K = camera.K.copy()
    K[entry] = value
    depth, image = np.full((6, 8), 1.0, np.float32), np.full((6, 8, 3), 90, np.uint8)
    depth[2] = np.nan
    grid = Grid.fresh(index)
    blocks = np.arange(len(index), dtype=np.int32)
    pose = np.eye(4)
    tsdf.integrate(
        depth, image, K, pose, 0.04, 0.16, 2.5, blocks, index.coords,
        grid.tsdf, grid.weight, grid.color,
    )  # fmt: skip
    assert np.isfinite(grid.tsdf).all() and grid.weight.max() <= 1
    known, fresh = tsdf.touched_blocks(
        depth, K, pose, 0.04, 0.16, 2.5, 1, index.table_keys, index.table_blocks,
        np.full(len(index), -1, np.int32), 1,
    )  # fmt: skip
    assert len(known) <= len(index) and len(fresh) <= 5 * depth.size
    assert np.abs(fresh).max(initial=0) <= COORDINATE_LIMIT
