"""The depth range of a capture, from a sample of its frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import FrameSource
from scenewright.data import Problem
from scenewright.fusion import FusionConfig
from scenewright.geometry.depth_range import DepthRange, choose_depth_range

NUM_SAMPLES = 16
"""Number of frames that are looked at."""
MAX_SHARE_BEYOND = 0.1
"""Share of the readings beyond the maximum depth above which a warning is given."""
_FAR_VOXELS = 300
"""Number of voxels along the maximum depth in the advice for far readings: fine enough for what is
seen from there, and the map stays small."""


def find_depth_range(source: FrameSource, *, voxel_size: float) -> DepthRange | None:
    """How far the readings of a capture can be used; see `choose_depth_range`.

    Args:
        source: All frames; `NUM_SAMPLES` of them, evenly spaced, are decoded.
        voxel_size: Edge length of a voxel, meters.

    Returns:
        The range, or None if no frame of the sample has a pose and a depth reading.
    """
    spread = np.linspace(0, len(source) - 1, num=min(NUM_SAMPLES, len(source)))
    depths, poses = [], []
    for index in np.unique(spread.round().astype(int)):
        frame = source[int(index)]
        if frame.depth is None or frame.world_from_cam is None or not frame.depth.any():
            continue
        depths.append(frame.depth)
        poses.append(frame.world_from_cam)
    return choose_depth_range(depths, poses, voxel_size=voxel_size) if depths else None


def with_depth_range(
    config: FusionConfig, source: FrameSource
) -> tuple[FusionConfig, DepthRange | None]:
    """Chooses the maximum depth if the settings leave it open.

    Args:
        config: Settings of the fusion.
        source: All frames.

    Returns:
        The settings with a maximum depth, and how it was chosen, None if it was not. If no frame of
        the sample can be used, the settings leave it open still, and the segmenter chooses.
    """
    if config.max_depth is not None:
        return config, None
    found = find_depth_range(source, voxel_size=config.voxel_size)
    return (config if found is None else replace(config, max_depth=found.max_depth)), found


def describe_depth_range(found: DepthRange) -> str:
    """One line: how far readings are used, how many are not, and why."""
    line = f"depth: readings up to {found.max_depth:g} m are used"
    if found.share_beyond:
        line += f"; {_percent(found.share_beyond)} are beyond: {found.reason}"
    if found.clip is not None:
        line += f"; readings of exactly {found.clip:g} m count as no reading"
    return line


def depth_range_problem(found: DepthRange) -> Problem | None:
    """A warning if a large share of the readings is not used."""
    if found.share_beyond <= MAX_SHARE_BEYOND:
        return None
    limit, size = found.max_depth, found.voxel_size
    what, code = f"Depth readings beyond {limit:g} m are not used", "max-depth"
    if found.cause == "noise":
        what, code = f"Depth readings beyond {limit:g} m are too noisy to be used", "noisy-depth"
    if found.extent > 2 * limit:
        do = far_options(found)
    elif found.cause == "noise":
        do = (
            f"Move closer, or add --voxel-size {2 * size:g} (voxel_size={2 * size:g}) for a "
            "coarser scene that reaches farther, or "
            f"--max-depth {1.5 * limit:.1f} to use them anyway."
        )
    elif found.cause == "size":
        do = (
            f"Add --voxel-size {2 * size:g} (voxel_size={2 * size:g}) for a coarser scene that "
            f"reaches twice as far, or --max-depth {2 * limit:g}, which needs more memory."
        )
    else:
        do = f"Add --max-depth {2 * limit:g} (max_depth={2 * limit:g}) to use more of them."
    return Problem(
        "warning",
        code,
        what + ("" if found.cause == "asked" else f", since {found.reason}"),
        expected=f"at most {_percent(MAX_SHARE_BEYOND)} of the readings",
        got=_percent(found.share_beyond),
        do=do,
    )


def far_options(found: DepthRange) -> str:
    """Advice with the options that use nearly all readings, in voxels of a size that suits them."""
    extent = found.extent or 2 * found.max_depth
    depth = float(np.ceil(1.05 * extent))
    depth = 10 * float(np.ceil(depth / 10)) if depth > 20 else depth
    needed = depth / _FAR_VOXELS
    step = 10.0 ** np.floor(np.log10(needed))
    # Rounded first, or 0.1 might become 0.2.
    size = max(float(np.ceil(round(needed / step, 6)) * step), found.voxel_size)
    options, keywords = f"--max-depth {depth:g}", f"max_depth={depth:g}"
    if size > found.voxel_size:
        options, keywords = f"{options} --voxel-size {size:g}", f"{keywords}, voxel_size={size:g}"
    return f"Add {options} ({keywords}) to use nearly all of them."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or not share else "less than 1 %"
