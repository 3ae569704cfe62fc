"""Whether surfels and cameras are in one world: drawn views against photographs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, FrameSource, SurfelCloud, Views
from scenewright.data import Problem
from scenewright.pipelines.pictures.view_pictures import spread
from scenewright.pipelines.sources.views import frames_of_views, view_frame
from scenewright.splats.rendering import render

_NUM_VIEWS = 6
_WIDTH = 160
_LEAST_COVER = 0.02
"""Mean alpha of the drawn views below which the cameras see nothing of the surfels."""
_LEAST_LIKENESS = 0.3
"""Correlation of the colors of drawn views and photographs below which they hardly match."""


def check_agreement(surfels: SurfelCloud, views: Views, source: FrameSource) -> tuple[Problem, ...]:
    """Compares a few drawn views with their photographs.

    Args:
        surfels: The scene.
        views: Its cameras.
        source: The capture with the photographs, matched by name.

    Returns:
        A warning if drawn views and photographs are hardly alike.

    Raises:
        CaptureError: The cameras see nothing of the surfels.
    """
    positions = frames_of_views(source, views)
    covers, likeness = [], []
    for number in spread(list(range(len(views))), count=_NUM_VIEWS):
        frame = view_frame(source[positions[number]], views, number)
        camera = frame.camera
        if camera.width > _WIDTH:
            camera = camera.resized(_WIDTH, max(round(camera.height * _WIDTH / camera.width), 1))
        drawn = render(surfels, camera, world_from_cam=views.world_from_cam[number])
        covers.append(float(drawn.alpha.mean()))
        if frame.image is not None:
            likeness.append(_likeness(drawn.color, drawn.alpha, frame.image))
    if float(np.median(covers)) < _LEAST_COVER:
        raise CaptureError(
            "The cameras of the capture see nothing of the splats",
            expected="splats and cameras in the same world frame",
            got=f"{len(covers)} drawn views, {np.median(covers):.1%} covered in the middle",
            do="Use the capture that the splats were fitted to, or splats that no program has "
            "moved, turned or scaled.",
        )
    alike = float(np.median(likeness)) if likeness else 1.0
    if alike >= _LEAST_LIKENESS:
        return ()
    return (
        Problem(
            "warning",
            "world",
            "Drawn views and photographs are hardly alike",
            f"a correlation of {_LEAST_LIKENESS:g} or more",
            f"{alike:.2f} in the middle of {len(likeness)} views",
            "The splats may be in another world frame than the capture, or fitted badly; compare "
            "them in views.jpg.",
        ),
    )


def _likeness(
    color: NDArray[np.float32], alpha: NDArray[np.float32], photo: NDArray[np.uint8]
) -> float:
    """Correlation of the colors of two images where surfels are drawn, -1 to 1."""
    height, width = alpha.shape
    rows = ((np.arange(height) + 0.5) * photo.shape[0] / height).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * photo.shape[1] / width).astype(np.int64)
    there = alpha >= 0.5
    if np.count_nonzero(there) < 16:
        return 0.0
    first = color[there].astype(np.float64).ravel()
    second = photo[rows][:, columns][there].astype(np.float64).ravel()
    spreads = float(first.std()) * float(second.std())
    if spreads < 1e-9:
        return 1.0
    return float(((first - first.mean()) * (second - second.mean())).mean()) / spreads
