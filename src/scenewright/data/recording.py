"""What a layout finds in a folder before any image is decoded: frames, files and encodings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics, PoseEncoding
from scenewright.data.problems import Problem
from scenewright.data.undistortion import UndistortionCache


@dataclass(frozen=True, eq=False)
class FrameEntry:
    """Where one frame lies.

    Attributes:
        name: Name of the frame's files, without folder and suffix.
        image: Colour picture, or None.
        depth: Depth picture, or None.
        pose: Text file with a 4x4 matrix, or the (4, 4) float64 matrix as stored, or None.
        time: Seconds, any origin, or None.
        intrinsics: The frame's own, or None for those of the recording.
        confidence: Picture of the sensor's own judgement; depth is dropped where it is 0.
    """

    name: str
    image: Path | None
    depth: Path | None
    pose: Path | NDArray[np.float64] | None = None
    time: float | None = None
    intrinsics: Intrinsics | None = None
    confidence: Path | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """All that a layout knows about a folder before any picture is decoded.

    Attributes:
        layout: Name of the layout.
        root: Folder that holds the capture; may lie inside the folder that the user named.
        entries: The frames in order.
        intrinsics: Of all frames without their own, or the error met while reading them.
        depth: How depth is stored.
        pose: How poses are stored.
        name: Name of the capture.
        up: (3,) float64 unit vector in the world frame, or None if unknown.
        notes: What was read and assumed, one line each, for people.
        problems: What did not fit together.
        points: File with sparse points in the world of the poses, or None.
        undistortion: Takes the bending of the lens out of the pictures.
    """

    layout: str
    root: Path
    entries: tuple[FrameEntry, ...]
    intrinsics: Intrinsics | CaptureError
    depth: DepthEncoding = field(default_factory=DepthEncoding)
    pose: PoseEncoding = field(default_factory=PoseEncoding)
    name: str = ""
    up: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    points: Path | None = None
    undistortion: UndistortionCache = field(default_factory=UndistortionCache)

    def intrinsics_of(self, entry: FrameEntry) -> Intrinsics:
        """Those that hold for a frame.

        Raises:
            CaptureError: It has none of its own, and those of the recording could not be read.
        """
        if entry.intrinsics is not None:
            return entry.intrinsics
        if isinstance(self.intrinsics, CaptureError):
            raise self.intrinsics
        return self.intrinsics
