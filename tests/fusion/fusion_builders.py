"""Blocks on a floor filmed by a moving camera, with exact depth and masks; streams of updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame, MaskSet, Scene
from scenewright.fusion import FusionConfig, OnlineSegmenter, Update
from scenewright.worlds import look_at

CAMERA = Camera.from_focal(110, 110, 64, 48, width=128, height=96)
FLOOR = 1
VOXEL_SIZE = 0.03
CONFIG = FusionConfig(voxel_size=VOXEL_SIZE)

Corner = tuple[float, float, float]
Labels = Callable[[int], dict[int, str]]
"""Maps the frame number to the label of each mask, by id."""
Change = Callable[[int, NDArray[np.int32], NDArray[np.float64]], NDArray[np.int32]]
"""Maps frame number, true id map and (H, W, 3) world points to the id map that is used."""


@dataclass(frozen=True)
class Block:
    """A box along the world's axes; `low` and `high` are corners, meters."""

    low: Corner
    high: Corner

    def distance(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Signed distance of (..., 3) points."""
        low, high = np.array(self.low), np.array(self.high)
        outside = np.abs(points - (low + high) / 2) - (high - low) / 2
        inner = np.minimum(outside.max(axis=-1), 0)
        result: NDArray[np.float64] = np.linalg.norm(np.maximum(outside, 0), axis=-1) + inner
        return result


# Faces lie away from voxel borders, where float32 rounding would pick the voxel.
GROUND = Block((-1.493, -1.507, -0.207), (1.507, 1.493, 0.011))
LEFT = Block((-0.593, -0.213, 0.011), (-0.257, 0.157, 0.407))
RIGHT = Block((0.303, -0.153, 0.011), (0.607, 0.257, 0.313))
BESIDE = Block((-0.257, -0.213, 0.011), (0.107, 0.157, 0.313))
"""Touches `LEFT`."""
APART = (GROUND, LEFT, RIGHT)
TOUCHING = (GROUND, LEFT, BESIDE)
"""Ids are positions in the tuple, from 1: floor 1, blocks 2 and 3."""


def pose_at(angle: float, *, distance: float = 1.7, height: float = 1.2) -> NDArray[np.float64]:
    """(4, 4) world_from_cam of a camera that looks at the blocks from an angle, radians."""
    eye = np.array([distance * np.sin(angle), -distance * np.cos(angle), height])
    return look_at(eye, np.array([0.0, 0.0, 0.1]))


def arc(count: int, *, width: float = 1.6) -> list[NDArray[np.float64]]:
    """Poses along an arc of `width` radians before the blocks."""
    return [pose_at(a) for a in np.linspace(-width / 2, width / 2, count)]


def film(
    blocks: Sequence[Block], pose: NDArray[np.float64], *, index: int = 0
) -> tuple[Frame, NDArray[np.int32], NDArray[np.float64]]:
    """Ray casts a frame; returns it, its true id map and its (H, W, 3) world points."""
    v, u = np.meshgrid(*[np.arange(n) + 0.5 for n in CAMERA.size], indexing="ij")
    rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(CAMERA.K).T @ pose[:3, :3].T
    eye = pose[:3, 3]
    depth, ids = np.full(CAMERA.size, np.inf), np.zeros(CAMERA.size, np.int32)
    with np.errstate(divide="ignore"):
        for number, block in enumerate(blocks, start=1):
            first, second = (block.low - eye) / rays, (block.high - eye) / rays
            enter = np.minimum(first, second).max(axis=-1)
            leave = np.maximum(first, second).min(axis=-1)
            nearer = (enter <= leave) & (enter > 0) & (enter < depth)
            depth[nearer], ids[nearer] = enter[nearer], number
    depth[ids == 0] = 0
    shades = np.array([[0, 0, 0], [120, 120, 120], [200, 40, 40], [40, 200, 40], [40, 40, 200]])
    frame = Frame(
        index,
        CAMERA,
        pose,
        shades[ids].astype(np.uint8),
        depth.astype(np.float32),
        name=f"{index:06d}",
    )
    return frame, ids, eye + rays * depth[..., None]


@dataclass
class Run:
    """A segmenter that has processed a whole stream, and its update for each frame."""

    segmenter: OnlineSegmenter
    updates: list[Update]
    end: Update
    blocks: Sequence[Block]

    @property
    def scene(self) -> Scene:
        return self.segmenter.result()

    def created(self) -> list[int]:
        return [i for update in [*self.updates, self.end] for i in update.created]

    def merged(self) -> list[tuple[int, int]]:
        return [pair for update in [*self.updates, self.end] for pair in update.merged]

    def split(self) -> list[tuple[int, int]]:
        return [pair for update in [*self.updates, self.end] for pair in update.split]


def as_seen(number: int, ids: NDArray[np.int32], points: NDArray[np.float64]) -> NDArray[np.int32]:
    """The true masks."""
    return ids


def run(
    blocks: Sequence[Block],
    poses: Sequence[NDArray[np.float64]],
    change: Change = as_seen,
    *,
    config: FusionConfig = CONFIG,
    embeddings: dict[int, NDArray[np.float32]] | None = None,
    labels: Labels = lambda _: {},
    up: NDArray[np.float64] | None = None,
) -> Run:
    """Segments a stream with deliberately changed masks."""
    segmenter = OnlineSegmenter(config, up=up)
    updates = []
    for number, pose in enumerate(poses):
        frame, ids, points = film(blocks, pose, index=number)
        masks = MaskSet.from_id_map(
            change(number, ids, points), embeddings=embeddings, labels=labels(number)
        )
        updates.append(segmenter.update(frame, masks))
    return Run(segmenter, updates, segmenter.finish(), blocks)


def renamed(config: FusionConfig, **settings: float) -> FusionConfig:
    """The same configuration with other settings of its method."""
    return replace(config, method=replace(config.method, **settings))  # type: ignore[arg-type]


def true_ids(scene: Scene, blocks: Sequence[Block]) -> NDArray[np.int64]:
    """(P,) id of the block whose surface is nearest to each point of a scene."""
    assert scene.points is not None
    distances = np.abs([block.distance(scene.points.points) for block in blocks])
    nearest: NDArray[np.int64] = np.argmin(distances, axis=0)
    return nearest + 1


def instance_of(scene: Scene, blocks: Sequence[Block], *, least: float = 0.9) -> list[int]:
    """The instance of each block; fails unless each block is one separate whole instance.

    The instance must hold the share `least` of the block's points, and at most one in ten of its
    points may lie on another block.
    """
    assert scene.points is not None and scene.points.instance_id is not None
    truth, found = true_ids(scene, blocks), scene.points.instance_id
    result = []
    for number in range(1, len(blocks) + 1):
        found_ids = found[truth == number]
        best = int(np.bincount(found_ids).argmax())
        assert best > 0, f"block {number} has no instance"
        assert (found_ids == best).mean() > least, f"block {number} is not one instance"
        assert (truth[found == best] == number).mean() > 0.9, f"instance {best} is not one block"
        result.append(best)
    assert len(set(result)) == len(blocks)
    return result
