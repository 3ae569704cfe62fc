"""What a layout finds in a folder before any image is decoded: frames, files and encodings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.problems import Problem
from scenewright.data.undistortion import UndistortionCache


@dataclass(frozen=True, eq=False)
class FrameEntry:
    """The files of one frame.

    Attributes:
        name: Name of the frame's files, without folder and suffix.
        image: Color image, or None.
        depth: Depth image, or None.
        pose: Text file with a 4x4 matrix, or the (4, 4) float64 matrix as stored, or None.
        time: Seconds, any origin, or None.
        intrinsics: Intrinsics of this frame, or None for those of the recording.
        confidence: Confidence image of the sensor; depth is dropped where it is 0.
        mask: Image that is 0 where the color image shows something else than the scene.
    """

    name: str
    image: Path | None
    depth: Path | None
    pose: Path | NDArray[np.float64] | None = None
    time: float | None = None
    intrinsics: Intrinsics | None = None
    confidence: Path | None = None
    mask: Path | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """A capture before any image is decoded.

    Attributes:
        layout: Name of the layout.
        root: Folder of the capture; may be a subfolder of the folder that the user passed.
        entries: The frames in order.
        intrinsics: Intrinsics of frames without their own, or the error in reading them.
        depth: How depth is stored.
        pose: How poses are stored.
        name: Name of the capture.
        up: (3,) float64 unit vector in the world frame, or None if unknown.
        notes: What was read and assumed, one line each.
        problems: Inconsistencies that were found.
        points: File with sparse points in the world frame of the poses, or None.
        has_quaternions: Whether the poses were made from quaternions, whose order may be mistaken.
        undistortion: Undistortion maps of the lenses.
        is_metric: Whether lengths are meters, or in the arbitrary unit of a reconstruction.
        test_frames: Names of the frames that the publisher keeps for tests.
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
    has_quaternions: bool = False
    undistortion: UndistortionCache = field(default_factory=UndistortionCache)
    is_metric: bool = True
    test_frames: frozenset[str] = frozenset()

    def intrinsics_of(self, entry: FrameEntry) -> Intrinsics:
        """The intrinsics of a frame.

        Raises:
            CaptureError: The frame has none, and those of the recording could not be read.
        """
        if entry.intrinsics is not None:
            return entry.intrinsics
        if isinstance(self.intrinsics, CaptureError):
            raise self.intrinsics
        return self.intrinsics
