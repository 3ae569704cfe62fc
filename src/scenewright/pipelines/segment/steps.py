"""From a capture to a scene of separate objects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from scenewright.core import Camera, CaptureError, Frame, FrameSource, Scene, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Capture, Problem, prefetch
from scenewright.fusion import FusionConfig, OnlineSegmenter, Update
from scenewright.geometry.gravity import estimate_up
from scenewright.models import MaskProposer
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.sources.captures import Frames, TimedFrames, name_source, open_frames
from scenewright.pipelines.sources.masks import Masks, make_proposer, split_masks
from scenewright.runs.stages import StageClock, StageCost

MAX_SHARE_BEYOND = 0.1
"""Share of depth readings beyond the maximum depth above which a warning is given."""
EVENTS = ("created", "merged", "split", "removed")


@dataclass(frozen=True)
class Dropped:
    """Frames that were dropped for the same reason.

    Attributes:
        reason: Why.
        frames: Their names.
    """

    reason: str
    frames: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SegmentResult:
    """A scene, and how it was made.

    Attributes:
        scene: Scene with points, instances and a mesh per instance.
        config: The resolved settings of the fusion.
        masks: Name of the backend, or path of the folder, that the masks came from.
        num_frames: Number of frames of the capture.
        num_segmented: Number of frames whose masks were used.
        num_without_masks: Number of used frames without a mask: none was found, or none is known.
        dropped: Frames that were not used, by reason.
        events: How many instances were created, merged, split and removed, including those at the
            end of the stream.
        up_source: Where the direction against gravity comes from.
        stages: Time and memory of each stage. Decoding runs in parallel with the other stages.
        seconds: Time from the first frame to the finished scene.
        views: Cameras of the frames that were used; each has the position of its frame as its name.
        problems: Problems found during the run that may reduce quality.
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
    stages: dict[str, StageCost]
    seconds: float
    views: Views
    problems: tuple[Problem, ...] = ()

    @property
    def num_dropped(self) -> int:
        """Number of frames that were not used."""
        return sum(len(group.frames) for group in self.dropped)


def segment(
    capture: Frames,
    *,
    masks: Masks = "masks/depth-edges",
    preset: str | FusionConfig = "default",
    voxel_size: float | None = None,
    max_depth: float | None = None,
    stride: int = 1,
    progress: Progress = no_progress,
) -> Scene:
    """Turns a capture into a scene of separate objects.

    Args:
        capture: Folder of a capture, a source of frames, or a list of frames.
        masks: Backend that finds the masks of a frame (see `scenewright.models.available`), a
            folder of masks that another program made, or an object with a method `propose`.
        preset: ``default``, ``onlineanyseg`` (the published rules), or settings.
        voxel_size: Voxel edge length, meters; None keeps that of the preset.
        max_depth: Depth beyond which readings are not used, meters; None keeps that of the preset.
        stride: Use every n-th frame.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        A scene with points, instances and a mesh per instance, in the capture's world frame.

    Raises:
        CaptureError: The capture cannot be read, no frame can be used, or no object was found.
        UnknownNameError: There is no such backend, folder or preset.
    """
    name, proposer = split_masks(masks)
    settings = SegmentSettings(
        masks=name, preset=preset, voxel_size=voxel_size, max_depth=max_depth, stride=stride
    )
    source = open_frames(capture, stride=stride)
    return segment_frames(source, settings, proposer=proposer, progress=progress).scene


def segment_frames(
    source: FrameSource,
    settings: SegmentSettings,
    *,
    proposer: MaskProposer | None = None,
    progress: Progress = no_progress,
) -> SegmentResult:
    """Like `segment`, with all settings and a full result.

    Args:
        source: All of its frames are used; the stride in the settings is ignored.
        settings: How it is segmented.
        proposer: Finds the masks instead of the backend that the settings name.
        progress: Progress callback (stage, done, total, unit).
    """
    config = settings.fusion()
    clock = StageClock()
    start = perf_counter()
    segmenter = OnlineSegmenter(config, up=source.up)
    loop = _Loop(segmenter, proposer or make_proposer(settings, source), clock, progress)
    loop.run(source)
    if loop.num_fused == 0:
        raise _nothing_usable(source, loop)
    up_source = "the capture" if segmenter.up is not None else loop.find_up()
    with clock.measure("result"):
        loop.count(segmenter.finish())
        scene = segmenter.result()
    if not len(scene.instances):
        raise _nothing_found(source, loop, config, scene)
    return SegmentResult(
        scene=scene,
        config=config,
        masks=settings.masks,
        num_frames=len(source),
        num_segmented=loop.num_segmented,
        num_without_masks=loop.num_without_masks,
        dropped=tuple(Dropped(reason, tuple(names)) for reason, names in loop.dropped.items()),
        events={event: loop.events[event] for event in EVENTS},
        up_source=up_source,
        stages=clock.summary(),
        seconds=perf_counter() - start,
        views=loop.views(),
        problems=loop.problems(),
    )


class _Loop:
    """One pass over the frames and its counts."""

    def __init__(
        self,
        segmenter: OnlineSegmenter,
        proposer: MaskProposer,
        clock: StageClock,
        progress: Progress,
    ) -> None:
        self.segmenter = segmenter
        self.proposer = proposer
        self.clock = clock
        self.progress = progress
        self.dropped: dict[str, list[str]] = {}
        self.poses: list[Any] = []
        self.cameras: dict[int, Camera] = {}
        self.num_fused = 0
        self.num_segmented = 0
        self.num_without_masks = 0
        self.num_masks = 0
        self.num_readings = 0
        self.num_beyond = 0
        self.events: Counter[str] = Counter()

    def run(self, source: FrameSource) -> None:
        """Segments all frames."""
        total = len(source)
        self.progress("segment", 0, total, "frames")
        for done, frame in enumerate(prefetch(TimedFrames(source, self.clock)), start=1):
            self._take(frame, done - 1)
            self.progress("segment", done, total, "frames")

    def _take(self, frame: Frame, position: int) -> None:
        masks = None
        # Frames that will not be used need no masks, which are the slowest part.
        if self.segmenter.wants(frame):
            with self.clock.measure("masks"):
                masks = self.proposer.propose(frame)
        update = self.segmenter.update(frame, masks)
        if update.dropped is not None:
            self.dropped.setdefault(update.dropped, []).append(frame.name or str(frame.index))
            return
        self.poses.append(frame.world_from_cam)
        self.cameras[position] = frame.camera
        self.count(update)
        if update.fused:
            assert frame.depth is not None
            self.clock.add(update.stage_ms)
            self.num_fused += 1
            self.num_readings += int(np.count_nonzero(frame.depth))
            self.num_beyond += int(np.count_nonzero(frame.depth > self.segmenter.config.max_depth))
            self.num_without_masks += not masks
        if masks is not None:
            self.num_segmented += 1
            self.num_masks += len(masks)

    def count(self, update: Update) -> None:
        """Counts created, merged, split and removed instances."""
        for event in EVENTS:
            self.events[event] += len(getattr(update, event))

    def views(self) -> Views:
        """Cameras of the used frames."""
        cameras = list(self.cameras.values())
        return Views(
            tuple(map(str, self.cameras)),
            np.array([camera.K for camera in cameras]),
            np.array([(camera.width, camera.height) for camera in cameras], np.int32),
            np.array(self.poses),
        )

    def problems(self) -> tuple[Problem, ...]:
        """Problems that may reduce quality and are known only after all frames."""
        limit = self.segmenter.config.max_depth
        if self.num_beyond <= MAX_SHARE_BEYOND * self.num_readings:
            return ()
        return (
            Problem(
                "warning",
                "max-depth",
                f"Depth readings beyond {limit:g} m are not used",
                expected=f"at most {100 * MAX_SHARE_BEYOND:.0f} % of the readings",
                got=f"{100 * self.num_beyond / self.num_readings:.0f} %",
                do=f"Add --max-depth {2 * limit:g} (max_depth={2 * limit:g}) to use more of them.",
            ),
        )

    def find_up(self) -> str:
        """Sets the segmenter's direction against gravity; returns where it comes from."""
        normals = self.segmenter.volume.surface_points()[0].normals
        self.segmenter.up = estimate_up(np.stack(self.poses), normals)
        if self.segmenter.up is None:
            return "unknown"
        return "estimated from the cameras and the surface"


def _advice(source: FrameSource) -> str:
    if isinstance(source, Capture) and not source.has_depth:
        return f"Fit surfels to the images alone: scenewright fit-splats {source.root}"
    if isinstance(source, Capture):
        return f"Run 'scenewright check {source.root}' to see what is wrong with it."
    return "Check poses, depth scale and intrinsics of the frames."


def _nothing_usable(source: FrameSource, loop: _Loop) -> CaptureError:
    reasons = [f"{len(names)} with {reason}" for reason, names in loop.dropped.items()]
    return CaptureError(
        f"No frame of {name_source(source)} can be used",
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
        f"No object was found in {name_source(source)}",
        expected="at least one object that is visible in several frames",
        got=got,
        do=_advice(source) if num_points == 0 or loop.num_masks else "Use other masks (--masks).",
    )
