"""Errors of a segmentation without a result: why there is none, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scenewright.core import CaptureError, FrameSource, Scene
from scenewright.core.wording import counted
from scenewright.data import Capture, check_capture
from scenewright.geometry.depth_range import DepthRange
from scenewright.pipelines.sources.captures import name_source
from scenewright.pipelines.sources.depth_range import (
    MAX_SHARE_BEYOND,
    far_options,
    find_depth_range,
)

_CHECK_FRAMES = "Check poses, depth scale and intrinsics of the frames."


def nothing_usable(source: FrameSource, dropped: Mapping[str, Sequence[str]]) -> CaptureError:
    """The error if no frame could be used.

    Args:
        source: The frames.
        dropped: Names of the dropped frames by reason.
    """
    reasons = [f"{len(names)} with {reason}" for reason, names in dropped.items()]
    return CaptureError(
        f"No frame of {name_source(source)} can be used",
        expected="frames with a valid pose and depth",
        got=", ".join(reasons) or "no frames",
        do=_look_at_capture(source, otherwise=_CHECK_FRAMES),
    )


def nothing_found(
    source: FrameSource,
    scene: Scene,
    *,
    masks: tuple[int, int],
    used: DepthRange,
    num_readings: int,
) -> CaptureError:
    """The error if frames were used, but no object was found.

    Args:
        source: The frames.
        scene: The scene without objects.
        masks: Number of masks, and of the frames that they are in.
        used: How far depth readings were used, and which share of them was not.
        num_readings: Number of depth readings.
    """
    num_points = 0 if scene.points is None else len(scene.points)
    is_cut = used.share_beyond > MAX_SHARE_BEYOND
    expected = "at least one object that is visible in several frames"
    if num_points == 0:
        got = f"no depth reading nearer than {used.max_depth:g} m that two frames agree on"
        advice = _look_at_capture(source, otherwise=_CHECK_FRAMES)
    elif len(scene.fragments):
        expected = "at least one object of enough score, size and frames"
        got = counted(len(scene.fragments), "fragment")
        advice = "List them with --keep-fragments, or lower --min-score, --min-size, --min-frames."
    else:
        got = (
            f"{counted(masks[0], 'mask')} in {counted(masks[1], 'frame')}, of which none became an "
            f"object, and {counted(num_points, 'point')}"
        )
        advice = "Use other masks (--masks)."
        if masks[0]:
            advice = _look_at_capture(source, otherwise=advice)
    if is_cut:
        got = f"{_beyond(used, num_readings)}; {got}"
        advice = far_options(_with_extent(used, source))
        advice = _look_at_capture(source, otherwise=advice, errors_only=True)
    return CaptureError(
        f"No object was found in {name_source(source)}", expected=expected, got=got, do=advice
    )


def _beyond(used: DepthRange, num_readings: int) -> str:
    """How many readings are beyond the limit, and where the limit comes from."""
    count = round(used.share_beyond * num_readings)
    why = "as --max-depth says" if used.cause == "asked" else f"since {used.reason}"
    return (
        f"{count:,} of {num_readings:,} depth readings beyond {used.max_depth:g} m, which are not "
        f"used, {why}"
    )


def _with_extent(used: DepthRange, source: FrameSource) -> DepthRange:
    """The same range with the extent of the readings, which is unknown if the limit was given."""
    found = None if used.extent else find_depth_range(source, voxel_size=used.voxel_size)
    return used if found is None else replace(used, extent=found.extent)


def _look_at_capture(source: FrameSource, *, otherwise: str, errors_only: bool = False) -> str:
    """What to do about frames of which little or nothing can be used.

    Args:
        source: The frames.
        otherwise: What to do if the check of the capture finds no problem.
        errors_only: Whether only its errors count.
    """
    if not isinstance(source, Capture):
        return otherwise
    if not source.has_depth:
        return f"Fit surfels to the images alone: scenewright fit-splats {source.root}"
    found = check_capture(source.root, layout=source.layout)
    problems = found.errors if errors_only else found.problems
    codes = ", ".join(dict.fromkeys(problem.code for problem in problems))
    if not codes:
        return otherwise
    return f"Run 'scenewright check {source.root}' to see what is wrong with it: {codes}."
