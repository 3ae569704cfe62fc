"""From a capture to a scene of separate objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame, FrameSource, Scene, Views
from scenewright.core.progress import COMPILING, Progress, no_progress
from scenewright.data import Problem, prefetch
from scenewright.fusion import FusionConfig, OnlineSegmenter, Update, VoteConfig
from scenewright.geometry.depth_range import DepthRange
from scenewright.geometry.gravity import estimate_up
from scenewright.models import MaskProposer
from scenewright.pipelines.segment.failures import nothing_found, nothing_usable
from scenewright.pipelines.segment.kernels import KernelProcess, kernels_ahead
from scenewright.pipelines.segment.settings import DEFAULT_MASKS, SegmentSettings
from scenewright.pipelines.sources.captures import (
    Frames,
    TimedFrames,
    has_metric_lengths,
    open_frames,
)
from scenewright.pipelines.sources.depth_range import depth_range_problem, with_depth_range
from scenewright.pipelines.sources.masks import Masks, make_proposer, mask_problems, split_masks
from scenewright.runs.compilation import CompileTime, watching
from scenewright.runs.stages import StageClock, StageCost

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
        config: The resolved settings of the fusion, with the maximum depth that was used.
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
        compile_seconds: The part of it in which kernels were compiled (first run only); the stages
            do not contain it.
        views: Cameras of the frames that were used; each has the position of its frame as its name.
        problems: Problems found during the run that may reduce quality.
        depth_range: How the maximum depth was chosen; None if the settings name it.
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
    depth_range: DepthRange | None = None
    compile_seconds: float = 0.0

    @property
    def frames_per_second(self) -> float:
        """Frames of the capture per second, without compilation."""
        return self.num_frames / max(self.seconds - self.compile_seconds, 1e-9)

    @property
    def num_dropped(self) -> int:
        """Number of frames that were not used."""
        return sum(len(group.frames) for group in self.dropped)


def segment(
    capture: Frames,
    *,
    masks: Masks = DEFAULT_MASKS,
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
        max_depth: Depth beyond which readings are not used, meters; None keeps that of the preset,
            or chooses it from the readings and the noise of the sensor (``default``).
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
    clock = StageClock()
    start = perf_counter()
    config, depth_range = with_depth_range(settings.fusion(), source)
    stated = source.up if settings.up is None else np.array(settings.up)
    segmenter = OnlineSegmenter(config, up=stated)
    loop = _Loop(segmenter, proposer or make_proposer(settings, source), clock, progress)
    loop.depth_range = depth_range
    with watching(loop.announce_compilation) as compiling:
        loop.compiling = compiling
        is_ahead = settings.threads != 1 and isinstance(config.method, VoteConfig)
        with kernels_ahead(compiling) if is_ahead else nullcontext() as loop.kernels:
            up_source, scene = loop.finish(source)
    return SegmentResult(
        scene=replace(scene, is_metric=has_metric_lengths(source)),
        config=segmenter.config,
        masks=settings.masks,
        num_frames=len(source),
        num_segmented=loop.num_segmented,
        num_without_masks=loop.num_without_masks,
        dropped=tuple(Dropped(reason, tuple(names)) for reason, names in loop.dropped.items()),
        events={event: loop.events[event] for event in EVENTS},
        up_source=up_source if settings.up is None else "the settings",
        stages=clock.summary(),
        seconds=perf_counter() - start,
        views=loop.views(),
        problems=loop.problems(),
        depth_range=depth_range,
        compile_seconds=compiling.seconds,
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
        self.depth_range: DepthRange | None = None
        self.compiling = CompileTime()
        self.kernels: KernelProcess | None = None
        self.num_done, self.total = 0, 0
        self.events: Counter[str] = Counter()

    def run(self, source: FrameSource) -> None:
        """Segments all frames."""
        self.total = len(source)
        self.progress("segment", 0, self.total, "frames")
        for done, frame in enumerate(prefetch(TimedFrames(source, self.clock)), start=1):
            self._take(frame, done - 1)
            self.num_done = done
            self.progress("segment", done, self.total, "frames")

    def finish(self, source: FrameSource) -> tuple[str, Scene]:
        """Segments all frames; returns where the up direction comes from, and the scene."""
        self.run(source)
        if self.num_fused == 0:
            raise nothing_usable(source, self.dropped)
        if self.kernels is not None:
            self.kernels.wait(self.announce_compilation)
        up_source = "the capture" if self.segmenter.up is not None else self.find_up()
        with self._measure("result"):
            self.count(self.segmenter.finish())
            scene = self.segmenter.result()
        if not len(scene.instances):
            raise nothing_found(
                source,
                scene,
                masks=(self.num_masks, self.num_segmented),
                used=self.used_depth(),
                num_readings=self.num_readings,
            )
        return up_source, scene

    def announce_compilation(self) -> None:
        """Says that functions are being compiled, or that another process compiles them."""
        self.progress("segment", self.num_done, self.total, f"frames, {COMPILING}")

    @contextmanager
    def _measure(self, stage: str) -> Iterator[None]:
        """Adds the duration of the block to a stage, without compilation."""
        before, start = self.compiling.seconds, perf_counter()
        yield
        seconds = perf_counter() - start - (self.compiling.seconds - before)
        self.clock.add({stage: 1e3 * max(seconds, 0.0)})

    def _take(self, frame: Frame, position: int) -> None:
        masks = None
        # Frames that will not be used need no masks, which are the slowest part.
        if self.segmenter.wants(frame):
            with self._measure("masks"):
                masks = self.proposer.propose(frame)
            if self.kernels is not None:
                self.kernels.wait_for_frames(self.announce_compilation)
        before = self.compiling.seconds
        update = self.segmenter.update(frame, masks)
        if update.dropped is not None:
            self.dropped.setdefault(update.dropped, []).append(frame.name or str(frame.index))
            return
        self.poses.append(frame.world_from_cam)
        self.cameras[position] = frame.camera
        self.count(update)
        if update.fused:
            assert frame.depth is not None
            compile_ms = 1e3 * (self.compiling.seconds - before)
            self.clock.add(_without(compile_ms, update.stage_ms))
            self.num_fused += 1
            self._count_beyond(frame.depth)
            self.num_without_masks += not masks
        if masks is not None:
            self.num_segmented += 1
            self.num_masks += len(masks)

    def _count_beyond(self, depth: NDArray[np.float32]) -> None:
        clip = None if self.depth_range is None else self.depth_range.clip
        limit = self.segmenter.volume.max_depth
        self.num_readings += int(np.count_nonzero(depth))
        self.num_beyond += int(np.count_nonzero(depth > limit))
        if clip is not None:
            num_clipped = int(np.count_nonzero(depth == clip))
            self.num_readings -= num_clipped
            self.num_beyond -= num_clipped

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
        problem = depth_range_problem(self.used_depth())
        of_depth = () if problem is None else (problem,)
        return mask_problems(self.proposer) + of_depth

    def used_depth(self) -> DepthRange:
        """How far readings were used, with the share of all readings that was not."""
        share = self.num_beyond / max(self.num_readings, 1)
        config = self.segmenter.config
        assert config.max_depth is not None
        chosen = self.depth_range or DepthRange(config.max_depth, "asked", config.voxel_size)
        return replace(chosen, share_beyond=share)

    def find_up(self) -> str:
        """Sets the segmenter's direction against gravity; returns where it comes from."""
        normals = self.segmenter.volume.surface_points()[0].normals
        self.segmenter.up = estimate_up(np.stack(self.poses), normals)
        if self.segmenter.up is None:
            return "unknown"
        return "estimated from the cameras and the surface"


def _without(compile_ms: float, stage_ms: dict[str, float]) -> dict[str, float]:
    """Stage times of a frame without compilation, which all stages share in proportion."""
    total = sum(stage_ms.values())
    if compile_ms <= 0 or total <= 0:
        return stage_ms
    share = max(1 - compile_ms / total, 0.0)
    return {stage: ms * share for stage, ms in stage_ms.items()}
