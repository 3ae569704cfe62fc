"""Surfels that cameras saw, and those that float."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from scenewright.core import Frame, SurfelCloud, Views
from scenewright.splats.rendering import not_floating, seen_by
from tests.builders import make_camera
from tests.pipelines.wall_builders import DEPTH, make_wall


def make_views(count: int) -> Views:
    frames = []
    for index in range(count):
        pose = np.eye(4)
        pose[0, 3] = 0.05 * index
        frames.append(Frame(index, make_camera(8, 6).resized(48, 36), pose, name=f"{index}"))
    return Views.from_frames(frames)


def with_one_more(
    wall: SurfelCloud, mean: tuple[float, float, float], **fields: float
) -> SurfelCloud:
    """The wall and one surfel beside it, which is the last."""
    both = wall[np.append(np.arange(len(wall)), 0)]
    means = both.means.copy()
    means[-1] = mean
    arrays: dict[str, Any] = {"scales": both.scales.copy(), "opacities": both.opacities.copy()}
    for name, value in fields.items():
        arrays[name][-1] = value
    return replace(both, means=means, **arrays)


def test_surfels_count_the_views_that_show_them() -> None:
    wall = with_one_more(make_wall(), (0, 0, -5))
    counts, towards = seen_by(wall, make_views(9))
    assert counts.max() == 9 and counts[-1] == 0 and not towards[-1].any()
    assert (towards[counts > 0][:, 2] < 0).all()


def test_surfels_behind_all_cameras_and_haze_are_floating() -> None:
    views = make_views(9)
    middle = len(make_wall()) // 2
    for mean, fields in (
        ((0.0, 0.0, -5.0), {}),
        ((0.0, 0.0, DEPTH - 0.2), {"scales": 5.0, "opacities": 0.15}),
    ):
        kept = not_floating(with_one_more(make_wall(), mean, **fields), views)
        assert kept[middle] and not kept[-1]


def test_a_surfel_that_one_view_of_many_shows_is_floating() -> None:
    views = make_views(9)
    # 5 cm before the last camera, where no other camera sees it.
    near = with_one_more(make_wall(), (0.4, 0.0, 0.05), scales=0.004)
    counts, _ = seen_by(near, views)
    assert counts[-1] <= 1 and not not_floating(near, views)[-1]


def test_few_views_and_empty_scenes() -> None:
    wall = make_wall()
    assert not_floating(wall, make_views(2)).sum() > 100
    assert not_floating(wall[:0], make_views(2)).tolist() == []
    # Cameras that see none of it say nothing about it.
    behind = replace(wall, means=-wall.means)
    assert not_floating(behind, make_views(9)).all()
