"""Points that the alpha of images excludes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import Camera, Frame
from scenewright.pipelines.fit_splats.silhouettes import inside_silhouettes

CAMERA = Camera.from_focal(20.0, 20.0, 10.0, 10.0, width=20, height=20)
POINTS = np.array([[0.0, 0, 2], [0.6, 0, 2], [0, 0, -2], [50, 0, 2]])
"""In the middle, to the right of it, behind the camera, and outside of the image."""


def frame(*, hidden_from: int) -> Frame:
    alpha = np.full((20, 20), 255, np.uint8)
    alpha[:, hidden_from:] = 0
    return Frame(0, CAMERA, np.eye(4), np.zeros((20, 20, 3), np.uint8), alpha=alpha)


def test_points_that_images_show_nothing_of_are_out() -> None:
    kept = inside_silhouettes(POINTS, [frame(hidden_from=14)] * 3)
    assert kept.tolist() == [True, False, True, True]


def test_one_of_many_images_may_miss_a_point() -> None:
    shown, hidden = frame(hidden_from=20), frame(hidden_from=14)
    assert inside_silhouettes(POINTS, [shown] * 12 + [hidden]).all()
    assert not inside_silhouettes(POINTS, [shown] * 3 + [hidden])[1]


def test_images_without_alpha_or_pose_exclude_nothing() -> None:
    whole = replace(frame(hidden_from=0), alpha=None)
    lost = replace(frame(hidden_from=0), world_from_cam=None)
    assert inside_silhouettes(POINTS, [whole, lost]).all()
