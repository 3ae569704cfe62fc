"""State grids of objects from the frames of a capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scenewright.completion.evidence import EvidenceFrame, gather_evidence
from scenewright.core import ChosenFrames, ConventionError, FrameSource, Scene, StateGrid
from scenewright.core.progress import Progress, no_progress
from scenewright.data import prefetch
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.geometry.depth_noise import DepthNoise, estimate_depth_noise

MOST_FRAMES = 120
"""Frames that are read, evenly spread; more say little."""
_NOISE_FRAMES = 8


def grids_of_capture(
    scene: Scene,
    source: FrameSource,
    *,
    ids: Sequence[int],
    max_depth: float = np.inf,
    progress: Progress = no_progress,
) -> dict[int, StateGrid]:
    """A state grid per object, from the depth of a capture and the ids of the scene's surface.

    Args:
        scene: The segmented capture.
        source: Its frames.
        ids: The objects.
        max_depth: Depth beyond which readings are not used, meters.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: No frame has depth and a pose, or an object has no surface.
    """
    if not ids:
        return {}
    count = min(len(source), MOST_FRAMES)
    positions = np.unique(np.linspace(0, len(source) - 1, count).round().astype(int)).tolist()
    chosen = ChosenFrames(source, positions)
    frames = _Frames(scene, chosen, max_depth, progress)
    grids = gather_evidence(scene, frames, ids=ids, noise=_noise(chosen))
    if frames.num_used == 0:
        raise ConventionError(
            "frames", expected="depth and a pose in at least one", got="none that has both"
        )
    return grids


class _Frames:
    """Depth and ids of the frames that have depth and a pose."""

    def __init__(
        self, scene: Scene, source: FrameSource, max_depth: float, progress: Progress
    ) -> None:
        self._surface = SurfaceIds(scene)
        self._source = source
        self._max_depth = max_depth
        self._progress = progress
        self.num_used = 0

    def __iter__(self) -> Iterator[EvidenceFrame]:
        total = len(self._source)
        self._progress("evidence", 0, total, "frames")
        for done, frame in enumerate(prefetch(self._source), start=1):
            if frame.depth is not None and frame.world_from_cam is not None and frame.depth.any():
                self.num_used += 1
                depth = np.where(frame.depth <= self._max_depth, frame.depth, 0)
                yield EvidenceFrame(
                    depth.astype(np.float32),
                    self._surface.id_map(frame),
                    frame.camera,
                    frame.world_from_cam,
                )
            self._progress("evidence", done, total, "frames")


def _noise(source: FrameSource) -> DepthNoise | None:
    """The noise of the depth, from a few frames."""
    step = max(len(source) // _NOISE_FRAMES, 1)
    depths = [source[i].depth for i in range(0, len(source), step)]
    return estimate_depth_noise([depth for depth in depths if depth is not None])
