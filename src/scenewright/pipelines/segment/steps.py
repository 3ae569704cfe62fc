"""From a capture to a scene of separate objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np

from scenewright.core import (
    CaptureError,
    ChosenFrames,
    Frame,
    FrameSource,
    Scene,
    UnknownNameError,
    as_source,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Capture, Problem, open_capture, prefetch
from scenewright.fusion import FusionConfig, OnlineSegmenter, Update, fusion_preset
from scenewright.geometry.gravity import estimate_up
from scenewright.models import MaskProposer, available, create
from scenewright.runs.timing import StageTime, Stopwatch, TimedSource

DEFAULT_MASKS = "masks/depth-edges"
DEFAULT_PRESET = "default"
MAX_SHARE_BEYOND = 0.1
"""Share of the depth readings that may lie beyond the largest depth before a warning says so."""
EVENTS = ("created", "merged", "split", "removed")


@dataclass(frozen=True)
class Dropped:
    """Frames that were not used, for one reason.

    Attributes:
        reason: Why.
        frames: Their names.
    """

    reason: str
    frames: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A scene and how it came about.

    Attributes:
        scene: With points, instances and a mesh per instance.
        config: The resolved settings of the fusion.
        masks: Name of the backend or path of the folder that gave the masks.
        num_frames: Frames of the capture.
        num_segmented: Frames whose masks were used.
        num_without_masks: Frames that were used and had no mask: none was found, or none is known.
        dropped: Frames that were not used, by reason.
        events: How many instances were created, merged, split and removed, the end of the stream
            included.
        up_source: Where the direction against gravity comes from.
        stages: Times per stage, milliseconds. Decoding runs beside the other stages.
        seconds: Time from the first frame to the scene.
        problems: What showed on the way and may cost quality.
    """

    scene: Scene
    config: FusionConfig
    masks: str
    num_frames: int
    num_segmented: int
    num_without_masks: int
    dropped: tuple[Dropped, ...]
    events: dict[str, int]
    up_source: str
    stages: dict[str, StageTime]
    seconds: float
    problems: tuple[Problem, ...] = ()

    @property
    def num_dropped(self) -> int:
        """Frames that were not used."""
        return sum(len(group.frames) for group in self.dropped)


def segment(
    capture: str | Path | FrameSource | Sequence[Frame],
    *,
    masks: str | Path | MaskProposer = DEFAULT_MASKS,
    preset: str | FusionConfig = DEFAULT_PRESET,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    stride: int = 1,
    mask_suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
    progress: Progress = no_progress,
) -> Scene:
    """Turns a capture into a scene of separate objects.

    Args:
        capture: Folder of a capture, or any source or list of frames.
        masks: Backend that finds the masks of a frame (see `scenewright.models.available`), a
            folder with masks that another program made, or an object with a method `propose`.
        preset: Settings, or their name (see `scenewright.fusion.available_fusion_presets`).
        voxel_size: Edge of a voxel, metres; None keeps that of the preset.
        max_depth: Depth beyond which readings are not used, metres; None keeps the preset's.
        stride: Every how many frames one is used.
        mask_suffix: What stands between a frame's name and the file type in a folder of masks.
        weights: Weights of the backend, ``builtin:NAME``, ``file:PATH`` or ``hub:ORG/REPO``; None
            takes those of its card.
        device: Where the backend's network runs, such as ``"cuda"``; None leaves it to the backend.
        progress: Told how far it is.

    Returns:
        A scene with points, instances and a mesh per instance, in the capture's world frame.

    Raises:
        CaptureError: The capture cannot be read, no frame can be used, or no object was found.
        UnknownNameError: There is no such backend, folder or preset.
    """
    return segment_capture(
        capture,
        masks=masks,
        preset=preset,
        voxel_size=voxel_size,
        max_depth=max_depth,
        stride=stride,
        mask_suffix=mask_suffix,
        weights=weights,
        device=device,
        progress=progress,
    ).scene


def segment_capture(
    capture: str | Path | FrameSource | Sequence[Frame],
    *,
    masks: str | Path | MaskProposer = DEFAULT_MASKS,
    preset: str | FusionConfig = DEFAULT_PRESET,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    stride: int = 1,
    mask_suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
    progress: Progress = no_progress,
) -> Segmentation:
    """Does what `segment` does, and tells how it went; see there for the arguments."""
    config = fusion_preset(preset, voxel_size=voxel_size, max_depth=max_depth)
    source = _open(capture, stride=stride)
    proposer = make_proposer(masks, source, suffix=mask_suffix, weights=weights, device=device)
    stopwatch = Stopwatch()
    start = perf_counter()
    segmenter = OnlineSegmenter(config, up=source.up)
    loop = _Loop(segmenter, proposer, stopwatch, progress)
    loop.run(source)
    if loop.num_fused == 0:
        raise _nothing_usable(source, loop)
    up_source = "the capture"
    if segmenter.up is None:
        up_source = loop.find_up()
    with stopwatch.measure("result"):
        loop.count(segmenter.finish())
        scene = segmenter.result()
    if not len(scene.instances):
        raise _nothing_found(source, loop, config, scene)
    return Segmentation(
        scene=scene,
        config=config,
        masks=_name_of(masks),
        num_frames=len(source),
        num_segmented=loop.num_segmented,
        num_without_masks=loop.num_without_masks,
        dropped=tuple(Dropped(reason, tuple(names)) for reason, names in loop.dropped.items()),
        events={event: loop.events[event] for event in EVENTS},
        up_source=up_source,
        stages=stopwatch.summary(),
        seconds=perf_counter() - start,
        problems=loop.problems(),
    )


def make_proposer(
    masks: str | Path | MaskProposer,
    source: FrameSource,
    *,
    suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
) -> MaskProposer:
    """The mask backend that a name, a folder or an object stands for.

    Args:
        masks: Name of a backend, a folder or file with masks, or a backend itself.
        source: The capture; masks of a folder have to fit the names of its frames.
        suffix: What stands between a frame's name and the file type in a folder of masks.
        weights: Reference of the backend's weights; None takes its own.
        device: Where the backend runs; None leaves it to the backend.

    Raises:
        UnknownNameError: It is neither the name of a backend nor a path, or the backend takes no
            weights or no device.
    """
    given = {"weights": weights, "device": device}
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if isinstance(masks, str) and masks in available("masks/*"):
        return cast(MaskProposer, create(masks, **chosen))
    if chosen:
        raise UnknownNameError(
            f"Option '{next(iter(chosen))}' with masks '{_name_of(masks)}'",
            expected=f"a backend by name ({', '.join(available('masks/*'))})",
            got="masks that are no backend's",
        )
    if not isinstance(masks, str | Path):
        return masks
    if Path(masks).exists():
        options = {"folder": masks, "frame_names": source.names, "suffix": suffix}
        return cast(MaskProposer, create("masks/folder", **options))
    raise UnknownNameError(
        f"Masks '{masks}'",
        expected=f"a backend ({', '.join(available('masks/*'))}) or a folder with masks",
        got="neither",
        do="Check the spelling; 'scenewright models list' shows all backends.",
    )


class _Loop:
    """One pass over the frames, and what is remembered of it."""

    def __init__(
        self,
        segmenter: OnlineSegmenter,
        proposer: MaskProposer,
        stopwatch: Stopwatch,
        progress: Progress,
    ) -> None:
        self.segmenter = segmenter
        self.proposer = proposer
        self.stopwatch = stopwatch
        self.progress = progress
        self.dropped: dict[str, list[str]] = {}
        self.poses: list[Any] = []
        self.num_fused = 0
        self.num_segmented = 0
        self.num_without_masks = 0
        self.num_masks = 0
        self.num_readings = 0
        self.num_beyond = 0
        self.events: Counter[str] = Counter()

    def run(self, source: FrameSource) -> None:
        """Takes in all frames."""
        total = len(source)
        self.progress("segment", 0, total, "frames")
        for done, frame in enumerate(prefetch(TimedSource(source, self.stopwatch)), start=1):
            self._take(frame)
            self.progress("segment", done, total, "frames")

    def _take(self, frame: Frame) -> None:
        masks = None
        # Frames that will not be used need no masks, which are the slowest part.
        if self.segmenter.wants(frame):
            with self.stopwatch.measure("masks"):
                masks = self.proposer.propose(frame)
        update = self.segmenter.update(frame, masks)
        if update.dropped is not None:
            self.dropped.setdefault(update.dropped, []).append(frame.name or str(frame.index))
            return
        self.poses.append(frame.world_from_cam)
        self.count(update)
        if update.fused:
            assert frame.depth is not None
            self.stopwatch.add(update.stage_ms)
            self.num_fused += 1
            self.num_readings += int(np.count_nonzero(frame.depth))
            self.num_beyond += int(np.count_nonzero(frame.depth > self.segmenter.config.max_depth))
            self.num_without_masks += not masks
        if masks is not None:
            self.num_segmented += 1
            self.num_masks += len(masks)

    def count(self, update: Update) -> None:
        """Takes note of what happened to instances."""
        for event in EVENTS:
            self.events[event] += len(getattr(update, event))

    def problems(self) -> tuple[Problem, ...]:
        """What may cost quality and could only be seen on the way."""
        limit = self.segmenter.config.max_depth
        if self.num_beyond <= MAX_SHARE_BEYOND * self.num_readings:
            return ()
        return (
            Problem(
                "warning",
                "max-depth",
                f"Depth readings beyond {limit:g} m are not used",
                expected=f"at most {100 * MAX_SHARE_BEYOND:.0f} % of the readings there",
                got=f"{100 * self.num_beyond / self.num_readings:.0f} %",
                do=f"Add --max-depth {2 * limit:g} (max_depth={2 * limit:g}) to use more of them.",
            ),
        )

    def find_up(self) -> str:
        """Sets the segmenter's direction against gravity; tells where it comes from."""
        normals = self.segmenter.volume.surface_points()[0].normals
        self.segmenter.up = estimate_up(np.stack(self.poses), normals)
        if self.segmenter.up is None:
            return "unknown"
        return "estimated from the cameras and the surface"


def _open(capture: str | Path | FrameSource | Sequence[Frame], *, stride: int) -> FrameSource:
    if isinstance(capture, str | Path):
        return open_capture(capture, stride=stride)
    if isinstance(capture, Capture):
        return capture.subset(stride=stride)
    source = as_source(capture)
    return source if stride == 1 else ChosenFrames(source, range(0, len(source), stride))


def _name_of(masks: str | Path | MaskProposer) -> str:
    return str(masks) if isinstance(masks, str | Path) else type(masks).__name__


def _capture_name(source: FrameSource) -> str:
    return f"the capture {source.root}" if isinstance(source, Capture) else "the frames"


def _advice(source: FrameSource) -> str:
    if isinstance(source, Capture) and not source.has_depth:
        return f"Make surfels of the pictures alone: scenewright fit-splats {source.root}"
    if isinstance(source, Capture):
        return f"Run 'scenewright check {source.root}' to see what is wrong with it."
    return "Check poses, depth scale and intrinsics of the frames."


def _nothing_usable(source: FrameSource, loop: _Loop) -> CaptureError:
    reasons = [f"{len(names)} with {reason}" for reason, names in loop.dropped.items()]
    return CaptureError(
        f"No frame of {_capture_name(source)} can be used",
        expected="frames with a valid pose and depth",
        got=", ".join(reasons) or "no frames",
        do=_advice(source),
    )


def _nothing_found(
    source: FrameSource, loop: _Loop, config: FusionConfig, scene: Scene
) -> CaptureError:
    num_points = 0 if scene.points is None else len(scene.points)
    if num_points == 0:
        got = f"no depth reading nearer than {config.max_depth:g} m that two frames agree on"
    else:
        got = (
            f"{loop.num_masks} masks in {loop.num_segmented} frames, of which none became an "
            f"object, and {num_points} points"
        )
    return CaptureError(
        f"No object was found in {_capture_name(source)}",
        expected="at least one object that several frames show",
        got=got,
        do=_advice(source) if num_points == 0 or loop.num_masks else "Use other masks (--masks).",
    )
