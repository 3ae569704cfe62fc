"""Captures: folders of posed frames in the layouts that sensors, apps and data sets write.

- `capture`: `open_capture` and the lazy sequence of frames.
- `layouts`: one module per layout; each lists the frames of a folder as a `recording`.
- `recording`, `encodings`: which files make a frame, and how their numbers are stored.
- `capture_settings`: the optional capture.json, which corrects what a layout found.
- `decode`, `file_readers`, `undistortion`: from the files of a frame to a `Frame`.
- `sparse_points`, `triangulation`: points that came with the poses, or from matched features.
- `prefetch`: decoding ahead in a thread.
- `checking`: everything that is wrong with a capture; `problems` are its findings.
- `generation`: data of scene generators, apart from captures.

Imports go one way: checking > capture > layouts, capture_settings, sparse_points, decode,
triangulation > recording > encodings, undistortion, problems, file_readers.
"""

from scenewright.data.capture import Capture, available_layouts, open_capture
from scenewright.data.checking.check import check_capture
from scenewright.data.prefetch import prefetch
from scenewright.data.problems import CaptureReport, Problem

__all__ = [
    "Capture",
    "CaptureReport",
    "Problem",
    "available_layouts",
    "check_capture",
    "open_capture",
    "prefetch",
]
