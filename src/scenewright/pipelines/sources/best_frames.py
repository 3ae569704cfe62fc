"""The frames that show most of each object, by what is visible in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ChosenFrames, ConventionError, FrameSource, Progress, no_progress
from scenewright.data import prefetch
from scenewright.fusion.frame_ids import SurfaceIds

_MOST_FRAMES = 120
"""Frames in which objects are looked for, evenly spread over the capture."""
LEAST_PIXELS = 80
"""A frame that shows less of an object is no view of it."""


@dataclass(frozen=True, eq=False)
class BestFrames:
    """The best views of N objects.

    Attributes:
        frame: (N, V) positions in the source, the best first; -1 where there are fewer views.
        pixels: (N, V) visible pixels of the object in each.
    """

    frame: NDArray[np.int64]
    pixels: NDArray[np.int64]

    def by_frame(self) -> dict[int, list[tuple[int, int]]]:
        """By frame, in order: the rows of objects that need it, and which of their views it is."""
        found: dict[int, list[tuple[int, int]]] = {}
        for row, view in zip(*np.nonzero(self.frame >= 0), strict=True):
            found.setdefault(int(self.frame[row, view]), []).append((int(row), int(view)))
        return dict(sorted(found.items()))


def best_frames(
    surface: SurfaceIds,
    source: FrameSource,
    ids: Sequence[int],
    *,
    views: int,
    progress: Progress = no_progress,
) -> BestFrames:
    """Finds the frames that show most of each object.

    Which pixels show an object is found from the depth of the frame, so that hidden objects are
    not mistaken for what hides them.

    Args:
        surface: The surface of the scene.
        source: Frames with images and depth.
        ids: N objects.
        views: Views of each object.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: No frame has an image, depth and a pose, or `views` is below 1.
    """
    if views < 1:
        raise ConventionError("views", expected="1 or more", got=str(views))
    count = len(source)
    frames = np.unique(np.linspace(0, count - 1, min(count, _MOST_FRAMES)).round().astype(np.int64))
    areas = np.zeros((len(frames), len(ids)), np.int64)
    is_usable = False
    for k, frame in enumerate(prefetch(ChosenFrames(source, frames.tolist()))):
        if frame.image is not None and frame.depth is not None and frame.world_from_cam is not None:
            is_usable = True
            shown, counts = np.unique(surface.id_map(frame), return_counts=True)
            by_id = dict(zip(shown.tolist(), counts.tolist(), strict=True))
            areas[k] = [by_id.get(number, 0) for number in ids]
        progress("find views", k + 1, len(frames), "frames")
    if not is_usable:
        raise ConventionError("The frames", expected="images, depth and poses", got="none with all")
    order = np.argsort(-areas, axis=0, kind="stable")[:views].T
    pixels = np.take_along_axis(areas, order.T, axis=0).T
    is_view = pixels >= LEAST_PIXELS
    return BestFrames(np.where(is_view, frames[order], -1), np.where(is_view, pixels, 0))
