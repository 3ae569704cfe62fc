"""Online segmentation, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core.checks import as_direction
from scenewright.core.errors import ShapeError
from scenewright.core.frame import Frame, check_masks_of
from scenewright.core.masks import MaskSet
from scenewright.core.scene import Scene, Step
from scenewright.fusion.config import (
    FusionConfig,
    OnlineAnySegConfig,
    VoteConfig,
    fusion_preset,
)
from scenewright.fusion.depth_limit import DepthLimit
from scenewright.fusion.onlineanyseg import OnlineAnySegTracker
from scenewright.fusion.result import ListingLimits, build_scene
from scenewright.fusion.tracker import Changes, Tracker
from scenewright.fusion.vote_tracker import VoteTracker
from scenewright.geometry.gravity import estimate_up
from scenewright.geometry.surface_volume import Hits, SurfaceVolume


@dataclass(frozen=True)
class Update:
    """The changes made by one frame.

    Attributes:
        frame_index: Index of the frame.
        fused: Whether the frame was fused into the map.
        dropped: Why the frame cannot be used, or None if it can. A frame that is neither fused nor
            dropped was skipped by the method.
        created: Ids of new instances.
        merged: (id that stays, id that ends) of instances that became one.
        split: (id that stays, id of the part that was separated).
        removed: Ids of instances that ended without a successor.
        stage_ms: Milliseconds per stage: integrate, lift, associate, merge; empty if not fused.
    """

    frame_index: int
    fused: bool = False
    dropped: str | None = None
    created: tuple[int, ...] = ()
    merged: tuple[tuple[int, int], ...] = ()
    split: tuple[tuple[int, int], ...] = ()
    removed: tuple[int, ...] = ()
    stage_ms: dict[str, float] = field(default_factory=dict)


class OnlineSegmenter:
    """Turns a stream of posed RGB-D frames and their masks into instances with stable ids.

    ```
    segmenter = OnlineSegmenter()
    for frame in capture:
        update = segmenter.update(frame, masks_of(frame))
    segmenter.finish()
    scene = segmenter.result()
    ```

    Frames without pose or depth are dropped and counted, never fused at a guessed pose. Time and
    memory depend on the observed surface, not on the number of frames.

    Without a maximum depth in the settings, it is chosen from the noise of the first frames, and
    `config` holds the chosen one. `scenewright.segment` looks at frames of the whole capture.

    Args:
        config: Settings, or the name of a preset (see `available_fusion_presets`).
        up: (3,) unit vector against gravity in the world frame; None if unknown, then it is
            estimated from the cameras and the surface.

    Raises:
        UnknownNameError: There is no such preset.
    """

    def __init__(
        self, config: str | FusionConfig = "default", *, up: NDArray[np.float64] | None = None
    ) -> None:
        self.config = fusion_preset(config)
        self.up = None if up is None else as_direction("up", up)
        max_depth = self.config.max_depth
        self._limit: DepthLimit | None = None
        if max_depth is None:
            self._limit = DepthLimit(voxel_size=self.config.voxel_size)
            max_depth = self._limit.max_depth
        self.volume = SurfaceVolume(
            voxel_size=self.config.voxel_size,
            truncation=self.config.truncation_voxels * self.config.voxel_size,
            max_depth=max_depth,
            isolation=self.config.isolation,
        )
        self.tracker = _make_tracker(self.config.method)
        self.num_frames = 0
        self._last_index = 0
        self.dropped: dict[str, int] = {}
        self._poses: list[NDArray[np.float64]] = []
        self._estimated_up: NDArray[np.float64] | None = None

    def wants(self, frame: Frame) -> bool:
        """Whether `update` would use masks of this frame if it were the next one.

        False for a frame without pose or depth, and for one that the method skips. Lets a caller
        avoid the slow computation of masks that will not be used.
        """
        return _unusable(frame) is None and self.tracker.wants(self.num_frames)

    def update(self, frame: Frame, masks: MaskSet | None = None) -> Update:
        """Adds one frame: checks it, integrates it, lifts its masks and associates them.

        Args:
            frame: A frame with depth, color and pose; without pose or depth it is dropped.
            masks: Masks of this frame, of the same size. None fuses the frame without segmenting
                it; an empty set means that no objects were found.

        Raises:
            ShapeError: Masks and frame differ in size.
            ConventionError: The masks are no `MaskSet`.
        """
        _check_sizes(frame, masks)
        is_wanted = self.wants(frame)
        self.num_frames += 1
        self._last_index = frame.index
        if not is_wanted:
            return self._skip(frame)
        stage_ms: dict[str, float] = {}
        with _timed(stage_ms, "integrate"):
            self._limit_depth(frame)
            self._integrate(frame)
        with _timed(stage_ms, "lift"):
            hits = self._lift(frame, masks)
            # At frames 1, 2, 4, 8 ..., since it takes as long as the surface is large.
            if self.up is None and len(self._poses) & (len(self._poses) - 1) == 0:
                self._estimate_up()
        changes = self._associate(frame, masks, hits)
        return _report(frame.index, changes, fused=True, stage_ms=stage_ms)

    def _skip(self, frame: Frame) -> Update:
        reason = _unusable(frame)
        if reason is not None:
            self.dropped[reason] = self.dropped.get(reason, 0) + 1
        return Update(frame.index, dropped=reason)

    def _known_up(self) -> NDArray[np.float64] | None:
        """The direction against gravity, as given or as estimated so far."""
        return self._estimated_up if self.up is None else self.up

    def _estimate_up(self) -> None:
        """Estimates the direction against gravity from the cameras and the surface."""
        normals = self.volume.surface_points()[0].normals
        self._estimated_up = estimate_up(np.stack(self._poses), normals)

    def _limit_depth(self, frame: Frame) -> None:
        if self._limit is None:
            return
        max_depth = self._limit.add(frame)
        if max_depth != self.config.max_depth:
            self.volume.max_depth = max_depth
            self.config = replace(self.config, max_depth=max_depth)

    def _integrate(self, frame: Frame) -> None:
        """Fuses depth and color into the volume; a frame without an image is fused as gray."""
        assert frame.depth is not None and frame.world_from_cam is not None
        self._poses.append(frame.world_from_cam)
        image = frame.image
        if image is None:
            image = np.full((*frame.camera.size, 3), 128, np.uint8)
        self.volume.integrate(
            frame.depth, image, camera=frame.camera, world_from_cam=frame.world_from_cam
        )

    def _lift(self, frame: Frame, masks: MaskSet | None) -> Hits:
        """The surface voxels that the frame hits, each with its mask."""
        assert frame.depth is not None and frame.world_from_cam is not None
        frame_masks = MaskSet.empty(*frame.camera.size) if masks is None else masks
        return self.volume.lift(
            frame.depth,
            frame_masks.positions_map(),
            camera=frame.camera,
            world_from_cam=frame.world_from_cam,
        )

    def _associate(self, frame: Frame, masks: MaskSet | None, hits: Hits) -> Changes:
        """Lets the tracker associate the masks with instances."""
        if masks is None:
            return Changes()
        return self.tracker.update(frame, masks, hits, self.volume, self._known_up())

    def finish(self) -> Update:
        """Groups with the latest evidence; call it at the end of the stream.

        More frames may follow.
        """
        if self.up is None and self._poses:
            self._estimate_up()
        return _report(self._last_index, self.tracker.finish(self.volume, self._known_up()))

    def result(self) -> Scene:
        """The scene so far; may be called at any time and has no side effects."""
        config = self.config
        scene = build_scene(
            self.volume,
            self.tracker.assignment(self.volume, self._known_up()),
            up=self._known_up(),
            limits=ListingLimits(config.min_score, config.min_size, config.min_frames),
        )
        return scene.with_step(Step("segment", __version__, asdict(self.config)))


def _make_tracker(method: VoteConfig | OnlineAnySegConfig) -> Tracker:
    if isinstance(method, OnlineAnySegConfig):
        return OnlineAnySegTracker(method)
    return VoteTracker(method)


@contextmanager
def _timed(stage_ms: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    stage_ms[stage] = 1e3 * (perf_counter() - start)


def _report(
    frame_index: int,
    changes: Changes,
    *,
    fused: bool = False,
    stage_ms: Mapping[str, float] = MappingProxyType({}),
) -> Update:
    """The update; stage times of the tracker are added to those of the segmenter."""
    times = dict(stage_ms)
    for stage, ms in changes.stage_ms.items():
        times[stage] = times.get(stage, 0.0) + ms
    return Update(
        frame_index,
        fused=fused,
        created=tuple(changes.created),
        merged=tuple(changes.merged),
        split=tuple(changes.split),
        removed=tuple(changes.removed),
        stage_ms=times,
    )


def _check_sizes(frame: Frame, masks: MaskSet | None) -> None:
    check_masks_of(frame, masks)
    if masks is None or (masks.height, masks.width) == frame.camera.size:
        return
    raise ShapeError(
        f"masks of frame {frame.name or frame.index}",
        expected=f"{frame.camera.width} x {frame.camera.height} pixels, the size of the frame",
        got=f"{masks.width} x {masks.height}",
        do="Compute the masks at the size of the depth, or resize them with nearest neighbor.",
    )


def _unusable(frame: Frame) -> str | None:
    if frame.world_from_cam is None:
        return "no valid pose"
    if frame.depth is None:
        return "no depth"
    if not frame.depth.any():
        return "no depth reading"
    return None
