"""Where scenes come from: captures in the layouts that sensors and data sets write."""

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
