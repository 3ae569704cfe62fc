"""The map: a sparse TSDF with color, and a table of the surface voxels that pixels have hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.core.clouds import PointCloud
from scenewright.core.errors import ConventionError
from scenewright.geometry import lifting, tsdf
from scenewright.geometry.neighborhood import despeckled, gradients, is_lowest, nearest_marked
from scenewright.geometry.surface_nets import NetSurface, extract_surface
from scenewright.geometry.transforms import invert_rigid
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, COORDINATE_LIMIT, BlockIndex

GROWTH = 1.5
"""Tables grow by this factor; twice would cost more memory than copying costs time."""
MAX_RAY_GAP = 0.5
"""Sides of a block that two neighboring rays which allocate blocks may be apart."""
CARVED = 1.5
"""Voxels in front of the surface beyond which a voxel that was once hit may be empty by now ..."""
HIT_SHARE = 0.2
"""... and is, unless it was hit in this share of the frames that looked at it (thin things are)."""
LEVEL = 1.2
"""Voxels from the zero level within which a voxel is part of the surface ..."""
LEVEL_TOLERANCE = 0.5
"""... as it is farther away, if no neighbor is nearer by this many voxels."""
MAX_SHIFT = 1.5
"""Voxels that a point may be moved from its voxel's centre to the surface."""
LABEL_REACH = 2
"""Voxels within which a voxel takes the instance or color of another one."""
LONE_SHARE = 0.2
"""A label that fewer of the labeled voxels around carry is noise ..."""
SURROUNDING_SHARE = 0.6
"""... and gives way to one that at least this share carries."""


@dataclass(frozen=True, eq=False)
class Hits:
    """The surface voxels that one frame hit, each once.

    Attributes:
        slot: (T,) int32 rows of the surface tables.
        mask: (T,) int32 1-based position of the mask with most pixels there, 0 = no mask. Only the
            two that came first, row by row, are compared; a third in one voxel is rare.
        share: (T,) float32 share of the voxel's pixels that this mask holds.
        num_pixels: (T,) int32 pixels that hit the voxel.
    """

    slot: NDArray[np.int32]
    mask: NDArray[np.int32]
    share: NDArray[np.float32]
    num_pixels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.slot)


class SurfaceVolume:
    """A sparse TSDF that grows with the surface seen, and the slots of its surface voxels.

    Args:
        voxel_size: Edge of a voxel, metres.
        truncation: Half width of the TSDF band, metres.
        max_depth: Readings beyond it are not used, metres.
        isolation: See `lifting.pixel_voxels`.
    """

    def __init__(
        self, *, voxel_size: float, truncation: float, max_depth: float, isolation: float
    ) -> None:
        self.voxel_size = voxel_size
        self.truncation = truncation
        self.max_depth = max_depth
        self.isolation = isolation
        self.index = BlockIndex()
        self.num_slots = 0
        self._tsdf = np.ones((0, BLOCK_VOXELS), np.float32)
        self._weight = np.zeros((0, BLOCK_VOXELS), np.uint16)
        self._color = np.zeros((0, BLOCK_VOXELS, 3), np.uint16)
        self._slot_of_voxel = np.full(0, -1, np.int32)
        self._block_stamp = np.full(0, -1, np.int32)
        self._address_of_slot = np.zeros(0, np.int32)
        self._frames_hit = np.zeros(0, np.int32)
        self._row_of_slot = np.zeros(0, np.int32)
        self._stamp_of_slot = np.full(0, -1, np.int32)
        self._stamp = 0
        self._addresses = np.zeros((0, 0), np.int32)
        self._hit_buffers: tuple[NDArray[np.int32], ...] = ()

    @property
    def num_blocks(self) -> int:
        """Blocks in use."""
        return len(self.index)

    @property
    def tsdf(self) -> NDArray[np.float32]:
        """(B, 512) truncated distances in [-1, 1]."""
        return self._tsdf[: self.num_blocks]

    @property
    def weight(self) -> NDArray[np.uint16]:
        """(B, 512) number of readings."""
        return self._weight[: self.num_blocks]

    @property
    def color(self) -> NDArray[np.uint16]:
        """(B, 512, 3) RGB times 256."""
        return self._color[: self.num_blocks]

    @property
    def slot_of_voxel(self) -> NDArray[np.int32]:
        """(B, 512) row of the surface tables, -1 = never hit."""
        return self._slot_of_voxel[: self.num_blocks * BLOCK_VOXELS].reshape(-1, BLOCK_VOXELS)

    @property
    def address_of_slot(self) -> NDArray[np.int32]:
        """(S,) voxel address of each surface slot."""
        return self._address_of_slot[: self.num_slots]

    def integrate(
        self,
        depth: NDArray[np.float32],
        image: NDArray[np.uint8],
        *,
        camera: Camera,
        world_from_cam: NDArray[np.float64],
    ) -> None:
        """Fuses one frame.

        Args:
            depth: (H, W) metres, 0 = no reading.
            image: (H, W, 3) RGB.
            camera: Of both pictures.
            world_from_cam: (4, 4).
        """
        self._check_range(world_from_cam)
        self._stamp += 1
        known, fresh = tsdf.touched_blocks(
            depth, camera.K, world_from_cam, self.voxel_size, self.truncation, self.max_depth,
            self._ray_stride(camera), self.index.table_keys, self.index.table_blocks,
            self._block_stamp[: self.num_blocks], self._stamp,
        )  # fmt: skip
        first = self.num_blocks
        if len(fresh):
            self.index.add(fresh)
            self._reserve_blocks(self.num_blocks)
        blocks = np.concatenate([known, np.arange(first, self.num_blocks, dtype=np.int32)])
        cam_from_world = invert_rigid(world_from_cam)
        tsdf.integrate(
            depth, image, camera.K, cam_from_world, self.voxel_size,
            self.truncation, self.max_depth, blocks, self.index.coords,
            self._tsdf, self._weight, self._color,
        )  # fmt: skip

    def lift(
        self,
        depth: NDArray[np.float32],
        positions: NDArray[np.int32],
        *,
        camera: Camera,
        world_from_cam: NDArray[np.float64],
    ) -> Hits:
        """Finds the surface voxels that a frame hits; the frame must have been integrated.

        Args:
            depth: (H, W) metres, 0 = no reading.
            positions: (H, W) 1-based mask position of each pixel, 0 = no mask.
            camera: Of the depth picture.
            world_from_cam: (4, 4).
        """
        self._stamp += 1
        self._reserve_frame(depth.shape)
        lifting.pixel_voxels(
            depth, camera.K, world_from_cam, self.voxel_size, self.max_depth, self.isolation,
            self.index.table_keys, self.index.table_blocks, self._addresses,
        )  # fmt: skip
        num_hits, self.num_slots = lifting.gather_hits(
            self._addresses, positions, self._slot_of_voxel, self.num_slots,
            self._address_of_slot, self._row_of_slot, self._stamp_of_slot, self._stamp,
            *self._hit_buffers,
        )  # fmt: skip
        slot, count, first, second, count_first, count_second = (
            buffer[:num_hits] for buffer in self._hit_buffers
        )
        lifting.keep_majority(first, second, count_first, count_second)
        self._frames_hit[slot] += 1
        share = (count_first / count).astype(np.float32)
        return Hits(slot.copy(), first.copy(), share, count.copy())

    def voxel_coordinates(self, address: NDArray[np.integer]) -> NDArray[np.int64]:
        """(M, 3) integer coordinates of voxels; a voxel's centre is (coordinate + 0.5) * size."""
        block, local = np.divmod(np.asarray(address, np.int64), BLOCK_VOXELS)
        inside = np.stack([local >> 6, (local >> 3) & 7, local & 7], axis=1)
        return self.index.coords[block].astype(np.int64) * BLOCK_SIDE + inside

    def surface_slots(self) -> NDArray[np.int32]:
        """Slots of the voxels that lie on the surface by all frames, not only by one.

        Noise spreads the hits of a far surface over a shell of voxels; of these only the ones
        nearest to the zero level are taken.
        """
        address = self.address_of_slot.astype(np.int64)
        distance = self.tsdf.reshape(-1)[address] * self.truncation
        readings = self.weight.reshape(-1)[address]
        is_solid = self._frames_hit[: self.num_slots] > HIT_SHARE * readings
        is_solid |= distance < CARVED * self.voxel_size
        away = np.full(self.tsdf.shape, np.inf, np.float32)
        away.reshape(-1)[address[is_solid]] = np.abs(distance[is_solid])
        on_level = np.abs(distance) < LEVEL * self.voxel_size
        on_level |= is_lowest(
            self.index.neighbors(), away, address, LEVEL_TOLERANCE * self.voxel_size
        )
        return np.flatnonzero(is_solid & on_level).astype(np.int32)

    def surface_points(self) -> tuple[PointCloud, NDArray[np.int32]]:
        """One point per surface voxel that later frames have not shown to be empty.

        The point is the voxel's centre moved to the zero level along the gradient of the distance.

        Returns:
            Points with color and normal, and (M,) the slot of each.
        """
        slots = self.surface_slots()
        address = self.address_of_slot[slots]
        distance = self.tsdf.reshape(-1)[address] * self.truncation
        gradient = gradients(
            self.index.neighbors(), self.tsdf, self.weight, address.astype(np.int64)
        )
        centers = (self.voxel_coordinates(address) + 0.5) * self.voxel_size
        reach = MAX_SHIFT * self.voxel_size
        shift = np.clip(distance, -reach, reach)[:, None] * gradient
        colors = self._colors_near(address) / np.float32(tsdf.COLOR_SCALE)
        cloud = PointCloud(
            (centers - shift).astype(np.float32),
            np.clip(colors + 0.5, 0, 255).astype(np.uint8),
            gradient.astype(np.float32),
        )
        return cloud, slots

    def extract_surface(self) -> NetSurface:
        """The triangles of the zero level."""
        return extract_surface(
            self.index, self.tsdf, self.weight, self.color, voxel_size=self.voxel_size
        )

    def _colors_near(self, address: NDArray[np.int32]) -> NDArray[np.uint16]:
        """Colors of voxels; one without any reading near the surface takes its neighbor's."""
        colors = self.color.reshape(-1, 3)
        bare = np.flatnonzero(~colors[address].any(axis=1))
        source = nearest_marked(
            self.index.neighbors(),
            np.asarray(self.color.any(axis=2)),
            address[bare].astype(np.int64),
            LABEL_REACH,
        )
        result: NDArray[np.uint16] = colors[address]
        result[bare[source >= 0]] = colors[source[source >= 0]]
        return result

    def labels_near(
        self, voxel: NDArray[np.integer], label_of_slot: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """(M,) label of the labeled surface voxel nearest to each voxel, 0 if none is near."""
        labels = self._spread(label_of_slot)
        source = nearest_marked(
            self.index.neighbors(), labels > 0, np.asarray(voxel, np.int64), LABEL_REACH
        )
        return np.where(source >= 0, labels.reshape(-1)[source], 0).astype(np.int32)

    def despeckled(self, label_of_slot: NDArray[np.int32]) -> NDArray[np.int32]:
        """(S,) labels in which lone voxels carry the label of what surrounds them."""
        return despeckled(
            self.index.neighbors(),
            self._spread(label_of_slot),
            self.address_of_slot.astype(np.int64),
            LABEL_REACH,
            LONE_SHARE,
            SURROUNDING_SHARE,
        )

    def _spread(self, label_of_slot: NDArray[np.int32]) -> NDArray[np.int32]:
        """(B, 512) label per voxel, 0 where no pixel ever hit."""
        labels = np.zeros((self.num_blocks, BLOCK_VOXELS), np.int32)
        labels.reshape(-1)[self.address_of_slot] = label_of_slot
        return labels

    def _check_range(self, world_from_cam: NDArray[np.float64]) -> None:
        """Block coordinates have 21 bits each; beyond them keys would collide without a sound."""
        limit = COORDINATE_LIMIT * BLOCK_SIDE * self.voxel_size - self.max_depth - self.truncation
        farthest = float(np.abs(world_from_cam[:3, 3]).max())
        if farthest > limit:
            raise ConventionError(
                "camera position",
                expected=f"within {limit / 1000:.0f} km of the world's origin",
                got=f"{farthest / 1000:.0f} km",
                do="Subtract a common offset from all poses.",
            )

    def _ray_stride(self, camera: Camera) -> int:
        """Pixels between two rays that allocate blocks."""
        gap = MAX_RAY_GAP * BLOCK_SIDE * self.voxel_size
        return max(1, int(gap * min(camera.fx, camera.fy) / self.max_depth))

    def _reserve_blocks(self, needed: int) -> None:
        have = len(self._tsdf)
        if needed <= have:
            return
        size = max(needed, int(have * GROWTH), 256)
        self._tsdf = grown(self._tsdf, size, 1)
        self._weight = grown(self._weight, size, 0)
        self._color = grown(self._color, size, 0)
        self._slot_of_voxel = grown(self._slot_of_voxel, size * BLOCK_VOXELS, -1)
        self._block_stamp = grown(self._block_stamp, size, -1)

    def _reserve_frame(self, shape: tuple[int, ...]) -> None:
        """Makes room for every pixel to hit a voxel of its own: kernels check nothing."""
        pixels = shape[0] * shape[1]
        if self._addresses.shape != shape:
            self._addresses = np.empty(shape, np.int32)
            self._hit_buffers = tuple(np.empty(pixels, np.int32) for _ in range(6))
        if self.num_slots + pixels > len(self._address_of_slot):
            size = int(self.num_slots * GROWTH) + pixels
            self._address_of_slot = grown(self._address_of_slot, size, 0)
            self._frames_hit = grown(self._frames_hit, size, 0)
            self._row_of_slot = grown(self._row_of_slot, size, 0)
            self._stamp_of_slot = grown(self._stamp_of_slot, size, -1)


def grown(array: NDArray[Any], size: int, fill: int) -> NDArray[Any]:
    """A copy of `array` with `size` rows; the new ones hold `fill`."""
    larger = np.full((size, *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array
    return larger
