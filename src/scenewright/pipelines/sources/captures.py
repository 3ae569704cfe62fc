"""Opening captures given by path, by run or as frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, ChosenFrames, Frame, FrameSource, Scene, as_source
from scenewright.data import Capture, open_capture
from scenewright.io import load_scene
from scenewright.runs.folder import RunFolder
from scenewright.runs.stages import StageClock

Frames = str | Path | FrameSource | Sequence[Frame]
"""A capture: its folder, a source of frames, or a list of frames."""


def open_frames(frames: Frames, *, layout: str | None = None, stride: int = 1) -> FrameSource:
    """Opens a capture given in any form.

    Args:
        frames: Folder of a capture, a source of frames, or a list of them.
        layout: Layout of the folder; None detects it.
        stride: Use every n-th frame.

    Raises:
        CaptureError: The folder is not a capture.
    """
    if isinstance(frames, str | Path):
        return open_capture(frames, layout=layout, stride=stride)
    if isinstance(frames, Capture):
        return frames.subset(stride=stride)
    source = as_source(frames)
    return source if stride == 1 else ChosenFrames(source, range(0, len(source), stride))


def describe_source(source: FrameSource) -> dict[str, Any]:
    """Folder and layout of the frames, None if they do not come from a folder."""
    if not isinstance(source, Capture):
        return {"capture": None, "layout": None}
    facts: dict[str, Any] = {"capture": str(source.root.resolve()), "layout": source.layout}
    return {**facts, "origin": list(source.origin)} if any(source.origin) else facts


def name_source(source: FrameSource) -> str:
    """The name of the capture in error messages."""
    return f"the capture {source.root}" if isinstance(source, Capture) else "the frames"


def capture_and_scene(path: str | Path) -> tuple[Path, Scene | None]:
    """The capture at a path, and the scene if the path is a run.

    Args:
        path: Folder of a capture, or of a run made from one.

    Raises:
        CaptureError: It is a run whose capture is missing.
    """
    folder = Path(path)
    if not RunFolder.is_run(folder) or not RunFolder.open(folder).has_scene:
        return folder, None
    scene = load_scene(folder)
    return capture_of(folder, scene), scene


def capture_of(path: Path, scene: Scene) -> Path:
    """The folder of the capture that a run or a scene was made from.

    Args:
        path: The run or scene folder.
        scene: The scene in it.

    Raises:
        CaptureError: The capture is unknown, or no longer exists.
    """
    named: Any = None
    for step in scene.provenance:
        named = step.config.get("capture") or named
    for folder in (path, path.parent):
        if named is None and RunFolder.is_run(folder):
            named = RunFolder.open(folder).capture
    if not named:
        raise CaptureError(
            f"{path} does not name its capture",
            expected="the folder of the images that it was made from",
            got="no capture in its history",
            do="Give it with --capture (capture=...).",
        )
    if not Path(str(named)).is_dir():
        raise CaptureError(
            f"The capture of {path} is missing",
            expected=f"the folder {named}",
            got="nothing at that path",
            do="Give its new path with --capture (capture=...).",
        )
    return Path(str(named))


def has_metric_lengths(source: FrameSource) -> bool:
    """Whether the lengths of a source are meters; those of COLMAP have an arbitrary unit."""
    return bool(getattr(source, "is_metric", True))


class TimedFrames:
    """A source that measures how long each frame takes to decode.

    Args:
        source: The frames.
        clock: Receives the times, as the stage ``decode``.
    """

    def __init__(self, source: FrameSource, clock: StageClock) -> None:
        self._source = source
        self._clock = clock

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity, or None if unknown."""
        return self._source.up

    @property
    def is_metric(self) -> bool:
        """Whether lengths are meters."""
        return has_metric_lengths(self._source)

    @property
    def names(self) -> Sequence[str]:
        """Name of each frame."""
        return self._source.names

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int, /) -> Frame:
        with self._clock.measure("decode"):
            return self._source[index]

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))
