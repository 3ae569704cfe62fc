"""How far depth readings can be used, from the readings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.depth_noise import DepthNoise, estimate_depth_noise

Floats = NDArray[np.floating[Any]]
Cause = Literal["all", "noise", "clipped", "size", "asked"]

MAX_DEVIATION = 4.0
"""Readings are used up to the depth at which their standard deviation is this many voxels, chosen
on synthetic rooms of 6 to 10 m: noisier readings blur objects, a nearer limit loses them."""
MAX_REACH = 600.0
"""Readings are used up to this many voxels, so that the map of an open landscape is bounded."""
_EXTENT = 0.999
"""If all readings can be used, the limit is this quantile of them ..."""
_EXTENT_MARGIN = 1.5
"""... times this factor, since other frames may look farther."""
_NEARLY_ALL = 0.95
"""Quantile of the readings that counts as their extent."""
_MIN_CLIPPED = 0.001
"""A frame may be clipped if at least this share of its readings has the largest value."""
_SAME_DIRECTION = float(np.cos(np.deg2rad(2.0)))
_SAME_POSITION = 0.02
"""Cameras with axes this similar, and this near to each other along the axis (meters), may see one
plane at the same constant depth."""
_STEP = 0.1
"""A chosen limit is a multiple of this, meters."""


@dataclass(frozen=True)
class DepthRange:
    """The depth up to which readings are used, and why.

    Attributes:
        max_depth: Meters.
        cause: What limits it. ``"all"``: all readings are used, apart from a few outliers.
            ``"noise"``: the readings beyond are too noisy for the voxels. ``"clipped"``: beyond it
            is only `clip`. ``"size"``: the map would become too large. ``"asked"``: it was given.
        voxel_size: Edge length of a voxel, meters.
        share_beyond: Share of the readings beyond it, not counting `clip`.
        clip: The constant value that stands for "too far" in these images, meters (see
            `find_clip`); None if there is none.
        noise: Noise of the sensor; None if there are too few readings to tell.
        extent: Depth that nearly all readings do not exceed (95 %), not counting `clip`, meters; 0
            if unknown.
    """

    max_depth: float
    cause: Cause
    voxel_size: float
    share_beyond: float = 0.0
    clip: float | None = None
    noise: DepthNoise | None = None
    extent: float = 0.0

    @property
    def reason(self) -> str:
        """Why readings beyond are not used, as the rest of a sentence."""
        size = f"{100 * self.voxel_size:g} cm"
        if self.cause == "noise":
            deviation = 100 * MAX_DEVIATION * self.voxel_size
            return (
                f"their expected noise is above {deviation:.2g} cm, {MAX_DEVIATION:g} voxels of "
                f"{size}"
            )
        if self.cause == "clipped":
            return f"all of them are {self.clip:g} m, a value that stands for no surface"
        if self.cause == "size":
            return f"the map would be too large with voxels of {size}"
        return "few frames look so far" if self.cause == "all" else "the settings say so"

    def as_dict(self) -> dict[str, Any]:
        """JSON values, rounded."""
        noise = self.noise
        return {
            "max_depth": self.max_depth,
            "cause": self.cause,
            "reason": self.reason,
            "share_beyond": round(self.share_beyond, 4),
            "clip": self.clip,
            "noise_floor_m": None if noise is None else round(noise.floor, 6),
            "noise_growth_per_m": None if noise is None else round(noise.growth, 6),
        }


def choose_depth_range(
    depths: Sequence[Floats],
    poses: Sequence[NDArray[np.float64]],
    *,
    voxel_size: float,
    is_complete: bool = True,
) -> DepthRange:
    """Chooses the depth up to which readings are used.

    The limit is the smallest of four: the depth at which the standard deviation of the readings
    (see `estimate_depth_noise`) is `MAX_DEVIATION` voxels; `MAX_REACH` voxels; the value at which
    the readings of a moving camera are clipped; and a depth that nearly no reading exceeds.

    Args:
        depths: (H, W) arrays of some frames, meters, 0 = no reading.
        poses: (4, 4) `world_from_cam` of each.
        voxel_size: Edge length of a voxel, meters.
        is_complete: Whether the frames are spread over the whole capture; if not, later frames may
            look much farther, and the limit does not depend on how far these look.
    """
    clip = find_clip(depths, poses)
    if clip is not None:
        depths = [np.where(depth < clip, depth, 0) for depth in depths]
    noise = estimate_depth_noise(depths)
    readings = np.concatenate([np.zeros(0), *(depth[depth > 0] for depth in depths)])
    limits: list[tuple[float, Cause]] = [(MAX_REACH * voxel_size, "size")]
    if noise is not None:
        limits.append((noise.reach(MAX_DEVIATION * voxel_size), "noise"))
    if clip is not None:
        # Not rounded: the readings below are surfaces.
        limits.append((float(np.nextafter(np.float32(clip), np.float32(0))), "clipped"))
    if is_complete and len(readings):
        extent = _EXTENT_MARGIN * float(np.quantile(readings, _EXTENT))
        limits.append((float(np.ceil(extent / _STEP)) * _STEP, "all"))
    limit, cause = min(limits)
    if cause in ("noise", "size"):
        limit = max(float(np.floor(limit / _STEP)) * _STEP, _STEP)
    beyond = np.count_nonzero(readings > limit) / max(len(readings), 1)
    if cause != "clipped" and not beyond and is_complete:
        cause = "all"
    if cause != "clipped":
        limit = round(limit, 6)
    extent = float(np.quantile(readings, _NEARLY_ALL)) if len(readings) else 0.0
    return DepthRange(limit, cause, voxel_size, float(beyond), clip, noise, extent)


def find_clip(depths: Sequence[Floats], poses: Sequence[NDArray[np.float64]]) -> float | None:
    """The constant value with which a sensor or a program replaced everything beyond its range.

    It is the largest reading of several frames, and no surface can be there: a plane at one
    constant depth in two images moves and turns with the camera.

    Args:
        depths: (H, W) arrays, meters, 0 = no reading.
        poses: (4, 4) `world_from_cam` of each.

    Returns:
        The value, meters, or None.
    """
    largest = max((float(depth.max(initial=0)) for depth in depths), default=0.0)
    if largest <= 0:
        return None
    holders = []
    for depth, pose in zip(depths, poses, strict=True):
        if np.count_nonzero(depth == largest) > _MIN_CLIPPED * np.count_nonzero(depth):
            holders.append(pose)
    if len(holders) < 2:
        return None
    axes = np.array([pose[:3, 2] for pose in holders])
    turned = bool((axes @ axes[0] < _SAME_DIRECTION).any())
    along = np.array([pose[:3, 3] for pose in holders]) @ axes[0]
    return largest if turned or float(np.ptp(along)) > _SAME_POSITION else None
