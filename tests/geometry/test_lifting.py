"""Pixels to voxels, and the voxels that a frame hits, against slow references."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry import lifting
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex
from tests.geometry.geometry_builders import make_camera, make_index, make_pose, smooth_depth

MAX_DEPTH = 2.3


def lift(
    depth: NDArray[np.float32],
    camera: Camera,
    pose: NDArray[np.float64],
    index: BlockIndex,
    *,
    voxel_size: float = 0.05,
    isolation: float = 0.05,
) -> tuple[NDArray[np.int32], int]:
    addresses = np.full(depth.shape, -7, np.int32)
    misses = lifting.pixel_voxels(
        depth, camera.K, pose, voxel_size, MAX_DEPTH, isolation,
        index.table_keys, index.table_blocks, addresses,
    )  # fmt: skip
    return addresses, misses


def slow_usable(depth: NDArray[np.float32], isolation: float) -> NDArray[np.bool_]:
    height, width = depth.shape
    usable = np.zeros(depth.shape, bool)
    for v in range(height):
        for u in range(width):
            z = float(depth[v, u])
            around = [
                float(depth[b, a])
                for b, a in ((v - 1, u), (v + 1, u), (v, u - 1), (v, u + 1))
                if 0 <= b < height and 0 <= a < width
            ]
            close = sum(abs(other - z) < isolation * z for other in around)
            usable[v, u] = 0 < z <= MAX_DEPTH and close >= 2
    return usable


def slow_addresses(
    depth: NDArray[np.float32],
    camera: Camera,
    pose: NDArray[np.float64],
    index: BlockIndex,
    *,
    voxel_size: float,
    isolation: float,
) -> tuple[NDArray[np.int64], int]:
    numbers = {tuple(c): i for i, c in enumerate(index.coords.tolist())}
    result = np.full(depth.shape, lifting.NO_VOXEL, np.int64)
    misses = 0
    for v, u in np.argwhere(slow_usable(depth, isolation)).tolist():
        ray = np.linalg.solve(camera.K, [u + 0.5, v + 0.5, 1.0])
        point = pose[:3, :3] @ (ray * float(depth[v, u])) + pose[:3, 3]
        voxel = [int(c) for c in np.floor(point / voxel_size)]
        block = numbers.get(tuple(c // BLOCK_SIDE for c in voxel))
        if block is None:
            misses += 1
            continue
        i, j, k = (c % BLOCK_SIDE for c in voxel)
        result[v, u] = block * BLOCK_VOXELS + i * 64 + j * 8 + k
    return result, misses


@pytest.mark.parametrize("seed", range(4))
def test_pixels_hit_the_voxel_that_holds_their_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera, pose = make_camera(), make_pose(rng)
    depth = smooth_depth(rng, camera.size)
    index = make_index((-6, -6, -6), (6, 6, 3))
    addresses, misses = lift(depth, camera, pose, index)
    expected, expected_misses = slow_addresses(
        depth, camera, pose, index, voxel_size=0.05, isolation=0.05
    )
    assert np.array_equal(addresses, expected)
    assert misses == expected_misses
    hit = np.unique(addresses[addresses >= 0]) // BLOCK_VOXELS
    assert (index.coords[hit] < 0).any(), "must reach negative coordinates"


def test_voxels_of_negative_coordinates_are_not_next_door() -> None:
    """Points a tenth of a micrometer inside a voxel's lower face stay in it."""
    camera = Camera.from_focal(1.0, 1.0, 0.5, 0.5, width=1, height=1)
    index = make_index((-20, 0, 0), (0, 1, 1))
    found = []
    for cell in range(-150, -1, 4):
        pose = np.eye(4)
        pose[:3, 3] = cell * 0.025 + 1e-7, 0.1, -0.9
        found.append(lift_one(camera, pose, index))
    assert found == list(range(-150, -1, 4))


def lift_one(camera: Camera, pose: NDArray[np.float64], index: BlockIndex) -> int:
    """The x coordinate of the voxel hit by the only pixel of an image, at depth 1."""
    wide = Camera.from_focal(camera.fx, camera.fy, 1.5, 1.5, width=3, height=3)
    addresses, _ = lift(
        np.ones((3, 3), np.float32), wide, pose, index, voxel_size=0.025, isolation=0.5
    )
    block, local = divmod(int(addresses[1, 1]), BLOCK_VOXELS)
    return int(index.coords[block, 0]) * BLOCK_SIDE + (local >> 6)


def test_readings_outside_all_blocks_are_counted() -> None:
    camera = make_camera()
    depth = np.full(camera.size, 1.0, np.float32)
    addresses, misses = lift(depth, camera, np.eye(4), BlockIndex())
    assert (addresses == lifting.NO_VOXEL).all()
    assert misses == camera.width * camera.height


def test_a_reading_between_two_surfaces_is_left_out() -> None:
    camera = make_camera()
    index = make_index((-8, -8, -1), (8, 8, 8))
    depth = np.full(camera.size, 1.0, np.float32)
    depth[:, 12:] = 2.0
    depth[:, 12] = 1.5
    depth[5, 3] = 1.2
    left_out = np.zeros(camera.size, bool)
    left_out[0, 12] = left_out[-1, 12] = True  # the others have each other above and below
    left_out[5, 3] = True
    addresses, misses = lift(depth, camera, np.eye(4), index)
    assert misses == 0
    assert np.array_equal(addresses < 0, left_out)
    lenient, _ = lift(depth, camera, np.eye(4), index, isolation=0.99)
    assert (lenient >= 0).all()


@dataclass
class Tables:
    """Everything that `gather_hits` writes, kept from frame to frame."""

    slot_of_voxel: NDArray[np.int32] = field(default_factory=lambda: np.full(64, -1, np.int32))
    address_of_slot: NDArray[np.int32] = field(default_factory=lambda: np.zeros(200, np.int32))
    row_of_slot: NDArray[np.int32] = field(default_factory=lambda: np.zeros(200, np.int32))
    stamp_of_slot: NDArray[np.int32] = field(default_factory=lambda: np.full(200, -1, np.int32))
    num_slots: int = 0
    stamp: int = 0

    def gather(
        self, addresses: NDArray[np.int32], positions: NDArray[np.int32]
    ) -> list[NDArray[np.int32]]:
        """Slot, count, first, second, count of first, count of second; one row per voxel hit."""
        self.stamp += 1
        buffers = [np.full(addresses.size, -9, np.int32) for _ in range(6)]
        num_hits, self.num_slots = lifting.gather_hits(
            addresses, positions, self.slot_of_voxel, self.num_slots, self.address_of_slot,
            self.row_of_slot, self.stamp_of_slot, self.stamp, *buffers,
        )  # fmt: skip
        return [buffer[:num_hits] for buffer in buffers]


pictures = st.lists(st.tuples(st.integers(-1, 12), st.integers(0, 4)), min_size=12, max_size=12)


@given(st.lists(pictures, min_size=1, max_size=4))
@settings(deadline=None, max_examples=80)
def test_hits_agree_with_counters(frames: list[list[tuple[int, int]]]) -> None:
    tables, slot_of = Tables(), dict[int, int]()
    for frame in frames:
        pixels = np.array(frame, np.int32).reshape(3, 4, 2)
        slot, count, first, second, count_first, count_second = tables.gather(
            pixels[..., 0].copy(), pixels[..., 1].copy()
        )
        claims: dict[int, Counter[int]] = {}
        for address, position in frame:
            if address >= 0:
                claims.setdefault(address, Counter())[position] += 1
        for address in claims:
            slot_of.setdefault(address, len(slot_of))
        assert slot.tolist() == [slot_of[a] for a in claims]
        assert count.tolist() == [sum(c.values()) for c in claims.values()]
        lifting.keep_majority(first, second, count_first, count_second)
        for row, claim in enumerate(claims.values()):
            two = list(claim.items())[:2]  # later masks of the same voxel are not remembered
            best = max(two, key=lambda item: item[1])
            rest = [item for item in two if item is not best] or [(0, 0)]
            assert (first[row], count_first[row]) == best
            assert (second[row], count_second[row]) == rest[0]
    assert tables.num_slots == len(slot_of)
    assert tables.address_of_slot[: len(slot_of)].tolist() == list(slot_of)
    known = {a: s for a, s in enumerate(tables.slot_of_voxel.tolist()) if s >= 0}
    assert known == slot_of


def test_the_mask_with_more_pixels_comes_first() -> None:
    first, second = np.array([3, 4, 0], np.int32), np.array([5, 6, 2], np.int32)
    count_first, count_second = np.array([1, 2, 2], np.int32), np.array([4, 2, 7], np.int32)
    lifting.keep_majority(first, second, count_first, count_second)
    assert first.tolist() == [5, 4, 2] and second.tolist() == [3, 6, 0]
    assert count_first.tolist() == [4, 2, 7] and count_second.tolist() == [1, 2, 2]
