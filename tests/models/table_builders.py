"""Boxes on a plane seen by a depth camera, exact or with the noise of structured light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame

PLANE_ID = 1
_TILT = np.deg2rad(35.0)
_HEIGHT = 0.8
_COLORS = np.array(
    [[190, 170, 150], [190, 170, 150], [60, 90, 180], [170, 50, 40], [70, 140, 60], [120, 60, 140]],
    np.uint8,
)


@dataclass(frozen=True)
class Block:
    """A box on the table: position (meters right and away), size, rotation about the vertical."""

    right: float
    away: float
    size: tuple[float, float, float]
    angle: float = 0.0


BLOCKS = (
    Block(-0.25, 1.05, (0.18, 0.10, 0.16), 0.4),
    Block(0.05, 0.95, (0.12, 0.12, 0.08), -0.3),
    Block(0.30, 1.15, (0.10, 0.14, 0.22), 0.7),
)


def table_top(
    blocks: tuple[Block, ...] = BLOCKS, *, width: int = 640, height: int = 480
) -> tuple[Frame, NDArray[np.int32]]:
    """Renders blocks on a plane by ray casting.

    Returns:
        The frame, and the (H, W) true ids: 1 the plane, 2.. the blocks.
    """
    camera = Camera.from_focal(
        0.82 * width, 0.82 * width, width / 2, height / 2, width=width, height=height
    )
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(height) + 0.5 - camera.cy) / camera.fy
    rays = np.stack([*np.meshgrid(x, y), np.ones((height, width))], axis=-1)
    # Table axes: right, away from the camera, up; the camera looks down by the tilt.
    right, down = rays[..., 0], rays[..., 1]
    directions = np.stack(
        [
            right,
            np.cos(_TILT) - down * np.sin(_TILT),
            -np.sin(_TILT) - down * np.cos(_TILT),
        ],
        axis=-1,
    )
    origin = np.array([0.0, 0.0, _HEIGHT])
    with np.errstate(divide="ignore"):
        depth = np.where(directions[..., 2] < 0, -_HEIGHT / directions[..., 2], np.inf)
    ids = np.where(depth < 4.0, PLANE_ID, 0).astype(np.int32)
    for number, block in enumerate(blocks):
        hit = _hit_block(block, origin, directions)
        nearer = hit < depth
        depth[nearer] = hit[nearer]
        ids[nearer] = number + 2
    depth[ids == 0] = 0
    image = _COLORS[ids]
    frame = Frame(0, camera, np.eye(4), image=image, depth=depth.astype(np.float32), name="0")
    return frame, ids


def _hit_block(
    block: Block, origin: NDArray[np.float64], directions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Depth at which each ray enters the block, infinite where it does not."""
    cos, sin = np.cos(block.angle), np.sin(block.angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    start = turn @ (origin - np.array([block.right, block.away, 0.0]))
    along = directions @ turn.T
    half = np.array(block.size) / 2
    low, high = np.array([-half[0], -half[1], 0.0]), np.array([half[0], half[1], block.size[2]])
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - start) / along, (high - start) / along
    enter = np.minimum(first, second).max(axis=-1)
    leave = np.maximum(first, second).min(axis=-1)
    return np.where((enter < leave) & (enter > 0), enter, np.inf)


def roughen(frame: Frame, *, seed: int, holes: int = 30) -> Frame:
    """Adds noise that is constant in inverse depth, quantization, and holes."""
    assert frame.depth is not None
    rng = np.random.default_rng(seed)
    depth = frame.depth.astype(np.float64)
    known = depth > 0
    inverse = np.where(known, 1 / np.maximum(depth, 0.1), 0)
    inverse += rng.normal(0, 0.001, depth.shape)
    step = 0.00287
    inverse = np.round(inverse / step) * step
    known &= inverse > 0.05
    height, width = depth.shape
    for _ in range(holes):
        row, column = rng.integers(0, height - 8), rng.integers(0, width - 8)
        known[row : row + rng.integers(1, 8), column : column + rng.integers(1, 8)] = False
    rough = np.where(known, 1 / np.maximum(inverse, 0.05), 0).astype(np.float32)
    return replace(frame, depth=rough)
