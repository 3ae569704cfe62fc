"""The map: a sparse colored TSDF, and a table of the surface voxels that pixels have hit."""

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
"""Growth factor of tables; a factor of 2 would save little time and cost more memory."""
MAX_RAY_GAP = 0.5
"""Largest distance between neighboring block-allocating rays, in block sides."""
CARVED = 1.5
"""A voxel that was hit before and now lies more than this many voxels in front of the surface is
empty ..."""
HIT_SHARE = 0.2
"""... unless it was hit in this share of the frames that observed it (thin objects are)."""
LEVEL = 1.2
"""A voxel within this many voxels of the zero level is part of the surface ..."""
LEVEL_TOLERANCE = 0.5
"""... and so is one farther away, if no neighbor is nearer by more than this many voxels."""
MAX_SHIFT = 1.5
"""Largest shift of a point from the center of its voxel to the surface, in voxels."""
LABEL_REACH = 2
"""Distance within which a voxel takes the instance or color of another one, in voxels."""
LONE_SHARE = 0.2
"""The label of a voxel is noise if a smaller share of the labeled voxels around it has it ..."""
SURROUNDING_SHARE = 0.6
"""... and is replaced by a label that has at least this share."""


@dataclass(frozen=True, eq=False)
class Hits:
    """The surface voxels that one frame hit, each once.

    Attributes:
        slot: (T,) int32 rows of the surface tables.
        mask: (T,) int32 1-based position of the mask with most pixels there, 0 = no mask. Only the
            first two masks, row by row, are compared; a third one in a voxel is rare.
        share: (T,) float32 share of the voxel's pixels that this mask covers.
        num_pixels: (T,) int32 number of pixels that hit the voxel.
    """

    slot: NDArray[np.int32]
    mask: NDArray[np.int32]
    share: NDArray[np.float32]
    num_pixels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.slot)


class SurfaceVolume:
    """A sparse TSDF that grows with the observed surface, and the slots of its surface voxels.

    Args:
        voxel_size: Edge length of a voxel, meters.
        truncation: Half width of the TSDF band, meters.
        max_depth: Readings beyond it are ignored, meters.
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
        """Number of blocks in use."""
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

    @property
    def voxel_of_pixel(self) -> NDArray[np.int32]:
        """(H, W) voxel address that each pixel of the last lifted frame hits, negative = none."""
        return self._addresses

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
            depth: (H, W) meters, 0 = no reading.
            image: (H, W, 3) RGB.
            camera: Camera of both images.
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
        """Finds the surface voxels that a frame hits; call `integrate` with the frame first.

        Args:
            depth: (H, W) meters, 0 = no reading.
            positions: (H, W) 1-based mask position of each pixel, 0 = no mask.
            camera: Camera of the depth image.
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
        """(M, 3) integer coordinates of voxels; a voxel's center is (coordinate + 0.5) * size."""
        block, local = np.divmod(np.asarray(address, np.int64), BLOCK_VOXELS)
        inside = np.stack([local >> 6, (local >> 3) & 7, local & 7], axis=1)
        return self.index.coords[block].astype(np.int64) * BLOCK_SIDE + inside

    def surface_slots(self) -> NDArray[np.int32]:
        """Slots of the voxels that lie on the surface according to all frames together.

        Noise spreads the hits on a far surface over a shell of voxels; only those nearest to the
        zero level are kept.
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
        """One point per surface voxel that later frames have not seen through.

        The point is the center of the voxel, moved to the zero level along the gradient of the
        distance.

        Returns:
            Points with colors and normals, and the (M,) slot of each.
        """
        slots = self.surface_slots()
        points, normals = self.oriented_points(slots)
        colors = self._colors_near(self.address_of_slot[slots]) / np.float32(tsdf.COLOR_SCALE)
        return PointCloud(points, np.clip(colors + 0.5, 0, 255).astype(np.uint8), normals), slots

    def oriented_points(
        self, slots: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(M, 3) points of some surface slots, moved to the zero level, and (M, 3) normals."""
        address = self.address_of_slot[slots]
        distance = self.tsdf.reshape(-1)[address] * self.truncation
        gradient = gradients(
            self.index.neighbors(), self.tsdf, self.weight, address.astype(np.int64)
        )
        centers = (self.voxel_coordinates(address) + 0.5) * self.voxel_size
        reach = MAX_SHIFT * self.voxel_size
        shift = np.clip(distance, -reach, reach)[:, None] * gradient
        return (centers - shift).astype(np.float32), gradient.astype(np.float32)

    def extract_surface(self) -> NetSurface:
        """The zero level set as triangles."""
        return extract_surface(
            self.index, self.tsdf, self.weight, self.color, voxel_size=self.voxel_size
        )

    def _colors_near(self, address: NDArray[np.int32]) -> NDArray[np.uint16]:
        """Colors of voxels; a voxel without readings near the surface takes that of a neighbor."""
        colors = self.color.reshape(-1, 3)
        red, green, blue = (self.color[..., i] for i in range(3))
        has_color = (red | green | blue) != 0  # much faster than any(axis=2)
        bare = np.flatnonzero(~has_color.reshape(-1)[address])
        source = nearest_marked(
            self.index.neighbors(),
            has_color,
            address[bare].astype(np.int64),
            LABEL_REACH,
        )
        result: NDArray[np.uint16] = colors[address]
        result[bare[source >= 0]] = colors[source[source >= 0]]
        return result

    def labels_near(
        self, voxel: NDArray[np.integer], label_of_slot: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """(M,) label of the nearest labeled surface voxel of each voxel, 0 if none is near."""
        labels = self._spread(label_of_slot)
        source = nearest_marked(
            self.index.neighbors(), labels > 0, np.asarray(voxel, np.int64), LABEL_REACH
        )
        return np.where(source >= 0, labels.reshape(-1)[source], 0).astype(np.int32)

    def despeckled(self, label_of_slot: NDArray[np.int32]) -> NDArray[np.int32]:
        """(S,) labels in which isolated voxels have taken the label around them."""
        return despeckled(
            self.index.neighbors(),
            self._spread(label_of_slot),
            self.address_of_slot.astype(np.int64),
            LABEL_REACH,
            LONE_SHARE,
            SURROUNDING_SHARE,
        )

    def _spread(self, label_of_slot: NDArray[np.int32]) -> NDArray[np.int32]:
        """(B, 512) label per voxel, 0 where no pixel has hit."""
        labels = np.zeros((self.num_blocks, BLOCK_VOXELS), np.int32)
        labels.reshape(-1)[self.address_of_slot] = label_of_slot
        return labels

    def _check_range(self, world_from_cam: NDArray[np.float64]) -> None:
        """Block coordinates have 21 bits each; beyond that, keys would collide silently."""
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
        """Distance between two rays that allocate blocks, pixels."""
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
        """Makes room for a new slot per pixel, since kernels do not check bounds."""
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
    """A copy of `array` with `size` rows; new rows are filled with `fill`."""
    larger = np.full((size, *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array
    return larger
